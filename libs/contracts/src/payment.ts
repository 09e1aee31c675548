import { z } from 'zod';
import { RefundStatus } from './pay';
import {
  AnyOutTradeNo,
  Fen,
  Id,
  Moment,
  OutRefundNo,
  Text,
  TotalFee,
  TransactionId,
  UserId,
} from './values';

/** The state of a payment in WeChat's words. */
export const TradeState = z.enum(['NOTPAY', 'SUCCESS', 'CLOSED', 'REFUND']);
export type TradeState = z.output<typeof TradeState>;

export const Payment = z.strictObject({
  out_trade_no: Id,
  user_id: UserId,
  total_fee: Fen,
  trade_state: TradeState,
  /** `1` WeChat, `2` Alipay, `3` bank. */
  pay_type: z.enum(['1', '2', '3']),
  transaction_id: TransactionId.nullable(),
  create_time: Moment,
  pay_time: Moment.nullable(),
  /** Order ids, comma separated. */
  order_list: z.string(),
  /** Fen that went back to the payer. */
  refund_fee: Fen,
});
export type Payment = z.output<typeof Payment>;

/** Why a refund is made; the payer reads it. */
export const Reason = Text(80);
/** What an operator did about an anomaly. */
export const Note = Text(200);

export const Refund = z.strictObject({
  out_refund_no: OutRefundNo,
  out_trade_no: Id,
  /** Fen. */
  refund_fee: TotalFee,
  status: RefundStatus,
  reason: z.string(),
  create_time: Moment,
  /** When WeChat said that the money went back. */
  success_time: Moment.nullable(),
});
export type Refund = z.output<typeof Refund>;

/** Money, or news of it, that a program cannot decide about: an operator owns it until resolved. */
export const Anomaly = z.strictObject({
  anomaly_id: Id,
  kind: z.string(),
  /** As WeChat said it: it may be a number of nobody here. */
  out_trade_no: AnyOutTradeNo,
  transaction_id: z.string(),
  /** Fen (or the smallest unit of `fee_type`). */
  total_fee: Fen,
  fee_type: z.string(),
  state: z.enum(['OPEN', 'RESOLVED']),
  note: z.string(),
  create_time: Moment,
});
export type Anomaly = z.output<typeof Anomaly>;

/** One thing that happened to a payment: what, by whom, and the facts of it; never a secret. */
export const PayEvent = z.strictObject({
  event_id: Id,
  kind: z.string(),
  /** `shopper`, `operator`, `wechat`, `clock` or `shop`, with a name where there is one. */
  actor: z.string(),
  create_time: Moment,
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
});
export type PayEvent = z.output<typeof PayEvent>;

/** A message to the shop's webhook. DEAD: given up after a day; an operator can replay it. */
export const Delivery = z.strictObject({
  event_id: Id,
  type: z.enum(['order.paid', 'payment.closed', 'payment.refunded']),
  out_trade_no: Id,
  state: z.enum(['PENDING', 'DELIVERED', 'DEAD']),
  tries: z.int(),
  create_time: Moment,
  last_error: z.string().nullable(),
});
export type Delivery = z.output<typeof Delivery>;
