import { Controller } from '@nestjs/common';
import { Payment, payments, TradeState } from '@saoma/contracts/payments';
import { Id, Moment } from '@saoma/contracts/values';
import { z } from 'zod';
import { OrderClient } from '../clients';
import { Answers } from '../rest/answers';
import { pageQuery } from '../rest/page-query';
import { type Asked, from, route } from '../rest/route';

const params = z.strictObject({ out_trade_no: Id });

const listPayments = route({
  method: 'GET',
  path: '/api/payments',
  summary: "My payments, newest first; an operator's list has everybody's.",
  query: z.strictObject({
    ...pageQuery,
    trade_state: TradeState.nullable().default(null),
    from: Moment.nullable().default(null).describe('create_time from here on'),
    to: Moment.nullable().default(null).describe('create_time before this'),
  }),
  ...from(payments.methods.listPayments),
});

const getPayment = route({
  method: 'GET',
  path: '/api/payments/:out_trade_no',
  summary: 'One payment.',
  params,
  ...from(payments.methods.getPayment),
});

const closePayment = route({
  method: 'POST',
  path: '/api/payments/:out_trade_no/close',
  summary: 'Closes an unpaid payment at WeChat, then here; 202 while WeChat takes no close yet.',
  params,
  answers: { 200: Payment, 202: Payment },
  errors: payments.methods.closePayment.errors,
});

/** Payments as their owner, or an operator, sees them. */
@Controller()
export class PaymentsController {
  constructor(private readonly order: OrderClient) {}

  @Answers(listPayments)
  listPayments({ user, query }: Asked<typeof listPayments>) {
    return this.order.listPayments({ ...user, ...query });
  }

  @Answers(getPayment)
  getPayment({ user, params }: Asked<typeof getPayment>) {
    return this.order.getPayment({ ...user, ...params });
  }

  @Answers(closePayment)
  async closePayment({ user, params, reply }: Asked<typeof closePayment>) {
    const { state, payment } = await this.order.closePayment({ ...user, ...params });
    if (state === 'waiting') reply.code(202);
    return payment;
  }
}
