import { until } from '../../support/until';
import type { Customer } from '../lane/customer';
import { numbersOf } from '../lane/dealings';
import type { Lane } from '../lane/lane';
import { aBuyer, aCustomer, ofThese, type Scenario, watched } from './kit';

/** More often than anything is asked in a scenario. */
const always = 100_000;
/** Every question that the shop puts to WeChat. */
const calls = ['unifiedorder', 'orderquery', 'closeorder', 'refund', 'refundquery'];
/** What WeChat says instead of an answer, as each dialect writes it. */
const words = /SYSTEM_?ERROR/;

/** What is unknown for a moment is unknown for an hour now. */
async function anHourPasses(lane: Lane, customers: readonly Customer[]): Promise<void> {
  const earlier = (column: string) => `${column} = ${column} - INTERVAL 1 HOUR`;
  const set = `${earlier('unknown_time')}, ${earlier('code_unknown_time')}`;
  const which = `WHERE ${ofThese(customers)}`;
  await lane.persist(() => lane.system.rows(`UPDATE tb_paylog SET ${set} ${which}`));
  const since = earlier('unknown_time');
  await lane.persist(() => lane.system.rows(`UPDATE tb_refund SET ${since} ${which}`));
}

/** How many of the rows are unknown: each of these payments has one. */
async function unknownOf(lane: Lane, customers: readonly Customer[]): Promise<number> {
  const payments = `SELECT out_trade_no FROM tb_paylog WHERE ${ofThese(customers)}
    AND (unknown_time IS NOT NULL OR code_unknown_time IS NOT NULL)`;
  const refunds = `SELECT out_trade_no FROM tb_refund WHERE ${ofThese(customers)}
    AND unknown_time IS NOT NULL`;
  return (await lane.system.rows(`${payments} UNION ${refunds}`)).length;
}

/** WeChat is asked again about all of these, and for the code of one. */
async function asksAgain(lane: Lane, codeless: Customer, all: readonly Customer[]) {
  await codeless.asksForCode();
  await lane.passTime(numbersOf(all));
}

async function anomaliesOf(lane: Lane, customers: readonly Customer[]) {
  const rows = await lane.system.rows(`SELECT * FROM tb_anomaly WHERE ${ofThese(customers)}`);
  return rows.map(({ out_trade_no, kind, err_code_des }) => {
    return { out_trade_no, kind: String(kind), words: String(err_code_des) };
  });
}

/** Exactly one for each payment, of this kind and in WeChat's words. */
async function wrongAnomalies(
  lane: Lane,
  expected: readonly (readonly [Customer, kind: string])[],
): Promise<string[]> {
  const told = await anomaliesOf(
    lane,
    expected.map(([customer]) => customer),
  );
  return expected.flatMap(([{ out_trade_no }, kind]) => {
    const own = told.filter((one) => one.out_trade_no === out_trade_no);
    const [only, ...more] = own;
    const isRight = only?.kind === kind && words.test(only.words) && more.length === 0;
    return isRight ? [] : [`${kind} of ${out_trade_no}, and there is ${JSON.stringify(own)}`];
  });
}

/** From now on WeChat answers to these questions that it cannot say. */
async function cannotSay({ system }: Lane, questions: readonly string[]): Promise<void> {
  for (const call of questions) {
    const fault = { kind: 'system_error', phase: 'before', times: always, match: { call } };
    await system.sandbox.fault(fault);
  }
}

/** An hour passes, and WeChat is asked again, until an operator is told of each payment. */
function operatorHears(lane: Lane, codeless: Customer, all: readonly Customer[]) {
  return until('an operator to be told of all', async () => {
    // A look that is under way may write again since when it was unknown before.
    await anHourPasses(lane, all);
    await asksAgain(lane, codeless, all);
    return (await anomaliesOf(lane, all)).length >= all.length;
  });
}

/** WeChat answers that it cannot say. */
export const scenariosOfUnknowns: Readonly<Record<string, Scenario>> = {
  'an hour without a certain answer': {
    async play(lane) {
      const [codeless, closing, paid, refunded] = [
        await aBuyer(lane),
        ...(await Promise.all([aCustomer(lane), aCustomer(lane), aCustomer(lane)])),
      ];
      const all = [codeless, closing, paid, refunded];
      await refunded.pays();
      await refunded.sees('SUCCESS');
      await paid.losesNotices();
      await lane.looksAway(paid.out_trade_no);
      await cannotSay(lane, calls);
      await paid.pays();
      await refunded.isRefunded(10);
      await closing.closes();
      await codeless.asksForCode();
      await until('all to be unknown', async () => {
        // A look that is under way may put the next one off again.
        await lane.passTime(numbersOf(all));
        return (await unknownOf(lane, all)) === all.length;
      });
      const decided = await watched(lane, operatorHears(lane, codeless, all));
      if (decided.length > 0) return decided;
      await asksAgain(lane, codeless, all);
      const unsafe = await lane.unsafe();
      await lane.system.sandbox.forgetFaults();
      await codeless.getsCode();
      await codeless.pays();
      await Promise.all([codeless, paid].map((customer) => customer.sees('SUCCESS')));
      await Promise.all([closing.sees('CLOSED'), refunded.sees('REFUND')]);
      const restless = await lane.rest(numbersOf(all));
      const wrong = await wrongAnomalies(lane, [
        [codeless, 'lasting-unknown'],
        [closing, 'lasting-unknown'],
        [paid, 'lasting-unknown'],
        [refunded, 'refund-lasting-unknown'],
      ]);
      return [...unsafe, ...restless, ...wrong];
    },
  },
  'refunded in WeChat’s console, and WeChat cannot say what': {
    async play(lane) {
      const customer = await aCustomer(lane);
      const { out_trade_no } = customer;
      await customer.pays();
      await customer.sees('SUCCESS');
      await cannotSay(lane, ['refundquery']);
      await customer.isRefundedInConsole(10);
      await lane.passTime([out_trade_no]);
      const unsafe = await lane.unsafe();
      // Whatever it only remembers dies with it: WeChat's notices must still come.
      await lane.order.process.end('SIGKILL');
      await lane.system.sandbox.forgetFaults();
      await lane.order.startNext();
      return unsafe.length > 0 ? unsafe : lane.rest([out_trade_no]);
    },
  },
};
