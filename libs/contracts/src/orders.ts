import { z } from 'zod';
import { Line } from './cart';
import { service } from './define';
import {
  Fen,
  Id,
  IdempotencyKey,
  limitMsMax,
  Moment,
  NextCursor,
  Owner,
  Page,
  SellerId,
  Text,
} from './values';

export const Receiver = z
  .strictObject({
    name: Text(64).describe('Who receives the goods.'),
    mobile: Text(32).describe('How to reach them.'),
    address: Text(200).describe('Where the goods go.'),
  })
  .meta({ id: 'Receiver', description: 'Where the goods go.' });
export type Receiver = z.output<typeof Receiver>;

export const PaymentType = z
  .enum(['1', '2'])
  .meta({ id: 'PaymentType', description: '`1` WeChat Pay, `2` cash on delivery.' });

export const Checkout = z
  .strictObject({
    order_ids: z.array(Id).describe('One order per seller.'),
    out_trade_no: Id.optional().describe('The payment; none for cash on delivery.'),
    total_fee: Fen.describe('The sum of the orders, fen.'),
  })
  .meta({ id: 'Checkout', description: 'What a checkout made.' });
export type Checkout = z.output<typeof Checkout>;

export const Order = z
  .strictObject({
    order_id: Id,
    out_trade_no: Id.nullable().describe('Its payment; null for cash on delivery.'),
    seller_id: SellerId,
    status: z.enum(['1', '2', '6']).describe('`1` unpaid, `2` paid, `6` closed.'),
    payment: Fen.describe('What it costs, fen.'),
    payment_type: PaymentType,
    items: z.array(Line),
    receiver: Receiver,
    create_time: Moment,
    payment_time: Moment.nullable().describe('When it was paid.'),
  })
  .meta({ id: 'Order', description: "One seller's part of a checkout." });
export type Order = z.output<typeof Order>;

export const Orders = z
  .strictObject({ orders: z.array(Order), cursor: NextCursor })
  .meta({ id: 'Orders', description: 'A page of orders, newest first.' });

/** Checkout, and the orders that come of it. */
export const orders = service('order', {
  add: {
    summary:
      'Checkout: one order per seller in the cart and, for WeChat, one payment over all of them.',
    input: Owner.extend({
      payment_type: PaymentType,
      receiver: Receiver,
      idempotency_key: IdempotencyKey.nullable(),
    }),
    output: Checkout,
    errors: ['cart/empty', 'cart/changed', 'cart/too-large', 'idempotency/key-reused'],
    limitMsMax: 5_000,
  },
  listOrders: {
    summary: "A page of the user's orders.",
    input: Owner.extend(Page),
    output: Orders,
    limitMsMax,
  },
  getOrder: {
    summary: "One of the user's orders; somebody else's is not found.",
    input: Owner.extend({ order_id: Id }),
    output: Order,
    errors: ['order/not-found'],
    limitMsMax,
  },
});
