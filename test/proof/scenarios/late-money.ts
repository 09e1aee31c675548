import { until } from '../../support/until';
import type { Customer } from '../lane/customer';
import type { Lane } from '../lane/lane';
import { aCustomer, ofThese, type Scenario } from './kit';

/** Money that comes after the close, while this is wrong with WeChat's refunds. */
export async function paysLate(customer: Customer, fault: Record<string, unknown>): Promise<void> {
  const { lane } = customer;
  await lane.lieAboutClose(customer.out_trade_no);
  await customer.closes();
  await customer.sees('CLOSED');
  await lane.system.sandbox.fault({ ...fault, match: { call: 'refund' } });
  await customer.pays();
}

async function aLatePayer(lane: Lane, fault: Record<string, unknown>): Promise<Customer> {
  const customer = await aCustomer(lane);
  await paysLate(customer, fault);
  return customer;
}

/** What an operator has to decide about this payment, as `kind fen`. */
async function openOf({ system }: Lane, customer: Customer): Promise<string[]> {
  const open = `SELECT kind, total_fee FROM tb_anomaly WHERE ${ofThese([customer])}
    AND state = 'OPEN' ORDER BY kind, total_fee`;
  return (await system.rows(open)).map(({ kind, total_fee }) => `${kind} ${total_fee}`);
}

/** An operator is told so, whatever else there is to tell. */
export function isTold(lane: Lane, customer: Customer, news: string): Promise<unknown> {
  return until(`an operator to be told: ${news}`, async () => {
    await lane.passTime([customer.out_trade_no]);
    return (await openOf(lane, customer)).some((each) => each.startsWith(news));
  });
}

/** Nothing but these is left to decide. */
async function leaves(lane: Lane, customer: Customer, expected: string[]): Promise<string[]> {
  const open = await openOf(lane, customer);
  const isRight = JSON.stringify(open) === JSON.stringify(expected);
  return isRight ? [] : [`an operator has ${open} to decide, not ${expected}`];
}

const closes = { kind: 'refund_ending', ending: 'REFUNDCLOSE' };
export const noBalance = { kind: 'err_code', phase: 'before', err_code: 'NOTENOUGH', times: 1_000 };

/** Money that came after the close, and is refunded in WeChat's console. */
export const scenariosOfLateMoney: Readonly<Record<string, Scenario>> = {
  'late money, refunded in WeChat’s console': {
    async play(lane) {
      const customer = await aLatePayer(lane, closes);
      const { out_trade_no, total_fee } = customer;
      await isTold(lane, customer, `refund-closed ${total_fee}`);
      const unsafe = await lane.rest([out_trade_no]);
      await customer.isRefundedInConsole(total_fee);
      await customer.hasAllBack();
      const restless = await lane.rest([out_trade_no]);
      const wrong = await leaves(lane, customer, [`refund-elsewhere ${total_fee}`]);
      return [...unsafe, ...restless, ...wrong];
    },
  },
  'late money, refunded in WeChat’s console in parts': {
    async play(lane) {
      const customer = await aLatePayer(lane, closes);
      const { out_trade_no, total_fee } = customer;
      await isTold(lane, customer, `refund-closed ${total_fee}`);
      await customer.isRefundedInConsole(10);
      const left = total_fee - 10;
      await isTold(lane, customer, `refund-closed ${left}`);
      const unsafe = await lane.rest([out_trade_no]);
      const half = await leaves(lane, customer, [`refund-closed ${left}`, 'refund-elsewhere 10']);
      await customer.isRefundedInConsole(left);
      await customer.hasAllBack();
      const restless = await lane.rest([out_trade_no]);
      const both = ['refund-elsewhere 10', `refund-elsewhere ${left}`];
      const wrong = await leaves(lane, customer, both);
      return [...unsafe, ...half, ...restless, ...wrong];
    },
  },
  'late money, refunded in WeChat’s console before we heard of it': {
    async play(lane) {
      const customer = await aCustomer(lane);
      const { out_trade_no, total_fee } = customer;
      await lane.lieAboutClose(out_trade_no);
      await customer.closes();
      await customer.sees('CLOSED');
      await customer.losesNotices();
      await lane.looksAway(out_trade_no);
      await customer.pays();
      await customer.isRefundedInConsole(10);
      const left = total_fee - 10;
      await isTold(lane, customer, `refund-closed ${left}`);
      const restless = await lane.rest([out_trade_no]);
      const wrong = await leaves(lane, customer, [`refund-closed ${left}`, 'refund-elsewhere 10']);
      return [...restless, ...wrong];
    },
  },
  'late money, refunded in WeChat’s console while ours waits': {
    async play(lane) {
      const customer = await aLatePayer(lane, noBalance);
      const { out_trade_no, total_fee } = customer;
      await isTold(lane, customer, 'refund-refused');
      await customer.isRefundedInConsole(total_fee);
      await isTold(lane, customer, 'refund-elsewhere');
      const unsafe = await lane.unsafe();
      if (unsafe.length > 0) return unsafe;
      await lane.system.sandbox.forgetFaults();
      await customer.hasAllBack();
      const restless = await lane.rest([out_trade_no]);
      const wrong = await leaves(lane, customer, [`refund-elsewhere ${total_fee}`]);
      return [...restless, ...wrong];
    },
  },
};
