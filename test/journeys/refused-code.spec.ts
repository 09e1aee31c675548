import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Anomaly } from '@saoma/contracts/operator';
import { payService } from '@saoma/contracts/pay';
import { ClientOf } from '@saoma/platform/rpc/client';
import { z } from 'zod';
import { ask, expected } from '../support/http';
import { onEveryStore } from '../support/on-stores';
import type { Shopper } from '../support/shopper';
import type { System } from '../support/system';

class PayClient extends ClientOf(payService) {}

/** Shorter than the round of asking that an outage gets. */
const atOnceMs = 5_000;

async function anomalyOf(operator: Shopper, out_trade_no: string) {
  const answer = await operator.ask('GET', '/api/anomalies?limit=100');
  const { anomalies } = z.object({ anomalies: z.array(Anomaly) }).parse(expected(200, answer));
  return anomalies.find((one) => one.out_trade_no === out_trade_no);
}

/** How often the latest fault has fired. */
async function fired(system: System): Promise<number | undefined> {
  const answer = await ask('GET', `${system.sandbox.url}/_sandbox/faults`);
  const Faults = z.object({ faults: z.array(z.looseObject({ fired: z.int() })) });
  return Faults.parse(expected(200, answer)).faults.at(-1)?.fired;
}

async function bought(system: System) {
  const shopper = await system.shopper();
  return { shopper, ...(await shopper.buy()) };
}

onEveryStore(
  'WeChat’s definite no to a code',
  {
    env: {
      'order-service': { WECHAT_CLOSE_AFTER_MS: '0' },
      'wechat-sandbox': { SANDBOX_CLOSE_AFTER_MS: '0' },
    },
  },
  (system) => {
    const refuse = (out_trade_no: string, err_code: string) =>
      system().sandbox.fault({
        ...{ kind: 'err_code', phase: 'before', times: 1_000, err_code },
        ...{
          err_code_des: '商户号该产品权限未开通',
          match: { call: 'unifiedorder', out_trade_no },
        },
      });

    it('a refusal is told at once, once asked, and is the operator’s to see', async () => {
      const { shopper, out_trade_no } = await bought(system());
      const operator = await system().shopper({ roles: ['operator'] });
      await refuse(out_trade_no, 'NOAUTH');
      for (let looks = 0; looks < 3; looks += 1) {
        const limitMs = atOnceMs;
        const answer = await shopper.ask('GET', '/pay/createNative', { limitMs });
        assert.equal(answer.status, 409);
        assert.equal((answer.json() as { code: string }).code, 'wechat/refused');
        assert.doesNotMatch(answer.text, /NOAUTH|权限/);
      }
      assert.equal(await fired(system()), 1);
      const anomaly = await anomalyOf(operator, out_trade_no);
      assert.equal(anomaly?.kind, 'code-refused');
      assert.equal(anomaly.err_code, 'NOAUTH');
      assert.equal(anomaly.err_code_des, '商户号该产品权限未开通');
      await system().sandbox.forgetFaults();
      const path = `/api/anomalies/${anomaly.anomaly_id}/resolve`;
      expected(200, await operator.ask('POST', path, { body: { note: '已开通' } }));
      const { code_url } = await shopper.createNative(out_trade_no);
      await system().sandbox.pay(code_url);
      await shopper.paymentIn('SUCCESS', out_trade_no);
    });

    it('ORDERPAID settles the payment, and there is nothing to pay', async () => {
      const { shopper, out_trade_no } = await bought(system());
      const { sandbox } = system();
      const match = { call: 'unifiedorder', out_trade_no };
      await sandbox.fault({ kind: 'system_error', match });
      await sandbox.loseNotices(out_trade_no);
      expected(503, await shopper.ask('GET', '/pay/createNative'));
      await sandbox.fault({ kind: 'pay', phase: 'before', match });
      assert.deepEqual(await shopper.createNativeOrNothing(out_trade_no), {});
      assert.equal((await shopper.payment(out_trade_no)).trade_state, 'SUCCESS');
    });

    it('paid elsewhere with another amount it is told at once, and is the operator’s', async () => {
      const { shopper, out_trade_no } = await bought(system());
      const operator = await system().shopper({ roles: ['operator'] });
      const { sandbox, pay } = system();
      await sandbox.loseNotices(out_trade_no);
      const port = Number(new URL(pay.env.PAY_RPC_LISTEN ?? '').port);
      const another = new PayClient({ host: '127.0.0.1', port });
      const now = new Date().toISOString();
      const times = { create_time: now, now, expire_time: null };
      const request = await another.prepareNative({ out_trade_no, total_fee: 1, ...times });
      const opened = await another.createNative(request);
      another.onApplicationShutdown();
      assert.ok(opened.outcome === 'success');
      await sandbox.pay(opened.code_url);
      for (let looks = 0; looks < 2; looks += 1) {
        const answer = await shopper.ask('GET', '/pay/createNative', { limitMs: atOnceMs });
        const { code, detail } = expected(409, answer) as { code: string; detail: string };
        assert.equal(code, 'wechat/refused');
        assert.match(detail, /Do not pay it again/);
      }
      assert.equal((await anomalyOf(operator, out_trade_no))?.kind, 'other-amount');
      assert.equal((await sandbox.trade(out_trade_no)).calls.unifiedorder, 2);
    });

    it('ORDERCLOSED closes it here, after WeChat was asked', async () => {
      const { shopper, out_trade_no, order_ids } = await bought(system());
      await refuse(out_trade_no, 'ORDERCLOSED');
      assert.deepEqual(await shopper.createNativeOrNothing(out_trade_no), {});
      await shopper.paymentIn('CLOSED', out_trade_no);
      for (const id of order_ids) assert.equal((await shopper.order(id)).status, '6');
    });

    it('a first code in the last minute of a payment works, and its end stays exact', async () => {
      const { shopper, out_trade_no } = await bought(system());
      const { expire_time } = await shopper.payment(out_trade_no);
      const lifeMs = 1_800_000;
      const create_time = new Date(Date.now() - lifeMs + 30_000);
      const words = create_time.toISOString().replace('T', ' ').replace('Z', '');
      await system().order.stop();
      await system().change(
        `UPDATE tb_paylog SET create_time = '${words}' WHERE out_trade_no = '${out_trade_no}'`,
      );
      await system().order.start();
      const { code_url } = await shopper.createNative(out_trade_no);
      const now = await shopper.payment(out_trade_no);
      assert.ok(now.expire_time < expire_time);
      assert.equal(Date.parse(now.expire_time) - create_time.getTime(), lifeMs);
      await system().sandbox.pay(code_url);
      await shopper.paymentIn('SUCCESS', out_trade_no);
    });
  },
);
