import { setMaxListeners } from 'node:events';
import type { Clock } from '../clock';
import type { SignType } from '../merchant';

/** WeChat's two dialects: XML with an API key, and JSON with RSA keys. */
export type Api = 'v2' | 'v3';

/** An order as the merchant asked for it; each dialect reads it out of its own words. */
export interface OrderRequest {
  readonly api: Api;
  /** The algorithm of v2's signature; notices about the order use it. */
  readonly sign_type?: SignType;
  readonly out_trade_no: string;
  /** Fen. */
  readonly total_fee: number;
  readonly description: string;
  readonly attach: string;
  readonly device_info: string;
  readonly notify_url: string;
  /** After it nobody can pay; Infinity when none was sent. */
  readonly expire_ms: number;
  /** The parameters as they came. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What a repeat must say again to be the same order, as one text. */
  readonly identity: string;
}

type TradeState = 'NOTPAY' | 'SUCCESS' | 'REFUND' | 'CLOSED';

/** The whole life of an order; what is not here does not happen. */
const moves = {
  NOTPAY: { pay: 'SUCCESS', close: 'CLOSED' },
  SUCCESS: { refund: 'REFUND' },
  REFUND: { refund: 'REFUND' },
  CLOSED: {},
} as const satisfies Record<TradeState, Partial<Record<TradeEvent, TradeState>>>;

type TradeEvent = 'pay' | 'close' | 'refund';

/** One attempt to tell the merchant, and what the merchant said. */
export interface NoticeAttempt {
  readonly kind: 'pay' | 'refund';
  readonly api: Api;
  readonly out_refund_no?: string;
  readonly url: string;
  readonly at_ms: number;
  /** Which repeat this is, 0 being the first; null for one that was sent by hand. */
  readonly repeat: number | null;
  /** The fault that changed this attempt. */
  readonly fault?: string;
  /** HTTP status; null when there was no answer. */
  readonly status: number | null;
  /** The merchant's reply, or why there was none. */
  readonly reply: string;
  /** Whether it counts as received; otherwise WeChat comes again. */
  readonly accepted: boolean;
}

/** How a refund ends: the payer has the money, or nothing went, or the payer's card is dead. */
type RefundEnding = 'SUCCESS' | 'REFUNDCLOSE' | 'CHANGE';

/** Money on its way back to the payer. */
export interface Refund {
  readonly mch_id: string;
  readonly out_trade_no: string;
  readonly out_refund_no: string;
  readonly refund_id: string;
  /** Fen. */
  readonly refund_fee: number;
  readonly total_fee: number;
  /** It is paid from money that was not settled yet, if the call asked for that. */
  readonly isUnsettled?: boolean;
  /** Where and in which dialect its end is told; it need not be that of the call. */
  readonly notify_url?: string | undefined;
  readonly notify_api: Api;
  readonly create_ms: number;
  /** When it ends; until then it is PROCESSING. */
  success_ms: number;
  ending: RefundEnding;
  /** Where the money goes in the end that the payer's own card did not take. */
  card?: 'USER_BANK_CARD' | 'MERCHANT_BANK_CARD';
}

/** A coupon that paid a part of an order. */
export interface Coupon {
  readonly coupon_id: string;
  /** Fen. */
  readonly coupon_fee: number;
  /** Nobody pays its part (免充值券): the merchant gets so much less. */
  readonly isFree?: true;
}

/** The payment of an order. */
export interface Payment {
  readonly transaction_id: string;
  readonly openid: string;
  readonly pay_ms: number;
  /** What coupons paid of it; the payer paid the rest. */
  coupons: readonly Coupon[];
}

/** One order of one merchant, in WeChat's names. */
export interface Trade {
  readonly appid: string;
  readonly mch_id: string;
  readonly out_trade_no: string;
  /** Fen. */
  readonly total_fee: number;
  /** The latest request for it; all of them said the same. */
  request: OrderRequest;
  readonly create_ms: number;
  /** After it nobody can pay; Infinity when the request named no such time. */
  readonly expire_ms: number;
  trade_state: TradeState;
  /** The latest code; it has killed those before it. */
  code_url: string;
  /** Every code that is still known, the latest last. */
  readonly codes: string[];
  prepay_id: string;
  code_ms: number;
  /** The payer who scanned the order first: nobody else can pay it. */
  openid?: string;
  /** There once the order is paid. */
  paid?: Payment;
  /** How often each call of the merchant reached this order. */
  readonly calls: Record<string, number>;
  readonly notices: NoticeAttempt[];
  readonly refunds: Refund[];
  /** Aborted when the book forgets the trade: ends what still goes on for it. */
  readonly life: AbortController;
}

/** A new trade's life: any number of tasks may end with it. */
export function aLife(): AbortController {
  const life = new AbortController();
  setMaxListeners(0, life.signal);
  return life;
}

/** Does the task in `waitMs` of the sandbox's time, unless the book forgets the trade before. */
export function later(
  trade: Trade,
  { clock, waitMs }: { readonly clock: Clock; readonly waitMs: number },
  task: () => void | Promise<void>,
): void {
  const { signal } = trade.life;
  // What needs no wait is done before `after` returns.
  let cancel = () => {};
  const end = () => cancel();
  signal.addEventListener('abort', end, { once: true });
  cancel = clock.after(waitMs, () => {
    signal.removeEventListener('abort', end);
    return task();
  });
}

/** Attempts of one order that are remembered. */
const noticesMax = 1_000;

/** Writes an attempt down; the oldest leave first. */
export function remember(trade: Trade, attempt: NoticeAttempt): void {
  trade.notices.push(attempt);
  if (trade.notices.length > noticesMax) trade.notices.shift();
}

export function countCall(trade: Trade, call: string): void {
  trade.calls[call] = (trade.calls[call] ?? 0) + 1;
}

/** Moves the order on; false, and nothing happens, when its state has no such move. */
export function move(trade: Trade, event: TradeEvent): boolean {
  const possible: Partial<Record<TradeEvent, TradeState>> = moves[trade.trade_state];
  const next = possible[event];
  if (next) trade.trade_state = next;
  return next !== undefined;
}

const codeLifeMs = 2 * 3_600_000;
export const orderLifeMs = 7 * 24 * 3_600_000;

export type Standing = 'payable' | 'paid' | 'closed' | 'expired' | 'foreign';

/** What a payer who scans this code at this moment can do with the order. */
export function standing(
  trade: Trade,
  scan: { readonly code_url: string; readonly openid?: string | undefined },
  now: number,
): Standing {
  if (trade.paid) return 'paid';
  if (trade.trade_state === 'CLOSED') return 'closed';
  const alive = scan.code_url === trade.code_url && now < trade.code_ms + codeLifeMs;
  if (!alive || now > trade.expire_ms) return 'expired';
  const foreign = scan.openid && trade.openid && scan.openid !== trade.openid;
  return foreign ? 'foreign' : 'payable';
}
