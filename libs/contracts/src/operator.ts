import { z } from 'zod';
import { service } from './define';
import {
  AnyOutTradeNo,
  Fen,
  Id,
  limitMsMax,
  Moment,
  NextCursor,
  Owner,
  Page,
  Text,
  Viewer,
} from './values';

export const Note = Text(200).meta({
  id: 'Note',
  description: 'What an operator did about an anomaly.',
});

export const AnomalyKind = z
  .enum([
    'unknown-number',
    'other-amount',
    'other-currency',
    'transaction-reused',
    'unreadable-money',
    'orders-moved',
    'refund-refused',
    'refund-closed',
    'refund-changed',
    'refund-other-amount',
    'refund-after-close',
  ])
  .meta({
    id: 'AnomalyKind',
    description: 'What cannot be decided; docs/operating.md explains each.',
  });
export type AnomalyKind = z.output<typeof AnomalyKind>;

export const Anomaly = z
  .strictObject({
    anomaly_id: Id,
    kind: AnomalyKind,
    out_trade_no: AnyOutTradeNo.describe('As WeChat said it: it may be a number of nobody here.'),
    transaction_id: z.string().describe("WeChat's number of the money, or ours of a refund."),
    total_fee: Fen.describe('Fen, or the smallest unit of `fee_type`, as WeChat said.'),
    fee_type: z.string().describe('The currency, `CNY` if all is well.'),
    state: z.enum(['OPEN', 'RESOLVED']),
    note: z.string().describe('What the operator did about it; empty while it is open.'),
    create_time: Moment,
  })
  .meta({
    id: 'Anomaly',
    description: 'Money, or news of it, that a program cannot decide about: an operator owns it.',
  });
export type Anomaly = z.output<typeof Anomaly>;

export const PayEventKind = z
  .enum([
    'payment.created',
    'code.asked',
    'code.given',
    'code.failed',
    'query.answered',
    'payment.paid',
    'close.wished',
    'payment.closed',
    'money.recorded',
    'refund.wished',
    'refund.accepted',
    'refund.succeeded',
    'refund.refused',
    'refund.closed',
    'refund.changed',
    'refund.after-close',
    'refund.other-amount',
    'delivery.done',
    'delivery.failed',
    'delivery.dead',
    'delivery.replayed',
    'anomaly.resolved',
  ])
  .meta({ id: 'PayEventKind', description: 'What happened; docs/operating.md explains each.' });
export type PayEventKind = z.output<typeof PayEventKind>;

export const PayEvent = z
  .strictObject({
    event_id: Id,
    kind: PayEventKind,
    actor: z
      .string()
      .describe('`shopper`, `operator`, `wechat`, `clock` or `shop`, with a name after a colon.'),
    create_time: Moment,
    detail: z
      .record(z.string(), z.union([z.string(), z.number(), z.null()]))
      .describe('The facts of it; never a secret.'),
  })
  .meta({ id: 'PayEvent', description: 'One thing that happened to a payment.' });
export type PayEvent = z.output<typeof PayEvent>;

export const Delivery = z
  .strictObject({
    event_id: Id,
    type: z.enum(['order.paid', 'payment.closed', 'payment.refunded']),
    out_trade_no: Id,
    state: z
      .enum(['PENDING', 'DELIVERED', 'DEAD'])
      .describe('DEAD: given up after a day; an operator can send it again.'),
    tries: z.int().describe('How often it was sent.'),
    create_time: Moment,
    last_error: z.string().nullable().describe('Why the latest try failed.'),
  })
  .meta({ id: 'Delivery', description: "A message to the shop's webhook." });
export type Delivery = z.output<typeof Delivery>;
export type DeliveryType = Delivery['type'];

export const Timeline = z
  .strictObject({ events: z.array(PayEvent), cursor: NextCursor })
  .meta({ id: 'Timeline', description: 'What happened to a payment, oldest first.' });
export const Anomalies = z
  .strictObject({ anomalies: z.array(Anomaly), cursor: NextCursor })
  .meta({ id: 'Anomalies', description: 'A page of anomalies, newest first.' });
export const Deliveries = z
  .strictObject({ deliveries: z.array(Delivery), cursor: NextCursor })
  .meta({ id: 'Deliveries', description: 'A page of messages to the shop, newest first.' });

/** What operators see and decide; a payment's own timeline is its owner's too. */
export const operator = service('order', {
  timeline: {
    summary: 'Everything that happened to a payment, oldest first.',
    input: Viewer.extend({ out_trade_no: Id, cursor: Id.nullable() }),
    output: Timeline,
    errors: ['payment/not-found'],
    limitMsMax,
  },
  listAnomalies: {
    summary: 'What waits for an operator (or did).',
    input: z.strictObject({ ...Page, state: Anomaly.shape.state.nullable() }),
    output: Anomalies,
    limitMsMax,
  },
  resolveAnomaly: {
    summary: 'An operator has dealt with it, and says how.',
    input: Owner.extend({ anomaly_id: Id, note: Note }),
    output: Anomaly,
    errors: ['anomaly/not-found'],
    limitMsMax,
  },
  listDeliveries: {
    summary: "The messages to the shop's webhook.",
    input: z.strictObject({ ...Page, state: Delivery.shape.state.nullable() }),
    output: Deliveries,
    limitMsMax,
  },
  replayDelivery: {
    summary:
      "Sends a dead or delivered message again, from the ladder's first step; one that is under " +
      'way stays as it is.',
    input: Owner.extend({ event_id: Id }),
    output: Delivery,
    errors: ['delivery/not-found'],
    limitMsMax,
  },
});
