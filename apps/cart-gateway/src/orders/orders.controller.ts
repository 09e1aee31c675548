import { Controller } from '@nestjs/common';
import { orders, PaymentType, Receiver } from '@saoma/contracts/orders';
import { IdempotencyKey, OrderId, OutTradeNo, UserId } from '@saoma/contracts/values';
import { z } from 'zod';
import { OrderClient } from '../clients';
import { Answers } from '../rest/answers';
import { forOperatorsToo, onlyOperators } from '../rest/operators-only';
import { pageQuery } from '../rest/page-query';
import { type Asked, from, route } from '../rest/route';

const addOrders = route({
  method: 'POST',
  path: '/api/orders',
  summary: 'Checks out my cart: one order per seller, one payment for all of them.',
  description:
    "Prices are the catalogue's. The cart is empty afterwards. Draw an `Idempotency-Key` once " +
    'for each checkout: a repeat with the same key and body is answered with the same orders.',
  headers: z.object({ 'idempotency-key': IdempotencyKey.optional() }),
  body: z.strictObject({ payment_type: PaymentType, receiver: Receiver }),
  ...from(orders.methods.add, 201),
});

const listOrders = route({
  method: 'GET',
  path: '/api/orders',
  summary: 'My orders, newest first; for an operator the orders of all users.',
  query: z.strictObject({
    ...pageQuery,
    user_id: UserId.optional().describe('For operators and auditors: only orders of this user.'),
    out_trade_no: OutTradeNo.optional().describe('Only orders of this payment.'),
  }),
  ...forOperatorsToo(orders.methods.listOrders),
});

const getOrder = route({
  method: 'GET',
  path: '/api/orders/:order_id',
  summary: 'One of my orders; for an operator any order.',
  params: z.strictObject({ order_id: OrderId }),
  ...from(orders.methods.getOrder),
});

/** Checkout, and looking up what came of it. */
@Controller()
export class OrdersController {
  constructor(private readonly order: OrderClient) {}

  @Answers(addOrders)
  addOrders({ user, headers, body }: Asked<typeof addOrders>) {
    const idempotency_key = headers['idempotency-key'] ?? null;
    return this.order.add({ user_id: user.user_id, ...body, idempotency_key });
  }

  @Answers(listOrders)
  listOrders({ user, query: { user_id: buyer, ...query } }: Asked<typeof listOrders>) {
    onlyOperators(user, { user_id: buyer });
    return this.order.listOrders({ ...user, ...query, buyer });
  }

  @Answers(getOrder)
  getOrder({ user, params }: Asked<typeof getOrder>) {
    return this.order.getOrder({ ...user, ...params });
  }
}
