import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Anomaly } from '@saoma/contracts/operator';
import { Refund } from '@saoma/contracts/refunds';
import { z } from 'zod';
import { bothDialects, inEachWay, quickMoney } from '../support/every-way';
import { expected } from '../support/http';
import { onEveryStore } from '../support/on-stores';
import { paid } from '../support/opened';
import type { Shopper } from '../support/shopper';
import type { System } from '../support/system';
import { until } from '../support/until';

const env = {
  'order-service': {
    QUERY_INTERVAL_MS: '100',
    WECHAT_CLOSE_AFTER_MS: '0',
    WECHAT_REFUND_SPACING_MS: '0',
    // Nobody listens there: what the shop would be told stays in the outbox.
    SHOP_WEBHOOK_URL: 'http://127.0.0.1:9/',
    SHOP_WEBHOOK_SECRET: `whsec_${Buffer.alloc(24, 1).toString('base64')}`,
  },
  'wechat-sandbox': { SANDBOX_REFUND_AFTER_MS: '100', SANDBOX_REFUND_SPACING_MS: '0' },
};

async function paidBesideOperator(system: System) {
  const operator = await system.shopper({ roles: ['operator'] });
  return { ...(await paid(system)), operator };
}

/** WeChat says that it is closed, and yet takes its money; then it closes the refund of that. */
async function paidLate(system: System) {
  const shopper = await system.shopper();
  const operator = await system.shopper({ roles: ['operator'] });
  const { out_trade_no } = await shopper.buy();
  const { code_url } = await shopper.createNative();
  const no = { kind: 'err_code', err_code: 'ORDERCLOSED', phase: 'before' };
  await system.sandbox.fault({ ...no, match: { call: 'closeorder', out_trade_no } });
  const ending = { kind: 'refund_ending', ending: 'REFUNDCLOSE' };
  await system.sandbox.fault({ ...ending, match: { call: 'refund' } });
  await shopper.close(out_trade_no);
  await shopper.paymentIn('CLOSED', out_trade_no);
  await system.sandbox.pay(code_url);
  await until('its refund to end without money', async () => {
    return (await refunds(operator, out_trade_no))[0]?.status === 'REFUNDCLOSE';
  });
  return { shopper, operator, out_trade_no };
}

/** The merchant refunds in WeChat's console, which tells the address that is set there. */
function refundInConsole(system: System, out_trade_no: string, refund_fee: number) {
  const notify_url = `${system.url()}/pay/refundNotify`;
  return system.sandbox.refundInConsole({ out_trade_no, refund_fee, notify_url });
}

async function told(
  operator: Shopper,
  out_trade_no: string,
  wanted: Anomaly['kind'] = 'refund-elsewhere',
): Promise<Anomaly[]> {
  const answer = await operator.ask('GET', '/api/anomalies?limit=100');
  const { anomalies } = z.object({ anomalies: z.array(Anomaly) }).parse(expected(200, answer));
  return anomalies.filter((one) => one.out_trade_no === out_trade_no && one.kind === wanted);
}

/** The causes of which the shop is told for each refund of this payment. */
async function causes(system: System, out_trade_no: string): Promise<unknown[]> {
  const messages = await system.rows(
    `SELECT payload FROM tb_outbox WHERE out_trade_no = '${out_trade_no}'
      AND type = 'payment.refunded'`,
  );
  return messages.map(({ payload }) => JSON.parse(String(payload)).data.cause);
}

async function refunds(operator: Shopper, out_trade_no: string): Promise<Refund[]> {
  const answer = await operator.ask('GET', `/api/payments/${out_trade_no}/refunds`);
  return z.object({ refunds: z.array(Refund) }).parse(expected(200, answer)).refunds;
}

onEveryStore('a refund that was made in WeChat’s console', { env }, (system) => {
  it('comes into the books as any other, once, and an operator sees it', async () => {
    const { shopper, operator, out_trade_no } = await paidBesideOperator(system());
    await refundInConsole(system(), out_trade_no, 1_000);
    const payment = await shopper.paymentIn('REFUND', out_trade_no);
    assert.equal(payment.refund_fee, 1_000);
    assert.equal(await system().sandbox.notifyOfRefund(out_trade_no), true);
    const [refund, ...others] = await refunds(operator, out_trade_no);
    assert.deepEqual([refund?.status, refund?.refund_fee, others], ['SUCCESS', 1_000, []]);
    const [anomaly, ...more] = await told(operator, out_trade_no);
    assert.deepEqual([anomaly?.transaction_id, more], [refund?.out_refund_no, []]);
    assert.deepEqual(await causes(system(), out_trade_no), ['console']);
    assert.equal((await operator.refund(out_trade_no, 5_811)).status, 409);
    expected(201, await operator.refund(out_trade_no, 5_810));
    await until('all of it to be back', async () => {
      return (await shopper.payment(out_trade_no)).refund_fee === 6_810;
    });
  });

  it('is not acknowledged before WeChat could be asked about it', async () => {
    const { shopper, out_trade_no } = await paidBesideOperator(system());
    const match = { call: 'refundquery' };
    await system().sandbox.fault({ kind: 'http_error', phase: 'before', times: 1_000, match });
    await refundInConsole(system(), out_trade_no, 300);
    assert.equal(await system().sandbox.notifyOfRefund(out_trade_no), false);
    assert.equal((await shopper.payment(out_trade_no)).trade_state, 'SUCCESS');
    await system().sandbox.forgetFaults();
    assert.equal(await system().sandbox.notifyOfRefund(out_trade_no), true);
    assert.equal((await shopper.paymentIn('REFUND', out_trade_no)).refund_fee, 300);
  });

  it('of late money that did not go back by itself counts, and says what is left', async () => {
    const { shopper, operator, out_trade_no } = await paidLate(system());
    const isBack = (fee: number) =>
      until(`${fee} fen to be back`, async () => {
        return (await shopper.payment(out_trade_no)).refund_fee === fee;
      });
    const open = async () => {
      const anomalies = await told(operator, out_trade_no, 'refund-closed');
      return anomalies.map(({ state, total_fee }) => `${state} ${total_fee}`);
    };
    assert.deepEqual(await open(), ['OPEN 6810']);
    assert.equal((await shopper.payment(out_trade_no)).held, true);
    await refundInConsole(system(), out_trade_no, 1_000);
    await isBack(1_000);
    assert.deepEqual(await open(), ['OPEN 5810']);
    assert.equal((await shopper.payment(out_trade_no)).held, true);
    await refundInConsole(system(), out_trade_no, 5_810);
    await isBack(6_810);
    assert.deepEqual(await open(), ['RESOLVED 5810']);
    const { trade_state, held } = await shopper.payment(out_trade_no);
    assert.deepEqual([trade_state, held], ['CLOSED', false]);
    const fees = (await refunds(operator, out_trade_no)).map(({ refund_fee }) => refund_fee);
    assert.deepEqual(fees, [5_810, 1_000, 6_810]);
    const late = 'paid-after-close';
    assert.deepEqual(await causes(system(), out_trade_no), [late, late]);
  });

  it('of more than what is left is the operator’s alone until ours is refused', async () => {
    const { shopper, operator, out_trade_no } = await paidBesideOperator(system());
    const refusal = { kind: 'err_code', err_code: 'NOTENOUGH', phase: 'before', times: 1_000 };
    await system().sandbox.fault({ ...refusal, match: { call: 'refund' } });
    expected(201, await operator.refund(out_trade_no, 6_000));
    await refundInConsole(system(), out_trade_no, 6_810);
    await until('an operator to be told', async () => {
      return (await told(operator, out_trade_no)).length === 1;
    });
    assert.equal((await shopper.payment(out_trade_no)).refund_fee, 0);
    assert.equal((await refunds(operator, out_trade_no)).length, 1);
    // WeChat comes again.
    assert.equal(await system().sandbox.notifyOfRefund(out_trade_no), false);
    await system().sandbox.forgetFaults();
    await until('WeChat to refuse ours, and its own to be in the books', async () => {
      await system().sandbox.notifyOfRefund(out_trade_no);
      return (await shopper.payment(out_trade_no)).refund_fee === 6_810;
    });
    assert.equal((await told(operator, out_trade_no)).length, 1);
  });
});

const ofNobody = { env: quickMoney, ways: bothDialects };
inEachWay('a refund of the console of which nobody hears', ofNobody, (system) => {
  it('is an operator’s when WeChat is asked, and until one is in the books', async () => {
    const { shopper, operator, out_trade_no } = await paidBesideOperator(system());
    const refund = { out_trade_no, refund_fee: 6_000, notify_url: 'http://127.0.0.1:9/' };
    await system().sandbox.refundInConsole(refund);
    const inquiry = `/api/payments/${out_trade_no}/inquiry`;
    for (const _ of [1, 2]) expected(200, await operator.ask('POST', inquiry));
    const [anomaly, ...more] = await told(operator, out_trade_no);
    assert.deepEqual([anomaly?.transaction_id, anomaly?.total_fee, more], ['', 0, []]);
    assert.match(anomaly?.err_code_des ?? '', /^WeChat says that money of it went back/);
    // Less is left than ours asks for: it ends without money, and shows nothing of the other one.
    expected(201, await operator.refund(out_trade_no, 6_810));
    await until('WeChat to refuse ours', async () => {
      return (await told(operator, out_trade_no, 'refund-closed')).length === 1;
    });
    assert.equal((await told(operator, out_trade_no))[0]?.state, 'OPEN');
    await refundInConsole(system(), out_trade_no, 10);
    assert.equal((await shopper.paymentIn('REFUND', out_trade_no)).refund_fee, 10);
    const all = await told(operator, out_trade_no);
    const ended = all.find(({ anomaly_id }) => anomaly_id === anomaly?.anomaly_id);
    assert.deepEqual([all.length, ended?.state], [2, 'RESOLVED']);
    assert.match(ended?.note ?? '', /^refunded elsewhere: /);
  });
});
