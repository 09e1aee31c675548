import { Controller } from '@nestjs/common';
import { Reason, refunds } from '@saoma/contracts/refunds';
import { Id, IdempotencyKey, TotalFee } from '@saoma/contracts/values';
import { z } from 'zod';
import { OrderClient } from '../clients';
import { Answers } from '../rest/answers';
import { type Asked, from, route } from '../rest/route';

const path = '/api/payments/:out_trade_no/refunds';
const params = z.strictObject({ out_trade_no: Id });

const refundPayment = route({
  method: 'POST',
  path,
  summary: 'Gives a part or all of a paid payment back. Carried out until WeChat confirms.',
  operator: true,
  params,
  headers: z.object({ 'idempotency-key': IdempotencyKey }),
  body: z.strictObject({ refund_fee: TotalFee, reason: Reason }),
  ...from(refunds.methods.refundPayment, 201),
});

const listRefunds = route({
  method: 'GET',
  path,
  summary: 'What went back of a payment, or is on its way, newest first.',
  params,
  ...from(refunds.methods.listRefunds),
});

/** Money on its way back to a payer. */
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
    return this.order.listRefunds({ ...user, ...params });
  }
}
