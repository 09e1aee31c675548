import type { Settings } from '../settings';
import { type No, no } from './no';
import { refundId } from './numbers';
import { type Api, move, type Refund, type Trade } from './trade';

export interface RefundRequest {
  readonly out_refund_no: string;
  readonly refund_fee: number;
  readonly total_fee: number;
  readonly isUnsettled?: boolean;
  readonly notify_url?: string | undefined;
  readonly notify_api: Api;
}

const refundsPerTradeMax = 50;
const refundPeriodMs = 365 * 24 * 3_600_000;

/**
 * Why WeChat would not refund this, in the order of its checks. A repeated `out_refund_no` is
 * answered before: with the refund it names, never with a second one.
 */
export function refusesRefund(
  trade: Trade,
  request: RefundRequest,
  at: { now: number; settings: Settings },
): No | undefined {
  if (!trade.paid) return no('notExist');
  if (request.total_fee !== trade.total_fee) return no('refundOtherTotal');
  if (at.now - trade.paid.pay_ms > refundPeriodMs) return no('refundTooLate');
  const refunded = refundedFee(trade);
  if (refunded >= trade.total_fee) return no('refundedWhole');
  if (refunded + request.refund_fee > trade.total_fee) return no('refundTooMuch');
  if (trade.refunds.length >= refundsPerTradeMax) return no('refundTooMany');
  const sinceMs = at.now - (trade.refunds.at(-1)?.create_ms ?? -Infinity);
  if (sinceMs < at.settings.values.refund_spacing_ms) return no('refundTooSoon');
  return undefined;
}

/** Fen that went back or are on their way; a refund that WeChat closed moved nothing. */
function refundedFee(trade: Trade): number {
  return trade.refunds
    .filter(({ ending }) => ending !== 'REFUNDCLOSE')
    .reduce((sum, { refund_fee }) => sum + refund_fee, 0);
}

/** Accepts a refund: it is PROCESSING now and SUCCESS after `refund_after_ms`. */
export function acceptRefund(
  trade: Trade,
  request: RefundRequest,
  at: { now: number; settings: Settings },
): Refund {
  const refund: Refund = {
    ...request,
    mch_id: trade.mch_id,
    out_trade_no: trade.out_trade_no,
    refund_id: refundId(at.now),
    create_ms: at.now,
    success_ms: at.now + at.settings.values.refund_after_ms,
    ending: 'SUCCESS',
  };
  trade.refunds.push(refund);
  move(trade, 'refund');
  return refund;
}

/** The money of a refund that has ended abnormally goes to another card: PROCESSING once more. */
export function sendToCard(
  refund: Refund,
  card: NonNullable<Refund['card']>,
  at: { now: number; settings: Settings },
): void {
  refund.card = card;
  refund.ending = 'SUCCESS';
  refund.success_ms = at.now + at.settings.values.refund_after_ms;
}

export const refundStatus = (refund: Refund, now: number): 'PROCESSING' | Refund['ending'] =>
  now < refund.success_ms ? 'PROCESSING' : refund.ending;
