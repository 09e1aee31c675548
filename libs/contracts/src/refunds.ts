import { z } from 'zod';
import { service } from './define';
import { RefundStatus } from './pay';
import {
  CreateTime,
  IdempotencyKey,
  limitMsMax,
  Moment,
  NoticeReply,
  OutRefundNo,
  OutTradeNo,
  Owner,
  RawNotice,
  Text,
  TotalFee,
  Viewer,
  Word,
} from './values';

export const Reason = Text(80).meta({
  id: 'Reason',
  description: 'Why a refund is made; the payer reads it.',
  examples: ['商品破损'],
});

export const RefundCause = Word('Why money goes back.', {
  operator: 'An operator wished it.',
  'paid-after-close': 'It came after the payment was closed; the orders were never paid.',
  'second-transaction': 'It was a second payment of the same code; the orders stay paid.',
}).meta({ id: 'RefundCause' });
export type RefundCause = z.output<typeof RefundCause>;

export const Refund = z
  .strictObject({
    out_refund_no: OutRefundNo,
    out_trade_no: OutTradeNo,
    refund_fee: TotalFee.meta({ description: 'Fen that go back.', examples: [1000] }),
    status: RefundStatus,
    reason: z.string().meta({ description: 'What the payer reads.', examples: ['商品破损'] }),
    create_time: CreateTime,
    success_time: Moment.nullable().meta({
      description: 'When WeChat said that the money went back; null until then.',
      examples: [null],
    }),
  })
  .meta({ id: 'Refund', description: 'Money on its way back to a payer.' });
export type Refund = z.output<typeof Refund>;

export const Refunds = z
  .strictObject({ refunds: z.array(Refund).describe('Newest first.') })
  .meta({ id: 'Refunds', description: 'The refunds of a payment, newest first, at most 50.' });

/** Money that goes back to payers. */
export const refunds = service('order', {
  refundPayment: {
    summary:
      'Gives a part or all of a paid payment back; a worker carries it out until WeChat confirms.',
    input: Owner.extend({
      out_trade_no: OutTradeNo,
      refund_fee: TotalFee,
      reason: Reason,
      idempotency_key: IdempotencyKey,
    }),
    output: Refund,
    errors: ['payment/not-found', 'payment/not-paid', 'refund/too-much', 'idempotency/key-reused'],
    limitMsMax,
  },
  listRefunds: {
    summary: 'What went back of a payment, or is on its way.',
    input: Viewer.extend({ out_trade_no: OutTradeNo }),
    output: Refunds,
    errors: ['payment/not-found'],
    limitMsMax,
  },
  receiveRefundNotice: {
    summary:
      "Takes WeChat's refund notice, raw: the refund it names is asked about before anything of " +
      'it is believed. service/unavailable when that cannot be done now.',
    input: RawNotice,
    output: NoticeReply,
    limitMsMax: 4_500,
  },
});
