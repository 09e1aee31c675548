import { Controller } from '@nestjs/common';
import { Reason, RefundedOrder, refunds } from '@saoma/contracts/refunds';
import { IdempotencyKey, OutTradeNo, TotalFee } from '@saoma/contracts/values';
import { z } from 'zod';
import { OrderClient } from '../clients';
import { Answers } from '../rest/answers';
import { type Asked, from, route } from '../rest/route';

const path = '/api/payments/:out_trade_no/refunds';
const params = z.strictObject({ out_trade_no: OutTradeNo });

const refundPayment = route({
  method: 'POST',
  path,
  summary: 'Refunds a part or all of a paid payment.',
  description:
    'The refund is recorded first, and WeChat carries it out later: ask `listRefunds`, or ' +
    'wait for the webhook `payment.refunded`. A repeat with the same `Idempotency-Key` is ' +
    "answered with the same refund. Keys are the user's, over all payments: draw a new one for " +
    'each refund.',
  operator: true,
  params,
  headers: z.object({ 'idempotency-key': IdempotencyKey }),
  body: z.strictObject({
    refund_fee: TotalFee.meta({
      description: 'The amount to refund, in fen: at most what is left of the payment.',
      examples: [1000],
    }),
    reason: Reason,
    order_id: RefundedOrder,
  }),
  ...from(refunds.methods.refundPayment, 201),
});

const listRefunds = route({
  method: 'GET',
  path,
  summary: 'The refunds of a payment, finished and in progress, newest first.',
  payKey: true,
  params,
  ...from(refunds.methods.listRefunds),
});

@Controller()
export class RefundsController {
  constructor(private readonly order: OrderClient) {}

  @Answers(refundPayment)
  refundPayment({ user, params, headers, body }: Asked<typeof refundPayment>) {
    const idempotency_key = headers['idempotency-key'];
    return this.order.refundPayment({
      user_id: user.user_id,
      ...params,
      ...body,
      idempotency_key,
    });
  }

  @Answers(listRefunds)
  listRefunds({ user, params }: Asked<typeof listRefunds>) {
    return this.order.listRefunds({ ...user, ...params, fail_time: true });
  }
}
