import { z } from 'zod';
import { service } from './define';
import {
  AnyOutTradeNo,
  CodeUrl,
  Fen,
  Id,
  limitMsMax,
  Moment,
  OutRefundNo,
  RawNotice,
  Text,
  TotalFee,
  TransactionId,
  Word,
} from './values';

export const NativeRequest = z
  .strictObject({
    appid: z.string(),
    mch_id: z.string(),
    device_info: z.string(),
    body: z.string(),
    out_trade_no: Id,
    fee_type: z.literal('CNY'),
    total_fee: z.string().regex(/^[1-9][0-9]{0,8}$/),
    spbill_create_ip: z.string(),
    time_start: z.string().describe('Beijing time, yyyyMMddHHmmss.'),
    time_expire: z.string().optional(),
    notify_url: z.string(),
    trade_type: z.literal('NATIVE'),
    product_id: z.string(),
  })
  .meta({
    id: 'NativeRequest',
    description:
      "The business parameters of a unifiedorder call, in WeChat's names. It is frozen with the " +
      'payment before WeChat is asked: a repeat must send exactly these, or WeChat refuses it.',
  });
export type NativeRequest = z.output<typeof NativeRequest>;

export const Paid = z
  .strictObject({
    out_trade_no: AnyOutTradeNo,
    transaction_id: TransactionId,
    total_fee: Fen.describe('Fen; not yet compared with anything.'),
    fee_type: Text(16).describe(
      'CNY; anything else, three letters by ISO 4217, is for an operator.',
    ),
    pay_time: Moment,
  })
  .meta({
    id: 'Paid',
    description:
      'What WeChat says of money that it has received. It is compared with what was asked for.',
  });
export type Paid = z.output<typeof Paid>;

/** The states in which WeChat has received the payer's money, even if some of it went back. */
export const paidStates: readonly string[] = ['SUCCESS', 'REFUND'];

/** WeChat refused: a signed answer with an `err_code`, never a guess. */
const No = z.strictObject({
  outcome: z.literal('no'),
  err_code: z.string(),
  err_code_des: z.string(),
});
/** Nobody can say what WeChat did: time-out, 5xx, SYSTEMERROR, bad signature, bad XML. */
const Unknown = z.strictObject({ outcome: z.literal('unknown'), reason: z.string() });

/** Whose number of ours it is: WeChat knows a number only together with its merchant. */
const Merchant = z.strictObject({ appid: z.string(), mch_id: z.string() });

/** The payment to speak of, and the merchant it was opened for (null: never asked for). */
const Trade = z.strictObject({
  out_trade_no: Id,
  merchant: Merchant.nullable(),
});

export const RefundRequest = z
  .strictObject({
    out_trade_no: Id,
    transaction_id: TransactionId.describe(
      "WeChat's number of the money that goes back: a payment may have been paid twice.",
    ),
    out_refund_no: OutRefundNo,
    total_fee: TotalFee.describe('Fen that WeChat received with this transaction.'),
    refund_fee: TotalFee.describe('Fen to give back of it.'),
    reason: z.string().describe('Shown to the payer.'),
    merchant: Merchant.nullable(),
  })
  .meta({
    id: 'RefundRequest',
    description:
      'One refund as WeChat sees it. `out_refund_no` makes a repeat the same refund, so a repeat ' +
      'sends exactly these again.',
  });
export type RefundRequest = z.output<typeof RefundRequest>;

export const RefundStatus = Word("The state of a refund, in WeChat's words.", {
  PROCESSING: 'It is on its way.',
  SUCCESS: 'The money is back with the payer.',
  REFUNDCLOSE: 'It has ended, and nothing went back.',
  CHANGE: "The payer's card is dead and the money is with the merchant: an operator pays it out.",
}).meta({ id: 'RefundStatus' });
export type RefundStatus = z.output<typeof RefundStatus>;

/** Milliseconds that a caller waits for a call that asks WeChat. */
const wechatMsMax = 9_000;
/** Half of what a caller of `order.searchPayLog` waits: the other half is the database's. */
const prepareMsMax = limitMsMax / 2;

export const payService = service('pay', {
  prepareNative: {
    summary:
      'Makes the request that WeChat will see. Pure: asks nobody. `expire_time` null: no ' +
      'expiry.',
    input: z.strictObject({
      out_trade_no: Id,
      total_fee: TotalFee,
      create_time: Moment,
      expire_time: Moment.nullable(),
    }),
    output: NativeRequest,
    limitMsMax: prepareMsMax,
  },
  createNative: {
    summary:
      'unifiedorder: asks WeChat for the code of a payment. Safe to repeat with the same ' +
      'request.',
    input: NativeRequest,
    output: z.discriminatedUnion('outcome', [
      z.strictObject({ outcome: z.literal('success'), code_url: CodeUrl }),
      No,
      Unknown,
    ]),
    limitMsMax: wechatMsMax,
  },
  queryPayStatus: {
    summary:
      'orderquery: what WeChat knows of a payment. `paid` is there when money was received;' +
      ' if it is missing although `trade_state` says SUCCESS or REFUND, nobody can read how' +
      ' much or when.',
    input: Trade,
    output: z.discriminatedUnion('outcome', [
      z.strictObject({
        outcome: z.literal('success'),
        trade_state: z
          .string()
          .describe("WeChat's word: NOTPAY, SUCCESS, REFUND, CLOSED, USERPAYING, PAYERROR ..."),
        paid: Paid.nullable(),
      }),
      No,
      Unknown,
    ]),
    limitMsMax: wechatMsMax,
  },
  closeOrder: {
    summary: 'closeorder: after a success the payment cannot be paid any more.',
    input: Trade,
    output: z.discriminatedUnion('outcome', [
      z.strictObject({ outcome: z.literal('success') }),
      No,
      Unknown,
    ]),
    limitMsMax: wechatMsMax,
  },
  readNotice: {
    summary:
      "Verifies and reads a payment notice. `paid` null: not WeChat's, or about no money; " +
      'then `reply` is a FAIL. Else `reply` is the SUCCESS to give once the payment is ' +
      'durably taken care of.',
    input: RawNotice,
    output: z.strictObject({ paid: Paid.nullable(), reply: z.string() }),
    limitMsMax,
  },
  refund: {
    summary:
      'refund: WeChat accepts it (a success is not yet money back). A repeat is the same ' +
      'refund.',
    input: RefundRequest,
    output: z.discriminatedUnion('outcome', [
      z.strictObject({ outcome: z.literal('success'), refund_id: z.string() }),
      No,
      Unknown,
    ]),
    limitMsMax: wechatMsMax,
  },
  queryRefund: {
    summary: 'refundquery: what became of one refund.',
    input: RefundRequest.pick({ out_trade_no: true, out_refund_no: true, merchant: true }),
    output: z.discriminatedUnion('outcome', [
      z.strictObject({
        outcome: z.literal('success'),
        refund_status: RefundStatus,
        refund_fee: Fen,
        refund_id: z.string(),
      }),
      No,
      Unknown,
    ]),
    limitMsMax: wechatMsMax,
  },
  readRefundNotice: {
    summary:
      'Decrypts and reads a refund notice. It only says which refund to ask about: its ' +
      'cipher can be tampered with, so nothing else of it is believed. `out_refund_no` ' +
      "null: not WeChat's; then `reply` is the one FAIL that every bad notice gets.",
    input: RawNotice,
    output: z.strictObject({ out_refund_no: OutRefundNo.nullable(), reply: z.string() }),
    limitMsMax,
  },
});
