import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bothDialects, inEachWay } from '../support/every-way';
import { ask } from '../support/http';
import { paymentNotice } from '../support/notice';
import { onEveryStore, onStores } from '../support/on-stores';
import { opened } from '../support/opened';
import { merchant } from '../support/system';
import { until } from '../support/until';

const quick = { QUERY_INTERVAL_MS: '200' };

inEachWay(
  'closing, where WeChat takes a close at once',
  {
    ways: bothDialects,
    env: {
      'order-service': { ...quick, WECHAT_CLOSE_AFTER_MS: '0' },
      'wechat-sandbox': { SANDBOX_CLOSE_AFTER_MS: '0' },
    },
  },
  (system) => {
    it('closes at WeChat first, then here, with the orders; nobody can pay any more', async () => {
      const { shopper, out_trade_no, order_ids, code_url } = await opened(system());
      const waiting = shopper.queryPayStatus(out_trade_no);
      const answer = await shopper.close(out_trade_no);
      assert.equal(answer.status, 200);
      assert.equal((answer.json() as { trade_state: string }).trade_state, 'CLOSED');
      assert.equal((await system().sandbox.trade(out_trade_no)).trade_state, 'CLOSED');
      for (const id of order_ids) assert.equal((await shopper.order(id)).status, '6');
      assert.deepEqual(await waiting, { success: false, message: '支付出错' });
      assert.equal((await system().sandbox.tryToPay(code_url)).status, 409);
      assert.deepEqual(await shopper.createNativeOrNothing(out_trade_no), {});
    });

    it('a close that loses to the payer settles the payment, and answers 409', async () => {
      const { shopper, out_trade_no, order_ids } = await opened(system());
      await system().sandbox.loseNotices(out_trade_no);
      const match = { call: 'closeorder', out_trade_no };
      await system().sandbox.fault({ kind: 'pay', phase: 'before', match });
      const answer = await shopper.close(out_trade_no);
      assert.equal(answer.status, 409);
      assert.equal((answer.json() as { code: string }).code, 'payment/already-paid');
      await shopper.paymentIn('SUCCESS', out_trade_no);
      for (const id of order_ids) assert.equal((await shopper.order(id)).status, '2');
    });

    it('a payment that never had a code is closed as well', async () => {
      const shopper = await system().shopper();
      const { out_trade_no } = await shopper.buy();
      assert.equal((await shopper.close(out_trade_no)).status, 200);
      assert.equal((await shopper.payment(out_trade_no)).trade_state, 'CLOSED');
    });

    it('a paid payment is not closed, and a foreign or unknown one is not found', async () => {
      const { shopper, out_trade_no, code_url } = await opened(system());
      await system().sandbox.pay(code_url);
      await shopper.paymentIn('SUCCESS', out_trade_no);
      assert.equal((await shopper.close(out_trade_no)).status, 409);
      const stranger = await system().shopper();
      const foreign = await stranger.close(out_trade_no);
      const unknown = await stranger.close('12345');
      assert.equal(foreign.status, 404);
      assert.equal(unknown.status, 404);
      assert.equal((foreign.json() as { code: string }).code, 'payment/not-found');
    });

    it('money that comes after the close is written down, and orders stay closed', async () => {
      const { shopper, out_trade_no, order_ids } = await opened(system());
      await shopper.close(out_trade_no);
      const transaction_id = '4200000001202611250000000001';
      const notice = paymentNotice(merchant, { out_trade_no, total_fee: 6810, transaction_id });
      for (let count = 0; count < 2; count += 1) {
        const { text } = await ask('POST', `${system().url()}/pay/notify`, { body: notice });
        assert.match(text, /SUCCESS/);
      }
      const payment = await shopper.payment(out_trade_no);
      assert.equal(payment.transaction_id, transaction_id);
      assert.equal(payment.trade_state, 'CLOSED');
      for (const id of order_ids) assert.equal((await shopper.order(id)).status, '6');
    });
  },
);

onEveryStore(
  'closing, where WeChat takes no close so early',
  {
    env: {
      'order-service': { ...quick, WECHAT_CLOSE_AFTER_MS: '9000' },
      'wechat-sandbox': { SANDBOX_CLOSE_AFTER_MS: '8000' },
    },
  },
  (system) => {
    it('keeps the wish (202), gives out no code meanwhile, and closes when it may', async () => {
      const { shopper, out_trade_no, order_ids } = await opened(system());
      const answer = await shopper.close(out_trade_no);
      assert.equal(answer.status, 202);
      assert.equal((answer.json() as { closing: boolean }).closing, true);
      assert.equal((await shopper.payment(out_trade_no)).closing, true);
      assert.deepEqual(await shopper.createNativeOrNothing(out_trade_no), {});
      await system().order.killAndRestart();
      await shopper.paymentIn('CLOSED', out_trade_no);
      assert.equal((await system().sandbox.trade(out_trade_no)).trade_state, 'CLOSED');
      for (const id of order_ids) assert.equal((await shopper.order(id)).status, '6');
    });

    it('a payment that is paid while its close waits is settled, not closed', async () => {
      const { shopper, out_trade_no, code_url } = await opened(system());
      assert.equal((await shopper.close(out_trade_no)).status, 202);
      await system().sandbox.pay(code_url);
      await shopper.paymentIn('SUCCESS', out_trade_no);
    });
  },
);

onStores(
  'closing in v3, where WeChat has no five minutes',
  { stores: 'sqlite', way: 'v3 public-key', env: { 'order-service': quick } },
  (system) => {
    it('closes at once, whatever the shop waits for in v2', async () => {
      const { shopper, out_trade_no } = await opened(system());
      assert.equal((await shopper.close(out_trade_no)).status, 200);
      assert.equal((await system().sandbox.trade(out_trade_no)).trade_state, 'CLOSED');
    });
  },
);

onEveryStore(
  'an unpaid payment after its time',
  {
    env: {
      'order-service': { ...quick, WECHAT_CLOSE_AFTER_MS: '0', PAY_LOG_TTL_MS: '1500' },
      'wechat-sandbox': { SANDBOX_CLOSE_AFTER_MS: '0' },
    },
  },
  (system) => {
    it('is closed at WeChat and its orders are cancelled, without anybody asking', async () => {
      const { shopper, out_trade_no, order_ids } = await opened(system());
      await shopper.paymentIn('CLOSED', out_trade_no);
      const { trade_state, calls } = await system().sandbox.trade(out_trade_no);
      assert.equal(trade_state, 'CLOSED');
      assert.ok((calls.closeorder ?? 0) >= 1);
      for (const id of order_ids) assert.equal((await shopper.order(id)).status, '6');
    });

    it('is closed when it never had a code, too', async () => {
      const shopper = await system().shopper();
      const { out_trade_no } = await shopper.buy();
      const { create_time, expire_time } = await shopper.payment(out_trade_no);
      assert.equal(Date.parse(expire_time) - Date.parse(create_time), 1500);
      const { closing } = await shopper.paymentIn('CLOSED', out_trade_no);
      assert.equal(closing, false);
    });

    it('stays open while WeChat cannot be asked, and is settled if it was paid', async () => {
      const { shopper, out_trade_no, code_url } = await opened(system());
      const match = { out_trade_no };
      await system().sandbox.loseNotices(out_trade_no);
      await system().sandbox.fault({ kind: 'http_error', phase: 'before', times: 1_000, match });
      await system().sandbox.pay(code_url);
      const { create_time } = await shopper.payment(out_trade_no);
      await until('its time to be over', () => Date.now() > Date.parse(create_time) + 2_500);
      assert.equal((await shopper.payment(out_trade_no)).trade_state, 'NOTPAY');
      await system().sandbox.forgetFaults();
      await shopper.paymentIn('SUCCESS', out_trade_no);
    });
  },
);
