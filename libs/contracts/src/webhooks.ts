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

function message<T extends string, D extends z.ZodRawShape>(type: T, data: D) {
  return z.strictObject({
    type: z.literal(type).describe('What happened.'),
    timestamp: Moment.describe('When the message was written; the same at every try.'),
    data: z.strictObject(data).describe('The facts of it.'),
  });
}

/** What the shop's webhook is told, by type: the body of each message. */
export const webhooks = {
  'order.paid': message('order.paid', {
    order_id: OrderId,
    out_trade_no: OutTradeNo,
    transaction_id: TransactionId,
    total_fee: TotalFee.describe('Fen of the whole payment, not of the order.'),
    pay_time: Moment.describe('When WeChat received the money.'),
  }).meta({
    id: 'OrderPaid',
    description: 'A payment was settled: one message for each of its orders.',
  }),
  'payment.closed': message('payment.closed', {
    out_trade_no: OutTradeNo,
    total_fee: TotalFee.describe('Fen that were asked for.'),
    order_list: OrderList,
  }).meta({
    id: 'PaymentClosed',
    description: 'A payment was closed unpaid, and its orders with it.',
  }),
  'payment.refunded': message('payment.refunded', {
    out_trade_no: OutTradeNo,
    out_refund_no: OutRefundNo,
    refund_fee: TotalFee.meta({ description: 'Fen that went back.', examples: [1000] }),
    cause: RefundCause,
  }).meta({ id: 'PaymentRefunded', description: 'Money is back with the payer.' }),
};

export type DeliveryType = keyof typeof webhooks;
export const deliveryTypes = Object.keys(webhooks) as [DeliveryType, ...DeliveryType[]];
/** The facts of a message of this type. */
export type MessageData<T extends DeliveryType> = z.input<(typeof webhooks)[T]>['data'];
