import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Anomaly, PayEvent } from '@saoma/contracts/operator';
import { reconciliations } from '@saoma/contracts/reconciliations';
import { Refund } from '@saoma/contracts/refunds';
import { z } from 'zod';
import { beijingDate, beijingTime, nextInBeijing } from '../support/beijing-time';
import { onDays } from '../support/days';
import { expected } from '../support/http';
import { hasFaketime } from '../support/machine';
import { type Opened, opened, paid } from '../support/opened';
import type { Shopper } from '../support/shopper';
import type { System } from '../support/system';
import { moneyComes } from '../support/true-notice';
import { until } from '../support/until';
import { dialectOf, type Way } from '../support/wechat';

const hourMs = 3_600_000;
const minuteMs = 60_000;
/** Ten seconds before the bill of the day before is asked for. */
const earlyMs = 10 * hourMs + 15 * minuteMs - 10_000;
/** A look at which days have a bill by now is taken every ten seconds. */
const comparedMsMax = 60_000;

const Day = reconciliations.methods.getReconciliation.output;
type Day = z.output<typeof Day>;

/** WeChat says that it is closed, and yet lets it be paid. */
async function isClosed(system: System) {
  const bought = await opened(system);
  const { out_trade_no } = bought;
  const closed = { kind: 'err_code', err_code: 'ORDERCLOSED', phase: 'before', times: 1_000 };
  await system.sandbox.fault({ ...closed, match: { call: 'closeorder', out_trade_no } });
  await bought.shopper.close(out_trade_no);
  await bought.shopper.paymentIn('CLOSED', out_trade_no);
  return bought;
}

/** Paid by a true notice of money that WeChat's own book lacks. */
async function isPaidHereOnly(system: System, nowMs: number) {
  const bought = await opened(system);
  const { out_trade_no, total_fee, shopper } = bought;
  await moneyComes(system, { out_trade_no, total_fee, time_end: beijingTime(nowMs) });
  await shopper.paymentIn('SUCCESS', out_trade_no);
  return bought;
}

/** A day at noon, and what happened on it to each payment. */
async function aDay(system: System) {
  const noonMs = nextInBeijing(await system.sandbox.now(), 12 * hourMs);
  await system.turnClocks(noonMs);
  const operator = await system.shopper({ roles: ['operator'] });
  const plain = await paid(system);
  const refunded = await paid(system);
  expected(201, await operator.refund(refunded.out_trade_no, 1_000));
  await refunded.shopper.paymentIn('REFUND', refunded.out_trade_no);
  const refundedThere = await paid(system);
  // Nobody listens there: its notice is lost.
  const lost = { notify_url: 'http://127.0.0.1:9/', refund_fee: 700 };
  await system.sandbox.refundInConsole({ out_trade_no: refundedThere.out_trade_no, ...lost });
  const paidHere = await isPaidHereOnly(system, noonMs);
  const unheard = await opened(system);
  const late = await isClosed(system);
  const all = { plain, refunded, refundedThere, paidHere, unheard, late };
  await goesHome(system, [unheard, late]);
  return { ...all, day: beijingDate(noonMs), all: Object.values(all) };
}

/** While we are down these are paid: their notices are lost, and so is every look at them. */
async function goesHome(system: System, unheard: readonly Opened[]): Promise<void> {
  await system.order.stop();
  const numbers = unheard.map(({ out_trade_no }) => `'${out_trade_no}'`);
  await system.change(
    `UPDATE tb_paylog SET next_look_time = NULL WHERE out_trade_no IN (${numbers})`,
  );
  for (const { out_trade_no, code_url } of unheard) {
    await system.sandbox.loseNotices(out_trade_no);
    await system.sandbox.pay(code_url);
  }
}

/** Undefined: it was never wanted, or something is still to be done. The fund flow comes last. */
async function compared(who: Shopper, day: string): Promise<Day | undefined> {
  const answer = await who.ask('GET', `/api/reconciliations/${day}`);
  if (answer.status === 404) return undefined;
  const found = Day.parse(expected(200, answer));
  const isDone = !found.under_way && found.fundflow && found.findings.every(({ done }) => done);
  return isDone ? found : undefined;
}

const isCompared = (who: Shopper, day: string) =>
  until(`${day} to be compared`, () => compared(who, day), comparedMsMax);

async function anomalies(operator: Shopper): Promise<Anomaly[]> {
  const answer = await operator.ask('GET', '/api/anomalies?limit=100');
  return z.object({ anomalies: z.array(Anomaly) }).parse(expected(200, answer)).anomalies;
}

/** Everything that a comparison could have changed. */
async function books(operator: Shopper, day: string, all: readonly Opened[]) {
  const each = await Promise.all(
    all.map(async ({ out_trade_no }) => {
      const path = `/api/payments/${out_trade_no}`;
      const events = await operator.ask('GET', `${path}/timeline`);
      const refunds = await operator.ask('GET', `${path}/refunds`);
      return [
        expected(200, await operator.ask('GET', path)),
        z.object({ events: z.array(PayEvent) }).parse(expected(200, events)).events,
        z.object({ refunds: z.array(Refund) }).parse(expected(200, refunds)).refunds,
      ];
    }),
  );
  const answer = await operator.ask('GET', `/api/reconciliations/${day}`);
  return { each, day: expected(200, answer), anomalies: await anomalies(operator) };
}

/** A wish asks WeChat anew, though the pay service has the file of the last one in its memory. */
async function isFetched({ sandbox }: System, operator: Shopper, which: { day: string; way: Way }) {
  const path = `/api/reconciliations/${which.day}`;
  const call = dialectOf(which.way) === 'v2' ? 'downloadbill' : 'tradebill';
  await sandbox.fault({ kind: 'http_error', status: 502, match: { call }, times: 1_000 });
  expected(202, await operator.ask('POST', path));
  await until('WeChat to be asked in vain', async () => {
    const { under_way, reason } = Day.parse(expected(200, await operator.ask('GET', path)));
    return under_way && reason === 'HTTP 502';
  });
  await sandbox.forgetFaults();
}

const told = ({ findings }: Day) =>
  findings.map(({ kind, out_trade_no, done }) => `${kind} of ${out_trade_no}: ${done}`).sort();

if (hasFaketime) {
  onDays('a day beside its bill', (system, way) => {
    it('is compared at a quarter past ten: what may be is healed, the rest told', async () => {
      const { day, all, paidHere, unheard, late, refundedThere } = await aDay(system());
      const morningMs = nextInBeijing(await system().sandbox.now(), earlyMs);
      await system().turnClocks(morningMs);
      await system().order.start();
      const operator = await system().shopper({ roles: ['operator'] });
      const first = await isCompared(operator, day);
      const quarterPast = new Date(morningMs + 10_000).toISOString();
      const early = `SELECT COUNT(*) AS days FROM tb_reconciliation
        WHERE compared_time < '${quarterPast.replace('T', ' ').slice(0, 19)}'`;
      assert.deepEqual(
        [...(await system().rows(early))].map(({ days }) => Number(days)),
        [0],
      );
      assert.deepEqual(told(first), [
        `LOCAL_ONLY of ${paidHere.out_trade_no}: WeChat says now: NOTPAY`,
        `REFUND_CHANNEL_ONLY of ${refundedThere.out_trade_no}: ` +
          'written down as a refund that was made elsewhere',
        `STATE of ${unheard.out_trade_no}: settled by a query`,
        `STATE of ${late.out_trade_no}: the money came after the close, and goes back by itself`,
      ]);
      assert.deepEqual([first.state, first.rows], ['DIFFERENT', 7]);
      await unheard.shopper.paymentIn('SUCCESS', unheard.out_trade_no);
      await refundedThere.shopper.paymentIn('REFUND', refundedThere.out_trade_no);
      await until('the late money to be back', async () => {
        const { trade_state, refund_fee } = await late.shopper.payment(late.out_trade_no);
        return trade_state === 'CLOSED' && refund_fee === late.total_fee;
      });
      const bills = (await anomalies(operator)).filter(({ kind }) => kind.startsWith('bill-'));
      assert.deepEqual(
        bills.map(({ kind, out_trade_no, state }) => [kind, out_trade_no, state]),
        [['bill-local-only', paidHere.out_trade_no, 'OPEN']],
      );

      const before = await books(operator, day, all);
      await isFetched(system(), operator, { day, way });
      expected(202, await operator.ask('POST', `/api/reconciliations/${day}`));
      await isCompared(operator, day);
      assert.deepEqual(await books(operator, day, all), before);

      // Of that day the next one says nothing more: it has the refund of the late money alone.
      const next = beijingDate(morningMs);
      await system().turnClocks(nextInBeijing(morningMs, earlyMs) + minuteMs);
      expected(202, await operator.ask('POST', `/api/reconciliations/${next}`));
      const second = await isCompared(operator, next);
      assert.deepEqual([told(second), second.state, second.rows], [[], 'MATCHED', 1]);
    });
  });
}
