import { z } from 'zod';
import { service } from './define';
import {
  AnyOutTradeNo,
  CreateTime,
  Fen,
  Id,
  limitMsMax,
  NextCursor,
  OutTradeNo,
  Owner,
  Page,
  Text,
  Viewer,
  Word,
} from './values';
import { deliveryTypes } from './webhooks';

export const Note = Text(200).meta({
  id: 'Note',
  description: 'What an operator did about an anomaly.',
  examples: ['已在商户平台退款'],
});

export const AnomalyKind = Word('What cannot be decided.', {
  'unknown-number': 'Money for a number that is not in the database.',
  'other-amount': 'Money for a payment, but not the amount that was asked for.',
  'other-currency': 'Money for a payment, in a currency that is not CNY.',
  'transaction-reused': 'A transaction that has paid another payment is told for this one too.',
  'unreadable-money': 'WeChat says that it was paid, but not readably how much or when.',
  'orders-moved': 'The money is right, but not all orders of the payment wait for it.',
  'refund-refused': 'WeChat refuses a refund for now; it is asked again.',
  'refund-closed': 'A refund has ended, and nothing went back.',
  'refund-changed': "The payer's card is dead; the money is with the merchant.",
  'refund-other-amount': 'WeChat knows a refund of this number, but of another amount.',
  'refund-after-close': 'A refund that had ended without money has gone back after all.',
}).meta({ id: 'AnomalyKind', examples: ['refund-changed'] });
export type AnomalyKind = z.output<typeof AnomalyKind>;

const AnomalyState = Word('Whether somebody has dealt with it.', {
  OPEN: 'It waits for an operator.',
  RESOLVED: 'An operator has dealt with it.',
}).meta({ id: 'AnomalyState' });

export const Anomaly = z
  .strictObject({
    anomaly_id: Id.describe('The number of the anomaly.'),
    kind: AnomalyKind,
    out_trade_no: AnyOutTradeNo.meta({
      description: 'As WeChat said it: it may be a number of nobody here.',
      examples: ['281604172903043072'],
    }),
    transaction_id: z.string().meta({
      description: "WeChat's number of the money; for the `refund-` kinds ours of the refund.",
      examples: ['281604172903043080'],
    }),
    total_fee: Fen.describe('As WeChat said it: fen, or the smallest unit of `fee_type`.'),
    fee_type: z.string().meta({ description: 'The currency, by ISO 4217.', examples: ['CNY'] }),
    state: AnomalyState,
    note: z
      .string()
      .meta({ description: 'What the operator did; empty while it is open.', examples: [''] }),
    create_time: CreateTime,
  })
  .meta({
    id: 'Anomaly',
    description: 'Money, or news of it, that a program cannot decide about: an operator owns it.',
  });
export type Anomaly = z.output<typeof Anomaly>;

export const PayEventKind = Word('What happened, and what `detail` says of it.', {
  'payment.created': 'A checkout made the payment: `total_fee`, `order_list`.',
  'code.asked': 'Somebody got the right to ask WeChat for a code.',
  'code.given': 'WeChat gave one.',
  'code.failed': 'WeChat gave none: `err_code` is its definite no, null means that nobody knows.',
  'query.answered': 'WeChat said something new about an unpaid payment: `told`.',
  'payment.paid': 'Settled, `by` notice or query.',
  'close.wished': 'A close is wished: no code is given out from here on.',
  'payment.closed': 'Closed at WeChat and here: `why`.',
  'money.recorded': 'Money came that no payment takes: `why`.',
  'refund.wished': 'An operator wants money to go back.',
  'refund.accepted': 'WeChat has taken the refund on.',
  'refund.succeeded': 'The money is back with the payer.',
  'refund.refused': 'WeChat refuses for now: `err_code`; it is asked again.',
  'refund.closed': 'Nothing went back and nothing will under this number: `why`.',
  'refund.changed': "The payer's card is dead, the money is with the merchant.",
  'refund.after-close': 'WeChat has carried out a refund that had ended without money.',
  'refund.other-amount': 'WeChat speaks of another amount under this number.',
  'delivery.done': 'The shop has taken a message.',
  'delivery.failed': 'It has not: `why`.',
  'delivery.dead': 'It has not for a day.',
  'delivery.replayed': 'An operator has sent a dead or delivered one again.',
  'anomaly.resolved': 'An operator has dealt with an anomaly: `note`.',
}).meta({ id: 'PayEventKind', examples: ['payment.paid'] });
export type PayEventKind = z.output<typeof PayEventKind>;

export const PayEvent = z
  .strictObject({
    event_id: Id.describe('The number of the event; later events have larger ones.'),
    kind: PayEventKind,
    actor: z.string().meta({
      description:
        'Who did it: `shopper`, `operator`, `wechat`, `clock` or `shop`, often with a name after ' +
        'a colon.',
      examples: ['wechat'],
    }),
    create_time: CreateTime,
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.null()])).meta({
      description: 'The facts of it; never a secret.',
      examples: [{ by: 'notice', total_fee: 5990 }],
    }),
  })
  .meta({ id: 'PayEvent', description: 'One thing that happened to a payment.' });
export type PayEvent = z.output<typeof PayEvent>;

const DeliveryState = Word('Whether the shop has it.', {
  PENDING: 'It is on its way, or tried again later.',
  DELIVERED: 'The shop has taken it.',
  DEAD: 'Given up after a day of tries; an operator can send it again.',
}).meta({ id: 'DeliveryState', examples: ['DEAD'] });

export const Delivery = z
  .strictObject({
    event_id: Id.describe('The number of the message: its `webhook-id`.'),
    type: z.enum(deliveryTypes).describe('What it tells; each type is one of the webhooks.'),
    out_trade_no: OutTradeNo,
    state: DeliveryState,
    tries: z
      .int()
      .min(0)
      .meta({ description: 'How often it was sent.', examples: [11] }),
    create_time: CreateTime,
    last_error: z
      .string()
      .nullable()
      .meta({
        description: 'Why the latest try failed, in a word; null: none has failed.',
        examples: ['HTTP 500'],
      }),
  })
  .meta({ id: 'Delivery', description: "A message to the shop's webhook." });
export type Delivery = z.output<typeof Delivery>;

export const Timeline = z
  .strictObject({
    events: z.array(PayEvent).describe('Oldest first, at most 200.'),
    cursor: NextCursor,
  })
  .meta({ id: 'Timeline', description: 'What happened to a payment, oldest first.' });
export const Anomalies = z
  .strictObject({ anomalies: z.array(Anomaly).describe('Newest first.'), cursor: NextCursor })
  .meta({ id: 'Anomalies', description: 'A page of anomalies, newest first.' });
export const Deliveries = z
  .strictObject({ deliveries: z.array(Delivery).describe('Newest first.'), cursor: NextCursor })
  .meta({ id: 'Deliveries', description: 'A page of messages to the shop, newest first.' });

/** What operators see and decide; a payment's own timeline is its owner's too. */
export const operator = service('order', {
  timeline: {
    summary: 'Everything that happened to a payment, oldest first.',
    input: Viewer.extend({ out_trade_no: OutTradeNo, cursor: Id.nullable() }),
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
