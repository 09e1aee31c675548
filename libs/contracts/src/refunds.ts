import { z } from 'zod';
import { service } from './define';
import { RefundStatus } from './pay';
import { PersonText } from './person-text';
import {
  CreateTime,
  IdempotencyKey,
  limitMsMax,
  Moment,
  OrderId,
  OutRefundNo,
  OutTradeNo,
  Owner,
  Payer,
  TotalFee,
  Viewer,
  Word,
} from './values';

export const Reason = PersonText(80).meta({
  id: 'Reason',
  description: 'Why the money is refunded; the payer sees it.',
  examples: ['商品破损'],
});

export const RefundCause = Word('Why money is refunded.', {
  operator: 'An operator asked for it.',
  console: "It was made elsewhere, in WeChat's merchant console for instance.",
  'paid-after-close': 'The money came after the payment was closed; the orders were never paid.',
  'second-transaction': 'The same code was paid a second time; the orders stay paid.',
}).meta({ id: 'RefundCause' });
export type RefundCause = z.output<typeof RefundCause>;

export const Refund = z
  .strictObject({
    out_refund_no: OutRefundNo,
    out_trade_no: OutTradeNo,
    order_id: OrderId.optional().describe('The order that was named; missing if none was.'),
    refund_fee: TotalFee.meta({ description: 'The amount, in fen.', examples: [1000] }),
    status: RefundStatus,
    reason: z.string().meta({ description: 'What the payer sees.', examples: ['商品破损'] }),
    create_time: CreateTime.meta({
      description: 'When it was asked for.',
      examples: ['2026-09-30T05:58:00.000Z'],
    }),
    success_time: Moment.nullable().meta({
      description:
        'Since when the payer has the money, by what WeChat says, or else when it was confirmed; ' +
        'null until then.',
      examples: [null],
    }),
    // A gateway of the first release takes no member that it does not know.
    fail_time: Moment.nullable()
      .default(null)
      .meta({
        description:
          'In a list: when WeChat said that it has ended without money (`REFUNDCLOSE`, ' +
          '`CHANGE`); null if it has not.',
        examples: [null],
      }),
  })
  .meta({ id: 'Refund', description: 'A refund: money that goes back to the payer.' });
export type Refund = z.output<typeof Refund>;
/** As the order service tells it. */
export type ToldRefund = z.input<typeof Refund>;

export const Refunds = z
  .strictObject({ refunds: z.array(Refund).describe('Newest first.') })
  .meta({ id: 'Refunds', description: 'The refunds of a payment, newest first, at most 50.' });

export const RefundedOrder = OrderId.optional().describe(
  'The order of this payment of which it is: at most what that cost and still has. Without it ' +
    'the refund counts into the orders in the order of `order_list`, until it is used up.',
);

export const refunds = service('order', {
  refundPayment: {
    summary:
      'Refunds a part or all of a paid payment; a worker carries it out until WeChat confirms it.',
    input: Owner.extend({
      out_trade_no: OutTradeNo,
      order_id: RefundedOrder,
      refund_fee: TotalFee,
      reason: Reason,
      idempotency_key: IdempotencyKey,
    }),
    output: Refund,
    errors: [
      'payment/not-found',
      'payment/not-paid',
      'order/not-found',
      'refund/too-much',
      'refund/perhaps-made',
      'idempotency/key-reused',
    ],
    limitMsMax,
  },
  listRefunds: {
    summary: 'The refunds of a payment, finished and in progress.',
    input: Payer.extend({
      operator: Viewer.shape.operator,
      out_trade_no: OutTradeNo,
      fail_time: z
        .literal(true)
        .optional()
        .describe('Also `fail_time`: a gateway of the first release does not know it.'),
    }),
    output: Refunds,
    errors: ['payment/not-found'],
    limitMsMax,
    repeatable: true,
    list: true,
  },
});
