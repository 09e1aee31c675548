import { Controller } from '@nestjs/common';
import { Anomaly, Delivery, Note, operator } from '@saoma/contracts/operator';
import { payService } from '@saoma/contracts/pay';
import { OutTradeNo } from '@saoma/contracts/values';
import { z } from 'zod';
import { OrderClient, PayClient } from '../clients';
import { Answers } from '../rest/answers';
import { orNull, pageQuery } from '../rest/page-query';
import { type Asked, from, route } from '../rest/route';

const timeline = route({
  method: 'GET',
  path: '/api/payments/:out_trade_no/timeline',
  summary: 'Everything that happened to a payment, oldest first: what, when, by whom and why.',
  params: z.strictObject({ out_trade_no: OutTradeNo }),
  query: z.strictObject({ cursor: pageQuery.cursor }),
  ...from(operator.methods.timeline),
});

const listAnomalies = route({
  method: 'GET',
  path: '/api/anomalies',
  summary: 'Anomalies: what an operator has to decide, or has decided, newest first.',
  operator: true,
  query: z.strictObject({
    ...pageQuery,
    state: orNull(Anomaly.shape.state),
    out_trade_no: Anomaly.shape.out_trade_no.describe('Only those of this payment.').optional(),
  }),
  ...from(operator.methods.listAnomalies),
});

const resolveAnomaly = route({
  method: 'POST',
  path: '/api/anomalies/:anomaly_id/resolve',
  summary: 'Marks an anomaly as dealt with, with a note that says how.',
  description:
    'This moves no money. Another note is added to those that are there, of which the newest ' +
    'stay; the same one, sent again, changes nothing.',
  operator: true,
  params: z.strictObject({ anomaly_id: Anomaly.shape.anomaly_id }),
  body: z.strictObject({ note: Note }),
  answers: {
    200: Anomaly.meta({
      description: 'The anomaly as it is now.',
      examples: [{ state: 'RESOLVED', note: '已在商户平台退款' }],
    }),
  },
  errors: from(operator.methods.resolveAnomaly).errors,
});

const listDeliveries = route({
  method: 'GET',
  path: '/api/deliveries',
  summary: "The messages to the shop's webhook, newest first.",
  operator: true,
  query: z.strictObject({
    ...pageQuery,
    state: orNull(Delivery.shape.state),
    out_trade_no: OutTradeNo.describe('Only those of this payment.').optional(),
  }),
  ...from(operator.methods.listDeliveries),
});

const replayDelivery = route({
  method: 'POST',
  path: '/api/deliveries/:event_id/replay',
  summary: 'Sends a dead or delivered message again.',
  description: 'It keeps its `webhook-id`. A pending message is not changed.',
  operator: true,
  params: z.strictObject({ event_id: Delivery.shape.event_id }),
  answers: {
    200: Delivery.meta({
      description: 'The message as it is now.',
      examples: [{ state: 'PENDING', tries: 0 }],
    }),
  },
  errors: from(operator.methods.replayDelivery).errors,
});

const checkWechat = route({
  method: 'POST',
  path: '/api/wechat/check',
  summary: "Finds out whether the merchant's keys and addresses at WeChat are right.",
  description:
    'WeChat is asked to say back a message, and to send a test notice. No money is moved.',
  operator: true,
  ...from(payService.methods.checkWechat),
});

/** What an operator sees and decides; a payment's own timeline is its owner's too. */
@Controller()
export class OperatorController {
  constructor(
    private readonly order: OrderClient,
    private readonly pay: PayClient,
  ) {}

  @Answers(timeline)
  timeline({ user, params, query }: Asked<typeof timeline>) {
    return this.order.timeline({ ...user, ...params, ...query });
  }

  @Answers(listAnomalies)
  listAnomalies({ query }: Asked<typeof listAnomalies>) {
    return this.order.listAnomalies(query);
  }

  @Answers(resolveAnomaly)
  resolveAnomaly({ user, params, body }: Asked<typeof resolveAnomaly>) {
    return this.order.resolveAnomaly({ user_id: user.user_id, ...params, ...body });
  }

  @Answers(listDeliveries)
  listDeliveries({ query }: Asked<typeof listDeliveries>) {
    return this.order.listDeliveries({ ...query, payment_paid: true });
  }

  @Answers(replayDelivery)
  replayDelivery({ user, params }: Asked<typeof replayDelivery>) {
    return this.order.replayDelivery({ user_id: user.user_id, ...params });
  }

  @Answers(checkWechat)
  checkWechat(_asked: Asked<typeof checkWechat>) {
    return this.pay.checkWechat({});
  }
}
