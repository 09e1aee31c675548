import { z } from 'zod';
import { bills } from './bills';
import { service } from './define';
import { PaymentBody } from './shop-order';
import {
  AnyOutTradeNo,
  CodeUrl,
  Dialect,
  Fen,
  Id,
  limitMsMax,
  Moment,
  Nothing,
  NoticeReply,
  OutRefundNo,
  RawNotice,
  Text,
  TotalFee,
  TransactionId,
  Word,
} from './values';
import { Done, No, Unknown } from './verdict';
import { WechatCheck } from './wechat-check';

const dialectNote = 'Says which API it is for; never sent.';

export const NativeRequestV2 = z
  .strictObject({
    dialect: z.literal('v2').describe(dialectNote),
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
  .meta({ id: 'NativeRequestV2', description: 'The business parameters of a unifiedorder call.' });
export type NativeRequestV2 = z.output<typeof NativeRequestV2>;

export const NativeRequestV3 = z
  .strictObject({
    dialect: z.literal('v3').describe(dialectNote),
    appid: z.string(),
    mchid: z.string(),
    description: z.string(),
    out_trade_no: Id,
    time_expire: z.string().optional().describe('RFC 3339 in Beijing time, +08:00.'),
    notify_url: z.string(),
    amount: z.strictObject({ total: TotalFee, currency: z.literal('CNY') }),
    scene_info: z.strictObject({ payer_client_ip: z.string() }),
  })
  .meta({ id: 'NativeRequestV3', description: "The body of APIv3's Native prepay." });
export type NativeRequestV3 = z.output<typeof NativeRequestV3>;

export const NativeRequest = z
  .discriminatedUnion('dialect', [NativeRequestV2, NativeRequestV3])
  .meta({
    id: 'NativeRequest',
    description:
      "What WeChat is sent to open a payment, in WeChat's names. It is frozen with the payment " +
      'before WeChat is asked: a repeat must send exactly these, or WeChat refuses it.',
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

export const News = z
  .discriminatedUnion('is', [
    z.strictObject({ is: z.literal('payment'), paid: Paid }),
    z.strictObject({
      is: z.literal('refund'),
      out_trade_no: AnyOutTradeNo.nullable(),
      out_refund_no: OutRefundNo,
      transaction_id: TransactionId.nullable(),
    }),
  ])
  .meta({
    id: 'News',
    description:
      'What a notice says. One of a refund only says which refund to ask about: v2 does not sign ' +
      'it, and its cipher can be tampered with, so nothing else of it is told.',
  });
export type News = z.output<typeof News>;

export const Account = z
  .strictObject({ dialect: Dialect, appid: z.string(), mch_id: z.string() })
  .meta({
    id: 'Account',
    description:
      'Whom a number of ours was told: WeChat knows it only together with its merchant. The ' +
      'dialect is the one in which it was told.',
  });
export type Account = z.output<typeof Account>;

const OfAccount = Account.nullable().describe(
  'Null if WeChat was never told: then the account of everything new.',
);

/** The payment to speak of, and whom it was opened for. */
const Trade = z.strictObject({ out_trade_no: Id, account: OfAccount });

/** One refund; `out_refund_no` makes a repeat the same refund. */
const refund = {
  out_trade_no: Id,
  transaction_id: TransactionId.describe(
    "WeChat's number of the money that goes back: a payment may have been paid twice.",
  ),
  out_refund_no: OutRefundNo,
  total_fee: TotalFee.describe('Fen that WeChat received with this transaction.'),
  refund_fee: TotalFee.describe('Fen to give back of it.'),
};

export const RefundRequest = z
  .strictObject({
    ...Account.shape,
    ...refund,
    reason: z.string().describe('Shown to the payer; as long as WeChat takes it.'),
    notify_url: z.string(),
  })
  .meta({
    id: 'RefundRequest',
    description:
      'All that is said of one refund in either dialect. It is frozen with the refund before ' +
      'WeChat is asked: a repeat says exactly these again.',
  });
export type RefundRequest = z.output<typeof RefundRequest>;

export const RefundStatus = Word("The state of a refund, in WeChat's words.", {
  PROCESSING: 'It is recorded, and has not ended; WeChat may not have accepted it yet.',
  SUCCESS: 'The money is back with the payer.',
  REFUNDCLOSE: 'It has ended, and nothing went back.',
  CHANGE: "The payer's card is dead and the money is with the merchant: an operator pays it out.",
}).meta({ id: 'RefundStatus' });
export type RefundStatus = z.output<typeof RefundStatus>;

/** The money that a refund gives back, as WeChat received it. */
export const RefundMoney = z.strictObject({
  out_trade_no: AnyOutTradeNo,
  transaction_id: TransactionId,
  total_fee: Fen,
});

/** Milliseconds that a caller waits for a call that asks WeChat. */
const wechatMsMax = 9_000;
/** Half of what a caller of `order.searchPayLog` waits: the other half is the database's. */
const prepareMsMax = limitMsMax / 2;

/** What the pay service answers about payments, refunds and notices. */
export const dealings = service('pay', {
  prepareNative: {
    summary:
      'Makes the request that WeChat will see, in the dialect of everything new. Pure: asks ' +
      'nobody. `expire_time` null: no expiry; where it is nearer to `now` than WeChat takes, ' +
      'WeChat is told a later one.',
    input: z.strictObject({
      out_trade_no: Id,
      total_fee: TotalFee,
      create_time: Moment,
      expire_time: Moment.nullable(),
      now: Moment,
      body: PaymentBody.optional().describe("What the payer reads; by default the shop's name."),
    }),
    output: NativeRequest,
    limitMsMax: prepareMsMax,
    repeatable: true,
  },
  createNative: {
    summary:
      'Asks WeChat for the code of a payment (unifiedorder). Safe to repeat with the same ' +
      'request. `no` with DIALECT_GONE: the keys of its dialect are not there any more.',
    input: NativeRequest,
    output: z.discriminatedUnion('outcome', [Done.extend({ code_url: CodeUrl }), No, Unknown]),
    limitMsMax: wechatMsMax,
    // The request is frozen: a repeat is the same payment, and nobody saw a code that was lost. But
    // WeChat ends a code by the next one: a service that had stood still would end a code in use.
    repeatable: true,
    whileAwaited: true,
  },
  queryPayStatus: {
    summary:
      'What WeChat knows of a payment (orderquery). `paid` is there when money was received;' +
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
    repeatable: true,
  },
  closeOrder: {
    summary: 'closeorder: after a success the payment cannot be paid any more.',
    input: Trade,
    output: z.discriminatedUnion('outcome', [Done, No, Unknown]),
    limitMsMax: wechatMsMax,
  },
  readNotice: {
    summary:
      'Verifies and reads a notice of either kind and either dialect. `news` null: it is not ' +
      "WeChat's, or means nothing here; then `reply` is to be given at once. Else `reply` is to " +
      'be given once the news is durably taken care of.',
    input: RawNotice,
    output: z.strictObject({ news: News.nullable(), reply: NoticeReply }),
    limitMsMax,
    repeatable: true,
  },
  prepareRefund: {
    summary:
      'Makes the request for a refund, in the dialect of everything new. Pure: asks nobody. ' +
      '`account`: whom the payment was opened for.',
    input: z.strictObject({ ...refund, reason: z.string(), account: OfAccount }),
    output: RefundRequest,
    limitMsMax,
    repeatable: true,
  },
  refund: {
    summary:
      'Asks WeChat for a refund, which accepts it (a success is not yet money back). A repeat ' +
      'is the same refund.',
    input: RefundRequest,
    output: z.discriminatedUnion('outcome', [Done.extend({ refund_id: z.string() }), No, Unknown]),
    limitMsMax: wechatMsMax,
  },
  queryRefund: {
    summary:
      'What became of one refund (refundquery). `out_trade_no` null: it was not made here, and ' +
      '`money` of the answer says whose it is.',
    input: Trade.extend({
      out_trade_no: Id.nullable(),
      out_refund_no: OutRefundNo,
      timed: z
        .literal(true)
        .optional()
        .describe('Asks for `success_time`, which release 0.1.0 would refuse.'),
    }),
    output: z.discriminatedUnion('outcome', [
      z.strictObject({
        outcome: z.literal('success'),
        refund_status: RefundStatus,
        refund_fee: Fen,
        refund_id: z.string(),
        money: RefundMoney.nullable().describe('Null: it cannot be read.'),
        success_time: Moment.optional().describe('Missing: WeChat did not say, or was not asked.'),
      }),
      No,
      Unknown,
    ]),
    limitMsMax: wechatMsMax,
    repeatable: true,
  },
  checkWechat: {
    summary: 'Finds out, by asking WeChat, whether the configuration is right. Moves no money.',
    input: Nothing,
    output: WechatCheck,
    limitMsMax: 2 * wechatMsMax,
  },
});

/** Everything that the pay service answers, slice by slice: what a client of it can call. */
export const payService = service('pay', { ...dealings.methods, ...bills.methods });
