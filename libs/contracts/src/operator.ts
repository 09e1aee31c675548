import { z } from 'zod';
import { service } from './define';
import { PersonText } from './person-text';
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
  Viewer,
  Word,
} from './values';
import { deliveryTypes } from './webhooks';

export const Note = PersonText(200).meta({
  id: 'Note',
  description: 'What an operator did about an anomaly.',
  examples: ['已在商户平台退款'],
});

export const AnomalyKind = Word('What an operator has to decide about.', {
  'unknown-number': 'WeChat received money for an `out_trade_no` that is not in the database.',
  'other-amount':
    'WeChat received another amount than the payment asked for. Look first whether this very ' +
    'transaction has paid the payment since: then WeChat was heard wrongly.',
  'other-currency': 'WeChat received another currency than CNY. Look first, as above.',
  'transaction-reused': 'WeChat reports a transaction for this payment that paid another one.',
  'unreadable-money': 'WeChat says that it is paid, but its amount, time or number is not valid.',
  'code-refused':
    'WeChat refuses to open the payment: `err_code`. Nobody can pay it. WeChat is asked again ' +
    'when the shopper comes again after a minute, or after this is resolved.',
  'lasting-unknown':
    'For an hour nobody could say what WeChat did or knows about this payment: it did not ' +
    'answer, or not clearly. It is asked again and again; `err_code_des` is what came last.',
  'orders-moved': 'The money is right, but not all orders of the payment are unpaid.',
  'refund-refused': 'WeChat refuses a refund for now; it is asked again.',
  'refund-closed':
    'A refund has ended without money going back. Of money that came too late or twice ' +
    '`total_fee` is what is still to go back.',
  'refund-changed': "The payer's card or account is not valid; the merchant has the money.",
  'refund-other-amount': 'WeChat has a refund with this number, but with another amount.',
  'refund-lasting-unknown':
    'For an hour nobody could say what WeChat did or knows about a refund. It is asked again; ' +
    '`err_code_des` is what came last.',
  'refund-elsewhere':
    'A refund was made elsewhere, in the merchant console for instance. It is counted, as soon ' +
    'as refunds of ours leave room for it; never, if it is of money that its payment did not ' +
    'take. With no `transaction_id`: WeChat, asked about a paid payment, says that money went ' +
    'back, not how much nor by which refund, and none here can be meant. That one ends when a ' +
    'refund of elsewhere comes into the books, by its notice or the daily bill.',
  'refund-after-close': 'A refund that had ended without money has reached the payer after all.',
  'bill-state': "WeChat's bill has a payment as paid, and WeChat, asked about it, does not say so.",
  'bill-channel-only':
    "WeChat's bill has a payment of a number that is not in the database: of another program " +
    'of the same merchant, or our books have lost it.',
  'bill-local-only':
    'A payment that is paid here is in no bill, and WeChat, asked about it, does not confirm it.',
  'bill-amount': "WeChat's bill has a payment with another amount or currency.",
  'bill-transaction': "WeChat's bill has another or a second transaction for it.",
  'bill-refund-failed': "A refund has failed in WeChat's bill only, or here only.",
  'bill-refund-channel-only': "WeChat's bill has a refund that is not in the database.",
  'bill-refund-local-only':
    'A refund that WeChat had accepted is in no bill, and WeChat does not confirm it.',
  'bill-refund-amount': "WeChat's bill has a refund with another amount.",
  'bill-totals':
    "WeChat's bill of a day is not whole: nothing was compared. `out_trade_no` is the day.",
}).meta({ id: 'AnomalyKind', examples: ['refund-changed'] });
export type AnomalyKind = z.output<typeof AnomalyKind>;

const AnomalyState = Word('Whether somebody has dealt with it.', {
  OPEN: 'It waits for an operator.',
  RESOLVED: 'An operator has dealt with it, or it has ended by itself: `note`.',
}).meta({ id: 'AnomalyState' });

export const Anomaly = z
  .strictObject({
    anomaly_id: Id.describe('The number of the anomaly.'),
    kind: AnomalyKind,
    out_trade_no: AnyOutTradeNo.meta({
      description: 'The number as WeChat reported it; there may be no such payment here.',
      examples: ['281604172903043072'],
    }),
    transaction_id: z.string().meta({
      description:
        "WeChat's number of the transaction; for what is about a refund, `out_refund_no`. Empty: " +
        'WeChat has told none.',
      examples: ['281604172903043072-op-1'],
    }),
    total_fee: Fen.describe(
      'The amount as WeChat reported it: in fen, or in the smallest unit of `fee_type`. Of a ' +
        '`refund-elsewhere` without a number 0: WeChat has told none.',
    ),
    fee_type: z.string().meta({ description: 'The currency, by ISO 4217.', examples: ['CNY'] }),
    err_code: z
      .string()
      .nullable()
      .meta({ description: "WeChat's `err_code`; null: it refused nothing.", examples: [null] }),
    err_code_des: z
      .string()
      .nullable()
      .meta({ description: "WeChat's explanation of `err_code`.", examples: [null] }),
    state: AnomalyState,
    note: z.string().meta({
      description:
        'What operators did about it, or why it has ended by itself, a line for each note; empty ' +
        'before the first. While it is OPEN they are of before: it has opened again since.',
      examples: [''],
    }),
    create_time: CreateTime,
  })
  .meta({
    id: 'Anomaly',
    description: 'Something about money that a program cannot decide: an operator must.',
  });
export type Anomaly = z.output<typeof Anomaly>;

export const PayEventKind = Word('What happened, and what is in `detail`.', {
  'payment.created':
    'A checkout made the payment: `total_fee`, `order_list`. Or a shop opened it for an order of ' +
    'its own: `total_fee`, `merchant_order_no`.',
  'code.asked': 'A code is being asked for at WeChat.',
  'code.given': 'WeChat gave a code.',
  'code.failed':
    'WeChat gave no code: `err_code` and `err_code_des` say why it refused. `err_code` null: ' +
    'nobody knows what it did, and `err_code_des` is what came instead of an answer.',
  'query.answered':
    'WeChat gave a new answer about an unpaid payment, or none (`actor` is `service`): `told`; ' +
    '`err_code_des` explains a refusal. Of a paid one: `told` is `REFUND`, and no refund here ' +
    'can be meant.',
  'query.wished': 'An operator has had WeChat asked at once.',
  'payment.paid': 'The payment is settled: `by` notice or query.',
  'close.wished': 'Closing has been asked for: no code is given out from now on.',
  'payment.closed': 'The payment is closed, at WeChat and here: `why`.',
  'money.recorded': 'Money came that does not pay this payment: `why`.',
  'refund.wished': 'An operator has asked for a refund.',
  'refund.elsewhere':
    'A refund was made elsewhere, in the merchant console for instance: `refund_fee`.',
  'refund.accepted': 'WeChat has accepted the refund.',
  'refund.succeeded': 'The payer has the money back.',
  'refund.refused':
    'WeChat refuses the refund for now: `err_code`, `err_code_des`. It is asked again.',
  'refund.closed': 'The refund has ended without money going back: `why`.',
  'refund.changed': "The payer's card or account is not valid; the merchant has the money.",
  'refund.after-close': 'WeChat has carried out a refund that had ended without money going back.',
  'refund.other-amount': 'WeChat has a refund with this number, but with another amount.',
  'receiver.forgotten': 'The receivers of its orders have been made unreadable.',
  'delivery.done': 'The shop has accepted a message.',
  'delivery.failed': 'The shop has not accepted a message: `why`. It is sent again.',
  'delivery.dead': 'The shop has not accepted a message for a day. It is not sent again.',
  'delivery.replayed': 'An operator has sent a dead or delivered message again.',
  'anomaly.resolved':
    'An operator has dealt with an anomaly, or it has ended by itself (`actor` is `service`): ' +
    '`note`.',
}).meta({ id: 'PayEventKind', examples: ['payment.paid'] });
export type PayEventKind = z.output<typeof PayEventKind>;

export const PayEvent = z
  .strictObject({
    event_id: Id.describe('The number of the event; later events have larger ones.'),
    kind: PayEventKind,
    actor: z.string().meta({
      description:
        'Who did it: `shopper`, `operator`, `wechat`, `clock`, `shop`, or (where WeChat gave no ' +
        'answer, or nobody had to decide any more) `service`: one of ours. Often with a name ' +
        'after a colon.',
      examples: ['wechat'],
    }),
    create_time: CreateTime,
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.null()])).meta({
      description: 'The facts; never a secret.',
      examples: [{ by: 'notice', total_fee: 5990 }],
    }),
  })
  .meta({ id: 'PayEvent', description: 'One thing that happened to a payment.' });
export type PayEvent = z.output<typeof PayEvent>;

const DeliveryState = Word('Whether the shop has the message.', {
  PENDING: 'It is being sent, or will be sent again.',
  DELIVERED: 'The shop has accepted it.',
  DEAD: 'It is not sent any more, after a day of tries; an operator can send it again.',
}).meta({ id: 'DeliveryState', examples: ['DEAD'] });

export const Delivery = z
  .strictObject({
    event_id: Id.describe('The number of the message: its `webhook-id`.'),
    type: z.enum(deliveryTypes).describe('The type of the message: one of the webhooks.'),
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
        description: 'Why the latest failed try failed; null: no try has failed.',
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

/** What operators see and decide; the owner of a payment sees its timeline, too. */
export const operator = service('order', {
  timeline: {
    summary:
      'What happened to a payment, oldest first. Only operators see the messages to the shop, ' +
      'the notes about anomalies, and which operator it was.',
    input: Viewer.extend({ out_trade_no: OutTradeNo, cursor: Id.nullable() }),
    output: Timeline,
    errors: ['payment/not-found'],
    limitMsMax,
    repeatable: true,
    list: true,
  },
  listAnomalies: {
    summary: 'The anomalies: what an operator has to decide, or has decided.',
    input: z.strictObject({
      ...Page,
      state: Anomaly.shape.state.nullable(),
      out_trade_no: AnyOutTradeNo.optional(),
    }),
    output: Anomalies,
    limitMsMax,
    repeatable: true,
    list: true,
  },
  resolveAnomaly: {
    summary: 'Marks an anomaly as dealt with, and adds the note that says how to the others.',
    input: Owner.extend({ anomaly_id: Id, note: Note }),
    output: Anomaly,
    errors: ['anomaly/not-found'],
    limitMsMax,
  },
  listDeliveries: {
    summary: "The messages to the shop's webhook.",
    input: z.strictObject({
      ...Page,
      state: Delivery.shape.state.nullable(),
      out_trade_no: OutTradeNo.optional(),
      payment_paid: z
        .literal(true)
        .optional()
        .describe('Also `payment.paid`: a gateway of the first release does not know that type.'),
    }),
    output: Deliveries,
    limitMsMax,
    repeatable: true,
    list: true,
  },
  replayDelivery: {
    summary:
      'Sends a dead or delivered message again, and starts its retries from the beginning. A ' +
      'pending message is not changed.',
    input: Owner.extend({ event_id: Id }),
    output: Delivery,
    errors: ['delivery/not-found'],
    limitMsMax,
  },
});
