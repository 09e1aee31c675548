import { z } from 'zod';
import type { Money, Row, Snapshot, Trade } from './snapshot';

type PayLog = Row<'tb_paylog'>;
type Order = Row<'tb_order'>;
export type Refund = Row<'tb_refund'>;

/** One thing that must not be: which invariant it breaks, and the offending row. */
export interface Violation {
  readonly invariant: string;
  readonly row: unknown;
}

export type Check = (view: LedgerView) => unknown[];

interface Message {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A payment with everything that belongs to it in both books. */
export interface PaymentView {
  readonly payLog: PayLog;
  readonly orders: readonly Order[];
  readonly refunds: readonly Refund[];
  /** What it has to bring, in fen: the sum of its orders, or what its shop asked for. */
  readonly price: number | undefined;
  /** The kinds of its timeline, oldest first. */
  readonly kinds: readonly string[];
  /** What the shop is told, the earliest first. */
  readonly messages: readonly Message[];
  readonly trade: Trade | undefined;
}

/**
 * These tell an operator of what our books have to the fen, or of what WeChat's bill lacks: no
 * money has its home there.
 */
const onlyTold = [
  ...['lasting-unknown', 'refund-lasting-unknown', 'refund-elsewhere'],
  ...['bill-local-only', 'bill-refund-local-only', 'bill-totals'],
];

export const sumOf = <T>(list: readonly T[], fen: (item: T) => number): number =>
  list.reduce((sum, item) => sum + fen(item), 0);

/** Both books of a snapshot, joined by their numbers. */
export class LedgerView {
  readonly payments: readonly PaymentView[];

  constructor(readonly snapshot: Snapshot) {
    const { rows, trades } = snapshot;
    const orders = groupBy(rows.tb_order, ({ out_trade_no }) => out_trade_no ?? '');
    const refunds = groupBy(rows.tb_refund, ({ out_trade_no }) => out_trade_no);
    const events = groupBy(rows.tb_pay_event, ({ out_trade_no }) => out_trade_no);
    const messages = groupBy(rows.tb_outbox, ({ out_trade_no }) => out_trade_no);
    const byNumber = new Map(trades.map((trade) => [trade.out_trade_no, trade]));
    this.payments = rows.tb_paylog.map((payLog) => {
      const { out_trade_no } = payLog;
      const timeline = [...(events.get(out_trade_no) ?? [])].sort(byEventId);
      const own = orders.get(out_trade_no) ?? [];
      return {
        payLog,
        orders: own,
        price: payLog.shop === null ? sumOf(own, ({ payment }) => payment) : askedFor(timeline),
        refunds: refunds.get(out_trade_no) ?? [],
        kinds: timeline.map(({ kind }) => kind),
        messages: [...(messages.get(out_trade_no) ?? [])].sort(byEventId).map(toMessage),
        trade: byNumber.get(out_trade_no),
      };
    });
  }

  /** The money by which a payment was paid, if WeChat knows it. */
  moneyOf({ payLog }: PaymentView): Money | undefined {
    return this.snapshot.money.find(
      ({ transaction_id, out_trade_no }) =>
        transaction_id === payLog.transaction_id && out_trade_no === payLog.out_trade_no,
    );
  }

  /** The payment that this money paid. */
  paidBy({ transaction_id }: Money): PaymentView | undefined {
    return this.payments.find(
      (payment) => payment.payLog.transaction_id === transaction_id && isPaid(payment),
    );
  }

  refundsOf({ transaction_id }: Money): readonly Refund[] {
    return this.snapshot.rows.tb_refund.filter(
      (refund) => refund.transaction_id === transaction_id,
    );
  }

  /** Whether an operator owns this money, or a refund of it. */
  isWithOperator(money: Money): boolean {
    const numbers = this.refundsOf(money).map(({ out_refund_no }) => out_refund_no);
    return this.snapshot.rows.tb_anomaly.some(
      ({ transaction_id, kind }) =>
        !onlyTold.includes(kind) &&
        (transaction_id === money.transaction_id || numbers.includes(transaction_id)),
    );
  }

  /** Whether an operator is told that nobody takes this very money: then nobody else may have. */
  isClaimedByOperator({ transaction_id, total_fee }: Money): boolean {
    return this.snapshot.rows.tb_anomaly.some(
      (anomaly) =>
        !onlyTold.includes(anomaly.kind) &&
        anomaly.transaction_id === transaction_id &&
        anomaly.total_fee === total_fee,
    );
  }
}

/** The ids of a payment's orders; a shop's own order is none of ours. */
export function orderIdsOf({ order_list }: PayLog): string[] {
  return order_list === '' ? [] : order_list.split(',');
}

/** Whether it went back of what was paid for the orders, by whoever wished it. */
export function isOfPayment({ cause }: Refund): boolean {
  return cause === 'operator' || cause === 'console';
}

/** Paid by the payer for these orders, even if an operator gave it back since. */
export function isPaid({ payLog: { trade_state } }: PaymentView): boolean {
  return trade_state === '1' || trade_state === '3';
}

/** Closed, even if money came afterwards and went back. */
export function isClosed({ payLog }: PaymentView): boolean {
  return payLog.trade_state === '2';
}

/** What a shop's first command has said, as the timeline's first line has it. */
function askedFor(timeline: readonly Row<'tb_pay_event'>[]): number | undefined {
  const created = timeline.find(({ kind }) => kind === 'payment.created');
  return created && Created.parse(JSON.parse(created.detail)).total_fee;
}

const Created = z.looseObject({ total_fee: z.int() });

export function groupBy<T>(list: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

const toMessage = ({ payload }: { payload: string }) => JSON.parse(payload) as Message;

/** Ids of one worker grow with time; they are numbers of up to 20 digits. */
function byEventId(a: { event_id: string }, b: { event_id: string }): number {
  const difference = BigInt(a.event_id) - BigInt(b.event_id);
  return difference < 0n ? -1 : Number(difference > 0n);
}
