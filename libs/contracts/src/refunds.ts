import { z } from 'zod';
import { service } from './define';
import { RefundStatus } from './pay';
import {
  Id,
  IdempotencyKey,
  limitMsMax,
  Moment,
  NoticeReply,
  OutRefundNo,
  Owner,
  RawNotice,
  Text,
  TotalFee,
  Viewer,
} from './values';

export const Reason = Text(80).meta({
  id: 'Reason',
  description: 'Why a refund is made; the payer reads it.',
});

export const Refund = z
  .strictObject({
    out_refund_no: OutRefundNo,
    out_trade_no: Id,
    refund_fee: TotalFee.describe('Fen that go back.'),
    status: RefundStatus,
    reason: z.string().describe('What the payer reads.'),
    create_time: Moment,
    success_time: Moment.nullable().describe('When WeChat said that the money went back.'),
  })
  .meta({ id: 'Refund', description: 'Money on its way back to a payer.' });
export type Refund = z.output<typeof Refund>;

export const Refunds = z
  .strictObject({ refunds: z.array(Refund) })
  .meta({ id: 'Refunds', description: 'The refunds of a payment, newest first, at most 50.' });

/** Money that goes back to payers. */
export const refunds = service('order', {
  refundPayment: {
    summary:
      'Gives a part or all of a paid payment back; a worker carries it out until WeChat confirms.',
    input: Owner.extend({
      out_trade_no: Id,
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
    input: Viewer.extend({ out_trade_no: Id }),
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
