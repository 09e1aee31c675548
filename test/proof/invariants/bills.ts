import { isDeepStrictEqual } from 'node:util';
import { beijingDate } from '../../support/beijing-time';
import { LedgerView, type PaymentView, type Violation } from './ledger-view';
import type { Row, Snapshot, Trade } from './snapshot';

/** What happened within so much of midnight may stand in the bill of either day. */
const edgeMs = 60_000;
const failed = ['REFUNDCLOSE', 'CHANGE'];

/** What the product has to say of days that it has compared with WeChat's bills. */
export interface Comparison {
  readonly days: readonly {
    readonly day: string;
    readonly state: string;
    readonly rows: number;
    readonly isOver: boolean;
  }[];
  readonly findings: readonly (Numbers & {
    readonly finding_id: string;
    readonly day: string;
    readonly isDone: boolean;
  })[];
  /** What stands of any day. */
  readonly standing: readonly Numbers[];
  /** The day whose bill has shown it, by `payment N` or `refund N`. */
  readonly shownBy: ReadonlyMap<string, string | null>;
}

interface Numbers {
  readonly out_trade_no: string;
  readonly out_refund_no: string;
}

interface Days {
  /** The days that were compared now, and those that were before. */
  readonly days: readonly string[];
  readonly earlier: readonly string[];
}

/** A row of WeChat's bill, or one of ours that no bill has. */
interface Entry {
  /** `payment N` or `refund N`. */
  readonly name: string;
  readonly time: Date;
  readonly isInBill: boolean;
  /** Whether it is the row of the bill that shows ours. */
  readonly isOurs: boolean;
  /** Whether the two books say otherwise of it. */
  readonly differs: boolean;
  /** By what an operator is told of it. */
  readonly isNews: (anomaly: Row<'tb_anomaly'>) => boolean;
}

/** The days whose bills may have what happened, in either book. */
export function daysIn(snapshot: Snapshot): string[] {
  return [...new Set(entriesOf(snapshot).flatMap(daysOf))].sort();
}

/**
 * INV-19, once these days were compared: exactly what differed `before` was found, everything was
 * seen to, and what differs still stands as an anomaly. WeChat's book is read as its bill, and both
 * are compared here by the oracle's own words.
 */
export function reconciliation(
  { days, earlier }: Days,
  { before, after }: { readonly before: Snapshot; readonly after: Snapshot },
  comparison: Comparison,
): Violation[] {
  const isOf = (entry: Entry) => {
    const own = daysOf(entry);
    const isJudged = own.every((day) => days.includes(day) || earlier.includes(day));
    return isJudged && own.some((day) => days.includes(day));
  };
  const entries = entriesOf(before).filter(isOf);
  const differed = entries.filter(({ differs }) => differs).map(({ name }) => name);
  const found = comparison.findings.map(nameOf);
  const { tb_anomaly } = after.rows;
  const untold = entriesOf(after)
    .filter((entry) => isOf(entry) && entry.differs)
    .filter(({ isNews }) => !tb_anomaly.some((row) => row.kind.startsWith('bill-') && isNews(row)));
  const baseless = tb_anomaly
    .filter((row) => row.kind.startsWith('bill-') && row.state === 'OPEN')
    .filter((row) => !comparison.standing.some((one) => isAbout(row, one)));
  const unseen = comparison.findings.filter(({ isDone }) => !isDone).map(nameOf);
  const is = (invariant: string) => (row: unknown) => ({ invariant: `INV-19 ${invariant}`, row });
  return [
    ...differed.filter((name) => !found.includes(name)).map(is('a difference was not found')),
    ...found.filter((name) => !differed.includes(name)).map(is('a difference was invented')),
    ...untold.map(({ name }) => name).map(is('it differs still, and nobody is told')),
    ...baseless.map(is('an operator is told of what no bill says')),
    ...unseen.map(is('nothing was done about it')),
    ...unfinished(days, entries, comparison).map(is('a day has not come to its end')),
    ...unshown(entries, after, comparison).map(is('another bill has shown it, or none')),
  ];
}

function isAbout(anomaly: Row<'tb_anomaly'>, { out_trade_no, out_refund_no }: Numbers): boolean {
  return out_refund_no
    ? anomaly.transaction_id === out_refund_no
    : anomaly.out_trade_no === out_trade_no;
}

const nameOf = ({ out_trade_no, out_refund_no }: Numbers) =>
  out_refund_no ? `refund ${out_refund_no}` : `payment ${out_trade_no}`;

const dayOf = ({ time }: Pick<Entry, 'time'>) => beijingDate(time.getTime());

/** The days that have to be compared before anything can be said of it. */
function daysOf({ time, isInBill }: Entry): string[] {
  const edges = isInBill ? [0] : [-edgeMs, edgeMs];
  return edges.map((ms) => beijingDate(time.getTime() + ms));
}

function unfinished(
  days: readonly string[],
  entries: readonly Entry[],
  { days: compared, findings }: Comparison,
) {
  const rows = entries.filter(({ isInBill }) => isInBill);
  const expected = days.map((day) => {
    const count = rows.filter((entry) => dayOf(entry) === day).length;
    const isQuiet = findings.every((finding) => finding.day !== day);
    const state = !isQuiet ? 'DIFFERENT' : count === 0 ? 'NO_BILL' : 'MATCHED';
    return { day, state, rows: count, isOver: true };
  });
  return expected
    .map((wanted) => ({ wanted, is: compared.find(({ day }) => day === wanted.day) }))
    .filter(({ wanted, is }) => !isDeepStrictEqual(wanted, is));
}

/** Rows of ours that are in WeChat's book, and are not marked by the bill of that day. */
function unshown(entries: readonly Entry[], after: Snapshot, { shownBy }: Comparison): string[] {
  const ours = entriesOf(after).filter(({ isInBill, isOurs }) => isInBill && isOurs);
  const known = new Set(entries.map(({ name }) => name));
  return ours
    .filter((entry) => known.has(entry.name) && shownBy.get(entry.name) !== dayOf(entry))
    .map(({ name }) => `${name}: ${shownBy.get(name)}`);
}

function entriesOf(snapshot: Snapshot): Entry[] {
  const view = new LedgerView(snapshot);
  const there = snapshot.trades.flatMap((trade) => inBill(trade, view));
  const names = new Set(there.map(({ name }) => name));
  const here = view.payments.flatMap((payment) => inNoBill(payment, names));
  return [...there, ...here];
}

function inBill(trade: Trade, view: LedgerView): Entry[] {
  const { out_trade_no, transaction_id, pay_time, refunds } = trade;
  if (!pay_time || transaction_id === null) return [];
  const payment = view.payments.find(({ payLog }) => payLog.out_trade_no === out_trade_no);
  return [
    {
      name: `payment ${out_trade_no}`,
      time: pay_time,
      isInBill: true,
      isOurs: payment?.payLog.transaction_id === transaction_id,
      differs: !payment || !hasHome(trade, payment),
      isNews: (row) => row.out_trade_no === out_trade_no,
    },
    ...refunds.map((refund): Entry => {
      const { out_refund_no, create_time, refund_fee, status } = refund;
      const ours = view.snapshot.rows.tb_refund.find((row) => row.out_refund_no === out_refund_no);
      const isAlike =
        ours?.refund_fee === refund_fee && failed.includes(ours.status) === failed.includes(status);
      return {
        name: `refund ${out_refund_no}`,
        time: create_time,
        isInBill: true,
        isOurs: ours !== undefined,
        differs: !isAlike || ours.status === 'PROCESSING',
        isNews: (row) => row.transaction_id === out_refund_no,
      };
    }),
  ];
}

/** It has paid the payment, or goes back. */
function hasHome({ transaction_id, total_fee }: Trade, { payLog, refunds }: PaymentView): boolean {
  const isPaid = payLog.trade_state === '1' || payLog.trade_state === '3';
  const ofIt = { transaction_id, total_fee };
  const isIt = (row: typeof ofIt) =>
    row.transaction_id === ofIt.transaction_id && row.total_fee === ofIt.total_fee;
  return (isPaid && isIt(payLog)) || refunds.some(isIt);
}

const unknownThere = { isInBill: false, isOurs: true, differs: true };

/** What we call paid, or accepted by WeChat, and WeChat's book lacks. */
function inNoBill({ payLog, refunds, trade }: PaymentView, inBills: ReadonlySet<string>): Entry[] {
  const { out_trade_no, transaction_id, pay_time } = payLog;
  const isKnown = trade?.transaction_id === transaction_id;
  const payment = (time: Date): Entry => ({
    name: `payment ${out_trade_no}`,
    time,
    ...unknownThere,
    isNews: (row) => row.out_trade_no === out_trade_no,
  });
  const accepted = refunds.flatMap(({ out_refund_no, accept_time }): Entry[] => {
    const name = `refund ${out_refund_no}`;
    if (accept_time === null || inBills.has(name)) return [];
    const isNews = (row: Row<'tb_anomaly'>) => row.transaction_id === out_refund_no;
    return [{ name, time: accept_time, ...unknownThere, isNews }];
  });
  return [...(pay_time && !isKnown ? [payment(pay_time)] : []), ...accepted];
}
