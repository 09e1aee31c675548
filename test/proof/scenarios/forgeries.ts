import { expected } from '../../support/http';
import { until } from '../../support/until';
import type { Customer } from '../lane/customer';
import type { Lane } from '../lane/lane';
import { aBuyer, aCustomer, moneyRows, type Scenario } from './kit';

/** More often than anything is asked in a scenario. */
const always = 1_000;

/** Notices of v3 that nobody may believe, as the sandbox spoils them. */
const forgeries: Readonly<Record<string, { kind: string; [option: string]: unknown }>> = {
  'signed by a stranger under a true serial': { kind: 'forged' },
  'signed by a stranger under a serial that nobody knows': { kind: 'unknown_serial' },
  'signed truly under a serial that nobody knows': { kind: 'wrong_serial' },
  'a signature probe': { kind: 'probe' },
  'without a signature': { kind: 'missing_header', header: 'Signature' },
  'without a serial': { kind: 'missing_header', header: 'Serial' },
  'without a nonce': { kind: 'missing_header', header: 'Nonce' },
  'without a timestamp': { kind: 'missing_header', header: 'Timestamp' },
  'signed truly, ten minutes ago': { kind: 'stale' },
  'changed after it was signed': { kind: 'tampered' },
  'another amount, not signed': { kind: 'altered_amount', signed: false },
  'a flipped bit in the tag': { kind: 'broken_tag' },
  'a tag of four bytes': { kind: 'short_tag' },
  'another merchant’s numbers': { kind: 'other_merchant' },
};

/** WeChat, or somebody who looks like it, answers these calls about a payment so. */
async function answers(
  lane: Lane,
  { out_trade_no }: Customer,
  faults: Readonly<Record<string, object>>,
): Promise<void> {
  for (const [call, fault] of Object.entries(faults)) {
    const match = { call, out_trade_no };
    await lane.system.sandbox.fault({ times: always, match, ...fault });
  }
}

/** Somebody between us and WeChat, who has no key, says no in its place. */
const strangersNo = (err_code: string, phase: 'before' | 'after') => ({
  ...{ kind: 'err_code', err_code, phase },
  ...{ err_code_des: '原因', signed: false },
});

/** A wish to close, what is broken then, and what is broken after WeChat can be heard again. */
async function closedInVain(lane: Lane, customer: Customer): Promise<string[]> {
  await customer.closes();
  const unsafe = await lane.unsafe();
  await lane.system.sandbox.forgetFaults();
  return unsafe.length > 0 ? unsafe : lane.rest([customer.out_trade_no]);
}

/** What is said in WeChat's name and is not WeChat's, or is not about what was asked. */
export const scenariosOfForgeries: Readonly<Record<string, Scenario>> = {
  'forged notices of v3': {
    way: 'v3 both',
    async play(lane) {
      const customer = await aCustomer(lane);
      const { out_trade_no } = customer;
      const before = moneyRows(await lane.look());
      const broken: string[] = [];
      for (const [how, fault] of Object.entries(forgeries)) {
        const isTaken = await lane.system.sandbox.notify(out_trade_no, fault);
        if (isTaken) broken.push(`INV-22: ${how}: taken for WeChat's`);
      }
      if (moneyRows(await lane.look()) !== before) broken.push('INV-22: a forgery moved money');
      broken.push(...(await lane.unsafe()));
      if (broken.length > 0) return broken;
      await customer.pays();
      await customer.sees('SUCCESS');
      return lane.rest([out_trade_no]);
    },
  },
  'notices of v3 that are taken come once': {
    way: 'v3 both',
    async play(lane) {
      const customer = await aCustomer(lane);
      const { out_trade_no } = customer;
      const { sandbox } = lane.system;
      await customer.pays();
      await customer.sees('SUCCESS');
      await customer.isRefunded(10);
      await customer.sees('REFUND');
      await until('the notice of the refund', async () => {
        return (await sandbox.trade(out_trade_no)).notices.length > 1;
      });
      await sandbox.notify(out_trade_no, { kind: 'unknown_event' });
      const { notices } = await sandbox.trade(out_trade_no);
      const again = notices.filter(({ accepted }) => !accepted);
      const broken = again.map((notice) => `WeChat comes again after ${JSON.stringify(notice)}`);
      return [...broken, ...(await lane.rest([out_trade_no]))];
    },
  },
  'a close that WeChat answers 204, and the payer pays': {
    way: 'v3 public-key',
    async play(lane) {
      const customer = await aCustomer(lane);
      await customer.losesNotices();
      await answers(lane, customer, { closeorder: { kind: 'no_content', phase: 'before' } });
      await customer.closes();
      await customer.pays();
      const unsafe = await lane.unsafe();
      if (unsafe.length > 0) return unsafe;
      await customer.sees('SUCCESS');
      return lane.rest([customer.out_trade_no]);
    },
  },
  'an unsigned no to a close': {
    async play(lane) {
      const customer = await aCustomer(lane);
      await answers(lane, customer, {
        orderquery: strangersNo('ORDERNOTEXIST', 'before'),
        closeorder: strangersNo('ORDERNOTEXIST', 'before'),
      });
      return closedInVain(lane, customer);
    },
  },
  'an unsigned no to a code': {
    async play(lane) {
      const customer = await aBuyer(lane);
      const unifiedorder = strangersNo('ORDERCLOSED', 'after');
      await answers(lane, customer, { unifiedorder });
      expected(503, await customer.asksForCode());
      await lane.system.sandbox.forgetFaults();
      await customer.getsCode();
      await customer.pays();
      await customer.sees('SUCCESS');
      return lane.rest([customer.out_trade_no]);
    },
  },
  'an unsigned no to a refund that WeChat makes': {
    async play(lane) {
      const customer = await aCustomer(lane);
      await customer.pays();
      await customer.sees('SUCCESS');
      await answers(lane, customer, {
        refund: { ...strangersNo('USER_ACCOUNT_ABNORMAL', 'after'), times: 2 },
        refundquery: { ...strangersNo('REFUNDNOTEXIST', 'before'), times: 2 },
      });
      await customer.isRefunded(10);
      await customer.sees('REFUND');
      return lane.rest([customer.out_trade_no]);
    },
  },
  'a true answer about another payment': {
    async play(lane) {
      const other = await aCustomer(lane);
      const { sandbox } = lane.system;
      await other.closes();
      await other.sees('CLOSED');
      const asked = async () => (await sandbox.trade(other.out_trade_no)).calls.orderquery ?? 0;
      const before = await asked();
      await lane.passTime([other.out_trade_no]);
      await until('WeChat to say that the other is closed', async () => (await asked()) > before);
      const customer = await aCustomer(lane);
      await answers(lane, customer, { orderquery: { kind: 'swapped' } });
      return closedInVain(lane, customer);
    },
  },
  'a true answer with the code of another payment': {
    async play(lane) {
      const other = await aCustomer(lane);
      const customer = await aBuyer(lane);
      await answers(lane, customer, { unifiedorder: { kind: 'swapped' } });
      for (const time of ['first', 'second']) {
        const { status, text } = await customer.asksForCode();
        if (status !== 503) return [`the code of another payment at the ${time} asking: ${text}`];
      }
      await lane.system.sandbox.forgetFaults();
      await customer.getsCode();
      for (const each of [customer, other]) {
        await each.pays();
        await each.sees('SUCCESS');
      }
      return lane.rest([customer.out_trade_no, other.out_trade_no]);
    },
  },
};
