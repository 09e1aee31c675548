import { Anomaly } from '@saoma/contracts/operator';
import { z } from 'zod';
import { expected } from '../../support/http';
import type { Customer } from '../lane/customer';
import type { Lane } from '../lane/lane';
import { aBuyer, aCustomer, type Scenario } from './kit';

/** WeChat refuses every code of this payment with this word. */
async function refuse(lane: Lane, { out_trade_no }: Customer, err_code: string): Promise<void> {
  const match = { call: 'unifiedorder', out_trade_no };
  const no = { kind: 'err_code', phase: 'before', err_code, err_code_des: '原因' };
  await lane.system.sandbox.fault({ ...no, times: 1_000, match });
}

/** An operator resolves whatever waits for one. */
async function resolveAll({ operator }: Lane): Promise<void> {
  const answer = await operator.ask('GET', '/api/anomalies?state=OPEN&limit=100');
  const { anomalies } = z.object({ anomalies: z.array(Anomaly) }).parse(expected(200, answer));
  for (const { anomaly_id } of anomalies) {
    const path = `/api/anomalies/${anomaly_id}/resolve`;
    expected(200, await operator.ask('POST', path, { body: { note: '已处理' } }));
  }
}

/** WeChat's definite no to a code, or to anything else that was asked of it. */
export const scenariosOfRefusals: Readonly<Record<string, Scenario>> = {
  'paid, and asked for a code again': {
    async play(lane) {
      const customer = await aBuyer(lane);
      const { out_trade_no } = customer;
      const match = { call: 'unifiedorder', out_trade_no };
      await lane.system.sandbox.fault({ kind: 'system_error', match });
      await customer.losesNotices();
      expected(503, await customer.asksForCode());
      await lane.system.sandbox.fault({ kind: 'pay', phase: 'before', match });
      const { text } = await customer.asksForCode();
      await customer.sees('SUCCESS');
      const broken = text === '{}' ? [] : [`what is paid has a code: ${text}`];
      return [...broken, ...(await lane.rest([out_trade_no]))];
    },
  },
  'a number that WeChat has closed': {
    async play(lane) {
      const customer = await aBuyer(lane);
      await refuse(lane, customer, 'ORDERCLOSED');
      await customer.asksForCode();
      await customer.sees('CLOSED');
      return lane.rest([customer.out_trade_no]);
    },
  },
  'refunded in WeChat’s console of more than is left': {
    async play(lane) {
      const customer = await aCustomer(lane);
      const { out_trade_no, total_fee } = customer;
      await customer.pays();
      await customer.sees('SUCCESS');
      // Ours waits for WeChat's balance, and keeps what it has reserved.
      const no = { kind: 'err_code', phase: 'before', err_code: 'NOTENOUGH', times: 1_000 };
      await lane.system.sandbox.fault({ ...no, match: { call: 'refund' } });
      await customer.isRefunded(total_fee);
      await customer.isRefundedInConsole(10);
      await lane.passTime([out_trade_no]);
      const unsafe = await lane.unsafe();
      await lane.system.sandbox.forgetFaults();
      return unsafe.length > 0 ? unsafe : lane.rest([out_trade_no]);
    },
  },
  'a code refused, then granted': {
    async play(lane) {
      const customer = await aBuyer(lane);
      await refuse(lane, customer, 'NOAUTH');
      const refused = await customer.asksForCode();
      await lane.system.sandbox.forgetFaults();
      await resolveAll(lane);
      await customer.getsCode();
      await customer.pays();
      await customer.sees('SUCCESS');
      const broken = refused.status === 409 ? [] : [`a refusal is answered ${refused.status}`];
      return [...broken, ...(await lane.rest([customer.out_trade_no]))];
    },
  },
};
