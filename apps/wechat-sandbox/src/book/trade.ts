import { setMaxListeners } from 'node:events';
import { z } from 'zod';
import type { Clock } from '../clock';
import { SignType } from '../merchant';

/** WeChat's two dialects: XML with an API key, and JSON with RSA keys. */
const Api = z.enum(['v2', 'v3']);
export type Api = z.output<typeof Api>;

const ms = z.number();
/** JSON knows no Infinity, and has null in its place. */
const msOrNever = ms.nullable().transform((value) => value ?? Infinity);

/** An order as the merchant asked for it; each dialect reads it out of its own words. */
const OrderRequest = z.strictObject({
  api: Api,
  /** The algorithm of v2's signature; notices about the order use it. */
  sign_type: SignType.optional(),
  out_trade_no: z.string(),
  /** Fen. */
  total_fee: z.int(),
  description: z.string(),
  attach: z.string(),
  device_info: z.string(),
  notify_url: z.string(),
  /** After it nobody can pay; Infinity when none was sent. */
  expire_ms: msOrNever,
  /** The parameters as they came. */
  parameters: z.record(z.string(), z.unknown()),
  /** What a repeat must say again to be the same order, as one text. */
  identity: z.string(),
});
export type OrderRequest = Readonly<z.output<typeof OrderRequest>>;

/** One attempt to tell the merchant, and what the merchant said. */
const NoticeAttempt = z.strictObject({
  kind: z.enum(['pay', 'refund']),
  api: Api,
  out_refund_no: z.string().optional(),
  url: z.string(),
  at_ms: ms,
  /** Which repeat this is, 0 being the first; null for one that was sent by hand. */
  repeat: z.int().nullable(),
  /** The fault that changed this attempt. */
  fault: z.string().optional(),
  /** HTTP status; null when there was no answer. */
  status: z.int().nullable(),
  /** The merchant's reply, or why there was none. */
  reply: z.string(),
  /** Whether it counts as received; otherwise WeChat comes again. */
  accepted: z.boolean(),
});
export type NoticeAttempt = Readonly<z.output<typeof NoticeAttempt>>;

/** All but these members stay as they are. */
type Fixed<Whole, Changing extends keyof Whole> = Readonly<Omit<Whole, Changing>> &
  Pick<Whole, Changing>;

/** Money on its way back to the payer. */
const Refund = z.strictObject({
  mch_id: z.string(),
  out_trade_no: z.string(),
  out_refund_no: z.string(),
  refund_id: z.string(),
  /** Fen. */
  refund_fee: z.int(),
  total_fee: z.int(),
  /** It is paid from money that was not settled yet, if the call asked for that. */
  isUnsettled: z.boolean().optional(),
  /** Where and in which dialect its end is told; it need not be that of the call. */
  notify_url: z.string().optional(),
  notify_api: Api,
  create_ms: ms,
  /** When it ends; until then it is PROCESSING. */
  success_ms: ms,
  /** The payer has the money, or nothing went, or the payer's card is dead. */
  ending: z.enum(['SUCCESS', 'REFUNDCLOSE', 'CHANGE']),
  /** Where the money goes in the end that the payer's own card did not take. */
  card: z.enum(['USER_BANK_CARD', 'MERCHANT_BANK_CARD']).optional(),
});
export type Refund = Fixed<z.output<typeof Refund>, 'success_ms' | 'ending' | 'card'>;

/** A coupon that paid a part of an order. */
const Coupon = z.strictObject({
  coupon_id: z.string(),
  /** Fen. */
  coupon_fee: z.int(),
  /** Nobody pays its part (免充值券): the merchant gets so much less. */
  isFree: z.literal(true).optional(),
});
export type Coupon = Readonly<z.output<typeof Coupon>>;

const Payment = z.strictObject({
  transaction_id: z.string(),
  openid: z.string(),
  pay_ms: ms,
  /** What coupons paid of it; the payer paid the rest. */
  coupons: z.array(Coupon),
});
export type Payment = Fixed<z.output<typeof Payment>, 'coupons'>;

/** One order of one merchant, in WeChat's names. */
const KeptTrade = z.strictObject({
  appid: z.string(),
  mch_id: z.string(),
  out_trade_no: z.string(),
  /** Fen. */
  total_fee: z.int(),
  /** The latest request for it; all of them said the same. */
  request: OrderRequest,
  create_ms: ms,
  /** After it nobody can pay; Infinity when the request named no such time. */
  expire_ms: msOrNever,
  trade_state: z.enum(['NOTPAY', 'SUCCESS', 'REFUND', 'CLOSED']),
  /** The latest code; it has killed those before it. */
  code_url: z.string(),
  /** Every code that is still known, the latest last. */
  codes: z.array(z.string()),
  prepay_id: z.string(),
  code_ms: ms,
  /** The payer who scanned the order first: nobody else can pay it. */
  openid: z.string().optional(),
  /** There once the order is paid. */
  paid: Payment.optional(),
  /** How often each call of the merchant reached this order. */
  calls: z.record(z.string(), z.int()),
  notices: z.array(NoticeAttempt),
  refunds: z.array(Refund),
});
type KeptTrade = z.output<typeof KeptTrade>;
type ChangingCode = 'code_url' | 'prepay_id' | 'code_ms';
type Changing = 'request' | 'trade_state' | 'openid' | 'paid' | ChangingCode;

export interface Trade extends Fixed<KeptTrade, Changing> {
  /** Aborted when the book forgets the trade: ends what still goes on for it. */
  readonly life: AbortController;
}

/** An order as it is kept in a file: all of it but its life in this process. */
export const SavedTrade = KeptTrade.refine(
  ({ trade_state, paid }) => /SUCCESS|REFUND/.test(trade_state) === (paid !== undefined),
  'has a payment exactly if it is paid',
);

type TradeState = Trade['trade_state'];

/** The whole life of an order; what is not here does not happen. */
const moves = {
  NOTPAY: { pay: 'SUCCESS', close: 'CLOSED' },
  SUCCESS: { refund: 'REFUND' },
  REFUND: { refund: 'REFUND' },
  CLOSED: {},
} as const satisfies Record<TradeState, Partial<Record<TradeEvent, TradeState>>>;

type TradeEvent = 'pay' | 'close' | 'refund';

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
