import { z } from 'zod';
import { SignType } from '../merchant';
import type { Trade } from './trade';

const Api = z.enum(['v2', 'v3']);
const ms = z.number();
/** JSON knows no Infinity, and has null in its place. */
const msOrNever = ms.nullable().transform((value) => value ?? Infinity);

const Request = z.strictObject({
  api: Api,
  sign_type: SignType.optional(),
  out_trade_no: z.string(),
  total_fee: z.int(),
  description: z.string(),
  attach: z.string(),
  device_info: z.string(),
  notify_url: z.string(),
  expire_ms: msOrNever,
  parameters: z.record(z.string(), z.unknown()),
  identity: z.string(),
});

const Attempt = z.strictObject({
  kind: z.enum(['pay', 'refund']),
  api: Api,
  out_refund_no: z.string().optional(),
  url: z.string(),
  at_ms: ms,
  repeat: z.int().nullable(),
  fault: z.string().optional(),
  status: z.int().nullable(),
  reply: z.string(),
  accepted: z.boolean(),
});

const Refund = z.strictObject({
  mch_id: z.string(),
  out_trade_no: z.string(),
  out_refund_no: z.string(),
  refund_id: z.string(),
  refund_fee: z.int(),
  total_fee: z.int(),
  isUnsettled: z.boolean().optional(),
  notify_url: z.string().optional(),
  notify_api: Api,
  create_ms: ms,
  success_ms: ms,
  ending: z.enum(['SUCCESS', 'REFUNDCLOSE', 'CHANGE']),
  card: z.enum(['USER_BANK_CARD', 'MERCHANT_BANK_CARD']).optional(),
});

const Payment = z.strictObject({
  transaction_id: z.string(),
  openid: z.string(),
  pay_ms: ms,
  coupons: z.array(
    z.strictObject({
      coupon_id: z.string(),
      coupon_fee: z.int(),
      isFree: z.literal(true).optional(),
    }),
  ),
});

/** An order as it is kept in a file: all of it but its life in this process. */
const SavedTrade = z
  .strictObject({
    appid: z.string(),
    mch_id: z.string(),
    out_trade_no: z.string(),
    total_fee: z.int(),
    request: Request,
    create_ms: ms,
    expire_ms: msOrNever,
    trade_state: z.enum(['NOTPAY', 'SUCCESS', 'REFUND', 'CLOSED']),
    code_url: z.string(),
    codes: z.array(z.string()),
    prepay_id: z.string(),
    code_ms: ms,
    openid: z.string().optional(),
    paid: Payment.optional(),
    calls: z.record(z.string(), z.int()),
    notices: z.array(Attempt),
    refunds: z.array(Refund),
  })
  .refine(
    ({ trade_state, paid }) => /SUCCESS|REFUND/.test(trade_state) === (paid !== undefined),
    'has a payment exactly if it is paid',
  );

/** Every order, and what else the book knows by their numbers (`mch_id/out_trade_no`). */
export const SavedBook = z.strictObject({
  /** The first opened first. */
  trades: z.array(SavedTrade),
  /** Paid and closed ones, in the order in which they leave a full book. */
  finished: z.array(z.string()),
  /** Numbers that nobody can use any more. */
  burnt: z.array(z.string()),
});
export type SavedBook = z.output<typeof SavedBook>;

export const savedTrade = ({ life: _, ...trade }: Trade): Omit<Trade, 'life'> => trade;
