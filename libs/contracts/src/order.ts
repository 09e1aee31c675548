import { z } from 'zod';
import { service } from './define';
import { NativeRequest } from './pay';
import { Anomaly, Delivery, Note, PayEvent, Payment, Reason, Refund, TradeState } from './payment';
import {
  CodeUrl,
  Fen,
  Id,
  IdempotencyKey,
  Moment,
  Page,
  SellerId,
  Text,
  TotalFee,
  UserId,
} from './values';

export const Item = z.strictObject({
  item_id: Id,
  seller_id: SellerId,
  title: z.string(),
  /** Fen for one piece. */
  price: Fen,
  /** Address of a picture; may be empty. */
  image: z.string(),
});
export type Item = z.output<typeof Item>;

/** Pieces of one item in a cart; 0 in a command takes it out. */
export const Num = z.int().min(0).max(200);

const Line = z.strictObject({
  item_id: Id,
  seller_id: SellerId,
  title: z.string(),
  price: Fen,
  num: Num,
  /** price × num, fen. */
  total_fee: Fen,
});
export type Line = z.output<typeof Line>;

export const Cart = z.strictObject({ lines: z.array(Line), total_fee: Fen });
export type Cart = z.output<typeof Cart>;

export const Receiver = z.strictObject({ name: Text(64), mobile: Text(32), address: Text(200) });
export type Receiver = z.output<typeof Receiver>;

/** `1` WeChat Pay, `2` cash on delivery. */
export const PaymentType = z.enum(['1', '2']);

/** What a checkout made. Cash on delivery has no payment, so no `out_trade_no`. */
export const Checkout = z.strictObject({
  order_ids: z.array(Id),
  out_trade_no: Id.optional(),
  total_fee: Fen,
});
export type Checkout = z.output<typeof Checkout>;

export const Order = z.strictObject({
  order_id: Id,
  out_trade_no: Id.nullable(),
  seller_id: SellerId,
  /** `1` unpaid, `2` paid, `6` closed. */
  status: z.enum(['1', '2', '6']),
  /** Fen. */
  payment: Fen,
  payment_type: PaymentType,
  items: z.array(Line),
  receiver: Receiver,
  create_time: Moment,
  payment_time: Moment.nullable(),
});
export type Order = z.output<typeof Order>;

/** Whose payments a caller may see: their own, or everybody's (the gateway checks the role). */
const Viewer = { user_id: UserId, operator: z.boolean() };
const Owner = z.strictObject({ user_id: UserId });
const Operator = Owner;
const nothing = z.strictObject({});
const limitMsMax = 3_000;

export const orderService = service('order', {
  /** The catalogue. */
  items: { input: nothing, output: z.array(Item), limitMsMax },

  getCart: { input: Owner, output: Cart, limitMsMax },
  /** Sets the number of pieces of an item. May fail: item/not-found, cart/too-large. */
  putCartItem: { input: Owner.extend({ item_id: Id, num: Num }), output: Cart, limitMsMax },
  clearCart: { input: Owner, output: nothing, limitMsMax },

  /**
   * Checkout: one order per seller in the cart and, for WeChat, one payment over all of them.
   * May fail: cart/empty, cart/changed, cart/too-large, idempotency/key-reused.
   */
  add: {
    input: Owner.extend({
      payment_type: PaymentType,
      receiver: Receiver,
      idempotency_key: IdempotencyKey.nullable(),
    }),
    output: Checkout,
    limitMsMax: 5_000,
  },
  listOrders: {
    input: Owner.extend(Page),
    output: z.strictObject({ orders: z.array(Order), cursor: Id.nullable() }),
    limitMsMax,
  },
  /** May fail: order/not-found (also for a foreign one). */
  getOrder: { input: Owner.extend({ order_id: Id }), output: Order, limitMsMax },

  /**
   * The lesson's searchPayLogFromRedis: the user's newest unpaid payment, or the named one, with
   * its live code if it has one. May fail: payment/not-found (named and foreign or unknown).
   */
  searchPayLog: {
    input: Owner.extend({ out_trade_no: Id.nullable() }),
    output: z.discriminatedUnion('state', [
      z.strictObject({ state: z.literal('nothing') }),
      z.strictObject({
        state: z.literal('code'),
        out_trade_no: Id,
        total_fee: TotalFee,
        code_url: CodeUrl,
      }),
      z.strictObject({
        state: z.literal('no-code'),
        out_trade_no: Id,
        total_fee: TotalFee,
        create_time: Moment,
        /** Until when WeChat shall take money; null: no limit of ours. */
        expire_time: Moment.nullable(),
      }),
    ]),
    limitMsMax,
  },
  /**
   * Claims the right to ask WeChat for a code, and freezes the request with the payment if there is
   * none yet. `wait`: somebody else is asking. `nothing`: there is nothing to pay any more.
   */
  claimCode: {
    input: z.strictObject({ request: NativeRequest }),
    output: z.discriminatedUnion('state', [
      z.strictObject({ state: z.literal('claimed'), attempt: Id, request: NativeRequest }),
      z.strictObject({ state: z.literal('wait') }),
      z.strictObject({ state: z.literal('nothing') }),
    ]),
    limitMsMax,
  },
  /**
   * Ends a claim: keeps the code, or (null) gives the claim back. `err_code` is WeChat's definite
   * no. `kept` false: the claim was stale, and so is the code.
   */
  keepCode: {
    input: z.strictObject({
      out_trade_no: Id,
      attempt: Id,
      code_url: CodeUrl.nullable(),
      err_code: z.string().nullable(),
    }),
    output: z.strictObject({ kept: z.boolean() }),
    limitMsMax,
  },

  /** Filters: `trade_state`, `from` (inclusive) and `to` (exclusive) of `create_time`. */
  listPayments: {
    input: z.strictObject({
      ...Viewer,
      ...Page,
      trade_state: TradeState.nullable(),
      from: Moment.nullable(),
      to: Moment.nullable(),
    }),
    output: z.strictObject({ payments: z.array(Payment), cursor: Id.nullable() }),
    limitMsMax,
  },
  /** May fail: payment/not-found (also for a foreign one). */
  getPayment: {
    input: z.strictObject({ ...Viewer, out_trade_no: Id }),
    output: Payment,
    limitMsMax,
  },
  /** The states of many payments at once; unknown numbers are left out. */
  lookPayments: {
    input: z.strictObject({ out_trade_nos: z.array(Id).max(500) }),
    output: z.array(z.strictObject({ out_trade_no: Id, trade_state: TradeState })),
    limitMsMax,
  },
  /** The bell: rings when a payment leaves NOTPAY. A lost ring costs time, never truth. */
  watchSettled: {
    input: nothing,
    output: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('settled'), out_trade_no: Id }),
      z.strictObject({ kind: z.literal('heartbeat') }),
    ]),
    limitMsMax: 15_000,
    stream: true,
  },
  /**
   * Wishes a payment closed, and closes it at WeChat and here if WeChat takes that now.
   * `waiting`: the wish is kept and carried out later. May fail: payment/not-found,
   * payment/already-paid.
   */
  closePayment: {
    input: z.strictObject({ ...Viewer, out_trade_no: Id }),
    output: z.strictObject({ state: z.enum(['closed', 'waiting']), payment: Payment }),
    limitMsMax: 20_000,
  },
  /**
   * Takes WeChat's payment notice, raw. The reply says SUCCESS only when the payment is durably
   * settled or recorded. Fails with service/unavailable when that cannot be decided now.
   */
  receiveNotice: {
    input: z.strictObject({ body_base64: z.base64().max(88_000) }),
    output: z.strictObject({ reply: z.string() }),
    limitMsMax: 4_500,
  },

  /**
   * Gives a part or all of a paid payment back; a worker carries it out until WeChat confirms.
   * May fail: payment/not-found, payment/not-paid, refund/too-much, idempotency/key-reused.
   */
  refundPayment: {
    input: Operator.extend({
      out_trade_no: Id,
      refund_fee: TotalFee,
      reason: Reason,
      idempotency_key: IdempotencyKey,
    }),
    output: Refund,
    limitMsMax,
  },
  /** Newest first, at most 50. May fail: payment/not-found. */
  listRefunds: {
    input: z.strictObject({ ...Viewer, out_trade_no: Id }),
    output: z.strictObject({ refunds: z.array(Refund) }),
    limitMsMax,
  },
  /**
   * Takes WeChat's refund notice, raw: the refund it names is asked about before anything of it is
   * believed. Fails with service/unavailable when that cannot be done now.
   */
  receiveRefundNotice: {
    input: z.strictObject({ body_base64: z.base64().max(88_000) }),
    output: z.strictObject({ reply: z.string() }),
    limitMsMax: 4_500,
  },
  /** Everything that happened to a payment, oldest first. May fail: payment/not-found. */
  timeline: {
    input: z.strictObject({ ...Viewer, out_trade_no: Id, cursor: Id.nullable() }),
    output: z.strictObject({ events: z.array(PayEvent), cursor: Id.nullable() }),
    limitMsMax,
  },
  /** What waits for an operator (or did), newest first. */
  listAnomalies: {
    input: z.strictObject({ ...Page, state: Anomaly.shape.state.nullable() }),
    output: z.strictObject({ anomalies: z.array(Anomaly), cursor: Id.nullable() }),
    limitMsMax,
  },
  /** An operator has dealt with it, and says how. May fail: anomaly/not-found. */
  resolveAnomaly: {
    input: Operator.extend({ anomaly_id: Id, note: Note }),
    output: Anomaly,
    limitMsMax,
  },
  /** The shop's webhook messages, newest first. */
  listDeliveries: {
    input: z.strictObject({ ...Page, state: Delivery.shape.state.nullable() }),
    output: z.strictObject({ deliveries: z.array(Delivery), cursor: Id.nullable() }),
    limitMsMax,
  },
  /**
   * Sends a dead or delivered message again, from the ladder's first step; one that is under way
   * stays as it is. May fail: delivery/not-found.
   */
  replayDelivery: {
    input: Operator.extend({ event_id: Id }),
    output: Delivery,
    limitMsMax,
  },
});
