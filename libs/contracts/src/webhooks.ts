import { z } from 'zod';
import { RefundCause } from './refunds';
import { MerchantOrderNo, Metadata, PaymentBody } from './shop-order';
import {
  Fen,
  Moment,
  OrderId,
  OrderList,
  OutRefundNo,
  OutTradeNo,
  TotalFee,
  TransactionId,
} from './values';

type Example<D extends z.ZodRawShape> = [timestamp: string, data: z.input<z.ZodObject<D>>];

function message<T extends string, D extends z.ZodRawShape>(type: T, data: D, told: Example<D>) {
  const [timestamp, facts] = told;
  return z
    .strictObject({
      type: z.literal(type).describe('What happened.'),
      timestamp: Moment.describe('When it happened; the same at every try.'),
      data: z.strictObject(data).describe('The facts.'),
    })
    .meta({ examples: [{ type, timestamp, data: facts }] });
}

const OrdersPaid = OrderList.describe(
  "The numbers of its orders, separated by commas; empty for an order of the shop's own.",
);
/** What the shop has said of its own order. */
const ofShop = {
  merchant_order_no: MerchantOrderNo.nullable().describe(
    "The shop's own number of the order; null for the payment of a cart.",
  ),
  metadata: Metadata.nullable().describe(
    'What the shop said when it opened the payment; null if it said nothing.',
  ),
};
/** The same where an earlier version wrote messages, too, which are sent again as they are. */
const sinceWords = 'Missing in messages from before version 0.2.';
const ofShopLately = {
  merchant_order_no: ofShop.merchant_order_no
    .optional()
    .describe(`The shop's own number of the order; null for the payment of a cart. ${sinceWords}`),
  metadata: ofShop.metadata
    .optional()
    .describe(
      `What the shop said when it opened the payment; null if it said nothing. ${sinceWords}`,
    ),
};

/** The examples tell of two payments: one of a cart, and one that a shop opened. */
const shopOrder = { merchant_order_no: 'A-2026-000042', metadata: { table: '7' } };
const shopsNo = '281604172903043080';

/** What the shop's webhook is told, by type: the body of each message. */
export const webhooks = {
  'payment.paid': message(
    'payment.paid',
    {
      out_trade_no: OutTradeNo,
      transaction_id: TransactionId,
      total_fee: TotalFee.describe('The amount that was paid, in fen.'),
      pay_time: Moment.describe('When WeChat received the money.'),
      create_time: Moment.describe('When the payment was made.'),
      order_list: OrdersPaid,
      body: PaymentBody.nullable().describe(
        'What the payer has read; null for the payment of a cart.',
      ),
      ...ofShop,
    },
    [
      '2026-09-30T02:17:34.000Z',
      {
        out_trade_no: shopsNo,
        transaction_id: '4200002001202609300000000002',
        total_fee: 1200,
        pay_time: '2026-09-30T02:17:33.000Z',
        create_time: '2026-09-30T02:17:00.000Z',
        order_list: '',
        body: '两张电影票',
        ...shopOrder,
      },
    ],
  ).meta({
    id: 'PaymentPaid',
    description:
      'A payment was paid: one message for each payment, before those of its orders. Look at the ' +
      'payment again right before you ship: its money may have gone back since.',
  }),
  'order.paid': message(
    'order.paid',
    {
      order_id: OrderId,
      out_trade_no: OutTradeNo,
      transaction_id: TransactionId,
      total_fee: TotalFee.describe('The amount of the whole payment (not of the order), in fen.'),
      pay_time: Moment.describe('When WeChat received the money.'),
    },
    [
      '2026-09-30T02:17:33.000Z',
      {
        order_id: '281604172903043073',
        out_trade_no: '281604172903043072',
        transaction_id: '4200002001202609300000000001',
        total_fee: 5990,
        pay_time: '2026-09-30T02:17:33.000Z',
      },
    ],
  ).meta({
    id: 'OrderPaid',
    description:
      'A payment of a cart was paid: one message for each of its orders. Look at the payment ' +
      'again right before you ship: its money may have gone back since.',
  }),
  'payment.closed': message(
    'payment.closed',
    {
      out_trade_no: OutTradeNo,
      total_fee: TotalFee.describe('The amount that was to be paid, in fen.'),
      order_list: OrdersPaid,
      held: z
        .boolean()
        .optional()
        .describe(
          'Whether WeChat has received money for it that it could not take, another amount for ' +
            `instance: an operator has to give it back. ${sinceWords}`,
        ),
      ...ofShopLately,
    },
    [
      '2026-09-30T02:47:00.000Z',
      { out_trade_no: shopsNo, total_fee: 1200, order_list: '', held: false, ...shopOrder },
    ],
  ).meta({
    id: 'PaymentClosed',
    description: 'A payment and its orders were closed without being paid.',
  }),
  'payment.refunded': message(
    'payment.refunded',
    {
      out_trade_no: OutTradeNo,
      out_refund_no: OutRefundNo,
      refund_fee: TotalFee.describe('The amount that went back by this refund, in fen.'),
      cause: RefundCause,
      refunded_fee: Fen.optional().describe(
        'What has gone back of the payment in all, by this refund and those before it, in fen. A ' +
          `\`second-transaction\` was never part of it, and does not count. ${sinceWords}`,
      ),
      order_id: OrderId.optional().describe(
        'The order of which the refund is, if it named one; missing if not.',
      ),
      ...ofShopLately,
    },
    [
      '2026-09-30T06:00:00.000Z',
      {
        out_trade_no: shopsNo,
        out_refund_no: `${shopsNo}-op-2`,
        refund_fee: 200,
        cause: 'operator',
        refunded_fee: 1200,
        ...shopOrder,
      },
    ],
  ).meta({
    id: 'PaymentRefunded',
    description: 'The payer has the money back: see `cause`.',
  }),
};

export type DeliveryType = keyof typeof webhooks;
export const deliveryTypes = Object.keys(webhooks) as [DeliveryType, ...DeliveryType[]];
/** The body of a message. */
export type Message = z.input<(typeof webhooks)[DeliveryType]>;

/** A message of each type: its example. */
export function samples(): Message[] {
  return deliveryTypes.map((type) => {
    const [example] = z.array(z.unknown()).parse(webhooks[type].meta()?.examples);
    return webhooks[type].parse(example);
  });
}
