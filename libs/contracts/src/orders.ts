import { z } from 'zod';
import { Line } from './cart';
import { service } from './define';
import { PersonText, Phone } from './person-text';
import {
  CreateTime,
  Fen,
  IdempotencyKey,
  limitMsMax,
  Moment,
  NextCursor,
  OrderId,
  OutTradeNo,
  Owner,
  Page,
  SellerId,
  UserId,
  Viewer,
  Word,
} from './values';

const said = {
  name: { description: 'Who receives the goods.', examples: ['王小明'] },
  mobile: { description: 'Their phone number.', examples: ['13800138000'] },
  address: { description: 'Where the goods are sent.', examples: ['北京市海淀区 1 号'] },
};

/** As a person wrote it; it is cleaned. */
export const Receiver = z
  .strictObject({
    name: PersonText(64).meta(said.name),
    mobile: Phone.meta({
      ...said.mobile,
      description: 'Their phone number: 5 to 20 digits, maybe with blanks, or `+` in front.',
    }),
    address: PersonText(200).meta(said.address),
  })
  .meta({ id: 'Receiver', description: 'Who receives the goods, and where.' });
export type Receiver = z.output<typeof Receiver>;

/** What older orders were kept with may not be taken any more. */
export const KeptReceiver = z
  .strictObject({
    name: z.string().meta(said.name),
    mobile: z.string().meta(said.mobile),
    address: z.string().meta(said.address),
  })
  .meta({ id: 'KeptReceiver', description: 'Who receives the goods of an order, and where.' });

export const PaymentType = Word('How an order is paid.', {
  '1': 'WeChat Pay.',
  '2': 'Nothing is paid here: cash on delivery, or all is free.',
}).meta({ id: 'PaymentType' });

const OrderStatus = Word('The state of an order.', {
  '1': 'Not paid. With the `payment_type` `2` it stays so: ship it, nothing is paid here.',
  '2':
    'Paid. It stays so when money goes back: ship it only while the `trade_state` of its payment ' +
    'is `SUCCESS`, which means that nothing has gone back.',
  '6': 'Closed: it was not paid, and cannot be paid any more.',
}).meta({ id: 'OrderStatus', examples: ['2'] });

/**
 * A new member breaks an upgrade: like each answer this one is strict. So a gateway of the release
 * before fails at it, after the orders are committed, and so does an order service of that release
 * at an answer that is remembered. How one comes in says docs/architecture.md, "a new field of an
 * answer".
 */
export const Checkout = z
  .strictObject({
    order_ids: z.array(OrderId).describe('The orders: one per seller.'),
    out_trade_no: OutTradeNo.optional().describe(
      'The payment of all these orders; missing for cash on delivery, and if all is free.',
    ),
    total_fee: Fen.describe('The sum of the orders, in fen.'),
  })
  .meta({ id: 'Checkout', description: 'The orders of a checkout, and their payment.' });
export type Checkout = z.output<typeof Checkout>;

export const Order = z
  .strictObject({
    order_id: OrderId,
    out_trade_no: OutTradeNo.nullable().describe(
      'Its payment; null for cash on delivery, and if all is free.',
    ),
    seller_id: SellerId,
    status: OrderStatus,
    payment: Fen.describe('What the order costs, in fen.'),
    payment_type: PaymentType,
    items: z.array(Line).describe('What was ordered.'),
    receiver: KeptReceiver,
    create_time: CreateTime,
    payment_time: Moment.nullable().describe('When it was paid; null until then.'),
    refund_fee: Fen.default(0).meta({
      description:
        'What has gone back of it so far, in fen. The sum of all orders of a paid payment is the ' +
        '`refund_fee` of the payment.',
      examples: [0],
    }),
  })
  .meta({ id: 'Order', description: "One seller's part of a checkout." });
export type Order = z.output<typeof Order>;
/** As the order service tells it. */
export type ToldOrder = z.input<typeof Order>;

export const Orders = z
  .strictObject({ orders: z.array(Order).describe('Newest first.'), cursor: NextCursor })
  .meta({ id: 'Orders', description: 'A page of orders, newest first.' });

/**
 * Gateways of the release before do not say whether it is an operator: then it is none. They do not
 * know `refund_fee` either, so that orders come to them without it.
 */
const OrderViewer = Viewer.partial({ operator: true });

/** Checkout, and the orders that it makes. */
export const orders = service('order', {
  add: {
    summary:
      'Checkout: makes one order per seller and, for WeChat, one payment for all these orders.',
    input: Owner.extend({
      payment_type: PaymentType,
      receiver: Receiver,
      idempotency_key: IdempotencyKey.nullable(),
    }),
    output: Checkout,
    errors: [
      'cart/empty',
      'cart/off-sale',
      'cart/changed',
      'cart/too-large',
      'idempotency/key-reused',
    ],
    limitMsMax: 5_000,
  },
  listOrders: {
    summary: "A page of the user's orders; for operators of everybody's, or of one buyer's.",
    input: OrderViewer.extend({
      ...Page,
      buyer: UserId.optional().describe('For operators and auditors: only orders of this user.'),
      out_trade_no: OutTradeNo.optional().describe('Only orders of this payment.'),
    }),
    output: Orders,
    limitMsMax,
    repeatable: true,
    list: true,
  },
  getOrder: {
    summary: "One of the user's orders; another user's order is not found, but for operators.",
    input: OrderViewer.extend({ order_id: OrderId }),
    output: Order,
    errors: ['order/not-found'],
    limitMsMax,
    repeatable: true,
  },
});
