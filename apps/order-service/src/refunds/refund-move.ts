import type { Output } from '@saoma/contracts/define';
import type { payService } from '@saoma/contracts/pay';
import type { OrderConfig } from '../config';
import type { RefundRow } from '../ledger/refund.entity';
import type { Told } from './refund-room';

/** What WeChat has answered: to the request for a refund, and to the question what became of it. */
export interface Answers {
  readonly request?: Output<typeof payService, 'refund'>;
  readonly query?: Output<typeof payService, 'queryRefund'>;
}

/** What becomes of a refund in our books. What is not `is` goes into the timeline. */
export type Move =
  /** WeChat was not asked: another one comes first, until then or for the usual pause. */
  | { readonly is: 'queued'; readonly until?: Date }
  /** WeChat has answered, and nothing is new. */
  | { readonly is: 'waiting' }
  /** Nobody can say what WeChat did or knows. */
  | { readonly is: 'unknown'; readonly why: string }
  /** WeChat has taken it on: from now on it is only asked about. */
  | { readonly is: 'accepted'; readonly refund_id: string }
  /** The money is back with the payer, since when WeChat may say. */
  | { readonly is: 'succeeded'; readonly refund_fee: number; readonly success_time?: string }
  /** Nothing went back and nothing will under this number; an operator decides what then. */
  | { readonly is: 'closed'; readonly why: string; readonly err_code_des?: string }
  /** The payer's card is dead and the money is with the merchant: an operator pays it out. */
  | { readonly is: 'changed' }
  /** WeChat refuses for a reason that may pass (no balance, a wrong certificate). */
  | { readonly is: 'refused'; readonly err_code: string; readonly err_code_des: string }
  /** WeChat speaks of another amount under our number: nothing of it is believed. */
  | { readonly is: 'other-amount'; readonly told_fee: number }
  /** It has ended here without money, and yet WeChat has carried it out: an operator decides. */
  | { readonly is: 'after-close' };

type Quiet = Extract<Move, { readonly is: 'queued' | 'waiting' | 'unknown' }>;
export type ToldMove = Exclude<Move, Quiet>;

type Pace = Pick<OrderConfig, 'QUERY_INTERVAL_MS'>;

/**
 * WeChat has refused for good: asking again with the same number will not help. For ERROR of v2 v3
 * says INVALID_REQUEST: all went back already, or less is left.
 */
const finalNos = [
  ...['ERROR', 'INVALID_REQUEST', 'TRADE_OVERDUE'],
  ...['USER_ACCOUNT_ABNORMAL', 'REFUND_FEE_MISMATCH'],
];
/** Refunds take minutes to days: the pause grows with their age. */
const pauseMsMax = 600_000;
const growth = 0.1;

/** Whether WeChat is to be asked for it; else it is only asked what became of it. */
export function isUnasked({ status, accept_time }: RefundRow): boolean {
  return status === 'PROCESSING' && accept_time === null;
}

export function moveOf(row: RefundRow, { request, query }: Answers): Move {
  if (request?.outcome === 'success') return { is: 'accepted', refund_id: request.refund_id };
  if (query?.outcome === 'success') return moveTo(row, query);
  if (request?.outcome !== 'no') {
    const silent = request ?? query;
    return silent?.outcome === 'unknown'
      ? { is: 'unknown', why: silent.reason }
      : { is: 'waiting' };
  }
  // A "no" is final only if WeChat does not know the refund: an earlier try may have reached it.
  const { err_code, err_code_des } = request;
  const isGone = query?.outcome === 'no' && query.err_code === 'REFUNDNOTEXIST';
  if (isGone && finalNos.includes(err_code)) {
    return { is: 'closed', why: err_code, err_code_des };
  }
  return { is: 'refused', err_code, err_code_des };
}

function moveTo(row: RefundRow, told: Told): Move {
  const { refund_status, refund_fee, success_time } = told;
  if (row.status !== 'PROCESSING') {
    const wentBack = row.status !== 'SUCCESS' && refund_status === 'SUCCESS';
    return { is: wentBack ? 'after-close' : 'waiting' };
  }
  if (refund_fee !== row.refund_fee) return { is: 'other-amount', told_fee: refund_fee };
  if (refund_status === 'SUCCESS') {
    return { is: 'succeeded', refund_fee, ...(success_time && { success_time }) };
  }
  if (refund_status === 'REFUNDCLOSE') return { is: 'closed', why: refund_status };
  return { is: refund_status === 'CHANGE' ? 'changed' : 'waiting' };
}

/** Nothing is told of it. */
export function isQuiet(move: Move): move is Quiet {
  return move.is === 'queued' || move.is === 'waiting' || move.is === 'unknown';
}

/** When the worker turns to a refund after this move; null: it has ended, or is an operator's. */
export function nextTurn({ create_time }: RefundRow, move: Move, pace: Pace): Date | null {
  const now = Date.now();
  if (move.is === 'accepted') return new Date(now + pace.QUERY_INTERVAL_MS);
  if (!isQuiet(move) && move.is !== 'refused') return null;
  if (move.is === 'queued' && move.until) return move.until;
  const grownMs = (now - create_time.getTime()) * growth;
  return new Date(now + Math.max(pace.QUERY_INTERVAL_MS, Math.min(grownMs, pauseMsMax)));
}
