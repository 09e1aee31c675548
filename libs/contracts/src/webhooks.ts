import { z } from 'zod';
import { RefundCause } from './refunds';
import {
  Moment,
  OrderId,
  OrderList,
  OutRefundNo,
  OutTradeNo,
  TotalFee,
  TransactionId,
} from './values';

function message<T extends string, D extends z.ZodRawShape>(type: T, at: string, data: D) {
  const description = 'When it happened; the same at every try.';
  return z.strictObject({
    type: z.literal(type).describe('What happened.'),
    timestamp: Moment.meta({ description, examples: [at] }),
    data: z.strictObject(data).describe('The facts.'),
  });
}

/** What the shop's webhook is told, by type: the body of each message. */
export const webhooks = {
  'order.paid': message('order.paid', '2026-09-30T02:17:33.000Z', {
    order_id: OrderId,
    out_trade_no: OutTradeNo,
    transaction_id: TransactionId,
    total_fee: TotalFee.describe('The amount of the whole payment (not of the order), in fen.'),
    pay_time: Moment.describe('When WeChat received the money.'),
  }).meta({
    id: 'OrderPaid',
    description:
      'A payment was paid: one message for each of its orders. Look at the payment again right ' +
      'before you ship: its money may have gone back since.',
  }),
  'payment.closed': message('payment.closed', '2026-09-30T02:47:00.000Z', {
    out_trade_no: OutTradeNo,
    total_fee: TotalFee.describe('The amount that was to be paid, in fen.'),
    order_list: OrderList,
    held: z
      .boolean()
      .optional()
      .meta({
        description:
          'Whether WeChat has received money for it that it could not take, another amount for ' +
          'instance: an operator has to give it back. Missing in messages from before version 0.2.',
        examples: [false],
      }),
  }).meta({
    id: 'PaymentClosed',
    description: 'A payment and its orders were closed without being paid.',
  }),
  'payment.refunded': message('payment.refunded', '2026-09-30T06:00:00.000Z', {
    out_trade_no: OutTradeNo,
    out_refund_no: OutRefundNo,
    refund_fee: TotalFee.meta({
      description: 'The amount that went back, in fen.',
      examples: [1000],
    }),
    cause: RefundCause,
  }).meta({
    id: 'PaymentRefunded',
    description: 'The payer has the money back: see `cause`.',
  }),
};

export type DeliveryType = keyof typeof webhooks;
export const deliveryTypes = Object.keys(webhooks) as [DeliveryType, ...DeliveryType[]];
/** The body of a message. */
export type Message = z.input<(typeof webhooks)[DeliveryType]>;
