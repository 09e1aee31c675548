import type { RefundStatus } from '@saoma/contracts/pay';
import type { RefundCause, ToldRefund } from '@saoma/contracts/refunds';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { billDayOrNull, fen, id, moment, momentOrNull } from '../database/columns';

/**
 * Money on its way back to a payer. The row is there before WeChat is asked, and its number never
 * changes, so that however often it is asked the money goes back once.
 */
@Entity('tb_refund')
@Index('tb_refund_by_payment', ['out_trade_no'])
@Index('tb_refund_by_transaction', ['transaction_id'])
@Index('tb_refund_by_bill', ['bill_day', 'accept_time'])
@Index('tb_refund_by_look', ['status', 'next_look_time'])
export class RefundRow {
  @PrimaryColumn({ type: 'varchar', length: 64 })
  out_refund_no!: string;

  @Column({ type: 'varchar', length: 32 })
  out_trade_no!: string;

  @Column({ type: 'varchar', length: 32 })
  transaction_id!: string;

  /** Fen of the whole transaction, as WeChat wants to hear it again. */
  @Column(fen)
  total_fee!: number;

  @Column(fen)
  refund_fee!: number;

  @Column({ type: 'varchar', length: 16 })
  status!: RefundStatus;

  @Column({ type: 'varchar', length: 80 })
  reason!: string;

  /** `operator`, `console`: of a paid payment. Else why no order took the money that goes back. */
  @Column({ type: 'varchar', length: 32 })
  cause!: RefundCause;

  /** The order that the operator named; null: none. */
  @Column({ ...id, nullable: true })
  order_id!: string | null;

  /**
   * Fen of it by order, as a JSON object. Null: its money paid no order, or nobody shared it out (a
   * release before did not), and it counts into what the others leave.
   */
  @Column({ type: 'text', nullable: true })
  order_fees!: string | null;

  /**
   * What WeChat is asked, as JSON, frozen before it was asked first; null: not asked yet, or by a
   * version that froze nothing.
   */
  @Column({ type: 'text', nullable: true })
  refund_request!: string | null;

  /** WeChat's number; null until it has accepted the refund. */
  @Column({ type: 'varchar', length: 32, nullable: true })
  refund_id!: string | null;

  @Column(moment)
  create_time!: Date;

  /**
   * When we heard that WeChat has accepted it: a while has to pass before the next one of this
   * payment.
   */
  @Column(momentOrNull)
  accept_time!: Date | null;

  /** In WeChat's words, or else when we heard of it. */
  @Column(momentOrNull)
  success_time!: Date | null;

  /** Since when nobody can say what WeChat did or knows; null: its latest answer was known. */
  @Column(momentOrNull)
  unknown_time!: Date | null;

  /** When the worker turns to it next; null: it has ended, or is an operator's. */
  @Column(momentOrNull)
  next_look_time!: Date | null;

  /** The day whose bill has shown it; null: none has. */
  @Column(billDayOrNull)
  bill_day!: string | null;

  /** A refund that WeChat has not been asked for yet. */
  static begun(facts: RefundFacts, ofOrders: RefundOfOrders = ofNoOrder): RefundRow {
    const now = new Date();
    const row: RefundRow = {
      ...ofOrders,
      ...facts,
      status: 'PROCESSING',
      refund_request: null,
      refund_id: null,
      create_time: now,
      accept_time: null,
      success_time: null,
      unknown_time: null,
      next_look_time: now,
      bill_day: null,
    };
    return Object.assign(new RefundRow(), row);
  }
}

export type RefundFacts = Pick<
  RefundRow,
  | 'out_refund_no'
  | 'out_trade_no'
  | 'transaction_id'
  | 'total_fee'
  | 'refund_fee'
  | 'reason'
  | 'cause'
>;
type RefundOfOrders = Pick<RefundRow, 'order_id' | 'order_fees'>;

const ofNoOrder: RefundOfOrders = { order_id: null, order_fees: null };

/** Part of what was paid; else all of a transaction goes back that paid nothing. */
export function isOfPayment({ cause }: Pick<RefundRow, 'cause'>): boolean {
  return cause === 'operator' || cause === 'console';
}

/** The number of the refund of money that goes back by itself: the same money goes back once. */
export function automaticRefundNo(money: Pick<RefundRow, 'out_trade_no' | 'transaction_id'>) {
  return `${money.out_trade_no}-${money.transaction_id}`;
}

/** Of an operator's refunds of one payment: they are counted; `%` is LIKE's for any of them. */
export function operatorRefundNo(out_trade_no: string, count: number | '%'): string {
  // Never the number of money that goes back by itself: no transaction_id has a hyphen.
  return `${out_trade_no}-op-${count}`;
}

const countOf = /-op-([0-9]{1,3})$/;

/**
 * The number of an operator's next refund: behind the greatest that is there, and behind as many as
 * there are. Some may be missing: WeChat never heard of them, and a backup was restored.
 */
export function nextRefundNo(
  out_trade_no: string,
  before: readonly Pick<RefundRow, 'out_refund_no'>[],
): string {
  const counts = before.map(({ out_refund_no }) => Number(countOf.exec(out_refund_no)?.[1] ?? 0));
  return operatorRefundNo(out_trade_no, Math.max(before.length, ...counts) + 1);
}

export function toRefund(row: RefundRow): ToldRefund {
  const { out_refund_no, out_trade_no, order_id, refund_fee, status, reason } = row;
  const create_time = row.create_time.toISOString();
  const success_time = row.success_time?.toISOString() ?? null;
  return {
    out_refund_no,
    out_trade_no,
    ...(order_id !== null && { order_id }),
    refund_fee,
    status,
    reason,
    create_time,
    success_time,
  };
}
