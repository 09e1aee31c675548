import { z } from 'zod';
import { service } from './define';
import { NativeRequest } from './pay';
import { MerchantOrderNo, Metadata, PaymentBody, ReturnUrl } from './shop-order';
import {
  CodeUrl,
  CreateTime,
  Fen,
  Id,
  limitMsMax,
  Moment,
  NextCursor,
  Nothing,
  OrderList,
  OutTradeNo,
  Owner,
  Page,
  Payer,
  PayKeyHash,
  TotalFee,
  TransactionId,
  UserId,
  userIdLengthMax,
  Viewer,
  Word,
} from './values';

export const TradeState = Word("The state of a payment, in WeChat's words.", {
  NOTPAY: 'Not paid yet.',
  SUCCESS: 'Paid, and so are its orders; nothing has gone back.',
  REFUND: 'Paid, and then refunded, partly or fully: see `refund_fee`.',
  CLOSED:
    'Closed without being paid; it cannot be paid any more. If money came after the close, it ' +
    'stays CLOSED, but has a `transaction_id`, and a `refund_fee` when the money has gone back.',
}).meta({ id: 'TradeState', examples: ['SUCCESS'] });
export type TradeState = z.output<typeof TradeState>;

export const Payment = z
  .strictObject({
    out_trade_no: OutTradeNo,
    user_id: UserId.describe('Who pays.'),
    total_fee: Fen.describe('The amount to pay, in fen.'),
    trade_state: TradeState,
    pay_type: Word('How it is paid.', { '1': 'WeChat.', '2': 'Alipay.', '3': 'Bank.' }),
    transaction_id: TransactionId.nullable().describe(
      "WeChat's number of the transaction; null until money has come.",
    ),
    create_time: CreateTime,
    expire_time: Moment.meta({
      description: 'When it will be closed if it is not paid.',
      examples: ['2026-09-30T02:47:00.000Z'],
    }),
    closing: z.boolean().meta({
      description:
        'Whether it is being closed: somebody asked for it, or its time is over. It has no code.',
      examples: [false],
    }),
    held: z.boolean().meta({
      description:
        'Whether WeChat has received money for it that it cannot take, another amount for ' +
        'instance, or that came after the close and does not go back by itself: the shop must ' +
        'look into it, and nobody should pay it again. It has no code.',
      examples: [false],
    }),
    unknown_time: Moment.nullable().meta({
      description:
        'While it is `NOTPAY`: since when WeChat cannot be asked about it, so that nobody knows ' +
        "whether it is paid. Null: WeChat's latest answer is known.",
      examples: [null],
    }),
    pay_time: Moment.nullable().describe('When WeChat received the money; null until then.'),
    order_list: OrderList,
    refund_fee: Fen.meta({ description: 'What has been refunded so far, in fen.', examples: [0] }),
    // A gateway of the first release takes no member that it does not know: these are left out
    // where they are null, and a gateway of now puts them in again.
    merchant_order_no: MerchantOrderNo.nullable()
      .default(null)
      .meta({
        description: "The shop's own number of the order; null for the payment of a cart.",
        examples: [null],
      }),
    body: PaymentBody.nullable()
      .default(null)
      .meta({
        description: 'What the payer reads; null for the payment of a cart.',
        examples: [null],
      }),
    metadata: Metadata.nullable()
      .default(null)
      .meta({
        description:
          'What the shop wants to be told again; null if it said nothing, and for whoever only ' +
          'pays.',
        examples: [null],
      }),
    return_url: ReturnUrl.nullable()
      .default(null)
      .meta({
        description: 'Where the page leads the payer once it is paid or closed; null: nowhere.',
        examples: [null],
      }),
  })
  .meta({
    id: 'Payment',
    description:
      'A payment (one row of `tb_paylog`): one amount that pays orders of a cart, or an order of ' +
      "the shop's own.",
  });
export type Payment = z.output<typeof Payment>;
/** The same as the order service answers it. */
export type ToldPayment = z.input<typeof Payment>;

/** What of a payment is told, when it changes, to those who wait for it while it is `NOTPAY`. */
export const toldMembers = ['trade_state', 'closing', 'held'] as const satisfies (keyof Payment)[];

/** What an operator or auditor looks for; nothing is as good as no word. */
export const Search = z
  .string()
  .trim()
  .max(userIdLengthMax)
  .meta({
    id: 'Search',
    description:
      'For operators and auditors: only payments that have exactly this: an `out_trade_no`, ' +
      '`transaction_id` (also of money that came late or twice), `order_id`, `out_refund_no`, ' +
      '`merchant_order_no`, `user_id`, or the phone number of a receiver, however it is written. ' +
      'Blanks around it do not count, nor what parts the groups of 10 or more digits.',
    examples: ['13800138000'],
  });

/** Whether the payer's money has paid the orders, even if some or all of it went back since. */
export function isPaid({ trade_state }: Pick<Payment, 'trade_state'>): boolean {
  return trade_state === 'SUCCESS' || trade_state === 'REFUND';
}

export const Payments = z
  .strictObject({ payments: z.array(Payment).describe('Newest first.'), cursor: NextCursor })
  .meta({ id: 'Payments', description: 'A page of payments, newest first.' });

const oneOf = Viewer.extend({ out_trade_no: Id });

/** Payments: their codes and their states. */
export const payments = service('order', {
  openPayment: {
    summary:
      "Opens a payment for an order of a shop's own, of which `user_id` is the shop. The same " +
      'number with the same content is the same payment, unless that was closed unpaid. ' +
      '`key_kept`: the key is good for it from now on, beside those of before.',
    input: Owner.extend({
      merchant_order_no: MerchantOrderNo,
      total_fee: TotalFee,
      body: PaymentBody,
      payer: UserId,
      return_url: ReturnUrl.nullable(),
      metadata: Metadata.nullable(),
      pay_key_hash: PayKeyHash.describe('Of a key that the caller has drawn for `pay_url`.'),
    }),
    output: z.strictObject({ is_new: z.boolean(), key_kept: z.boolean(), payment: Payment }),
    errors: ['payment/number-reused'],
    limitMsMax,
  },
  searchPayLog: {
    summary:
      "The lesson's searchPayLogFromRedis: the named payment, or the user's newest unpaid one " +
      'that nobody wishes closed, one that is held only if there is no other. ' +
      '`code`: it has a live code. `claimed`: it has none, and this caller alone may ask WeChat ' +
      'for one, with exactly this request; `order.keepCode` ends the claim, or it runs out. ' +
      '`wait`: somebody else is asking; search again. `nothing`: there is nothing to pay. ' +
      'wechat/refused: WeChat has lately refused it, or has money for it that does not fit. ' +
      'wechat/unavailable: its code was asked for by another appid or mch_id, so that nobody can ' +
      'ask WeChat about it.',
    input: Payer.extend({
      out_trade_no: Id.nullable(),
      attempt: Id.optional().describe(
        'The number of the claim that this search may make. Whoever heard no answer searches ' +
          'again with the same number, and gets its own claim back; after `claimed` it draws a ' +
          'new one. Without it the order service draws one.',
      ),
    }),
    output: z.discriminatedUnion('state', [
      z.strictObject({ state: z.literal('nothing') }),
      z.strictObject({
        state: z.literal('code'),
        out_trade_no: Id,
        total_fee: TotalFee,
        code_url: CodeUrl,
      }),
      z.strictObject({
        state: z.literal('claimed'),
        out_trade_no: Id,
        total_fee: TotalFee,
        attempt: Id.describe('The number of the claim.'),
        request: NativeRequest,
      }),
      z.strictObject({ state: z.literal('wait'), out_trade_no: Id }),
    ]),
    errors: ['payment/not-found', 'wechat/refused', 'wechat/unavailable'],
    limitMsMax,
  },
  keepCode: {
    summary:
      "Ends a claim: keeps the code, or (null) gives the claim back. `no` is WeChat's definite " +
      'no. `kept`: the code may be shown; if not, the claim was stale, or the payment ' +
      'cannot be paid any more.',
    input: z.strictObject({
      out_trade_no: Id,
      attempt: Id,
      code_url: CodeUrl.nullable(),
      no: z.strictObject({ err_code: z.string(), err_code_des: z.string() }).nullable(),
      why: z.string().optional().describe('With neither: what came instead of an answer.'),
    }),
    output: z.strictObject({ kept: z.boolean() }),
    limitMsMax,
  },
  listPayments: {
    summary:
      'A page of payments whose `create_time` is at or after `from` (inclusive) and before `to`; ' +
      'for operators and auditors of one `payer`, or all that `q` names.',
    input: Viewer.extend({
      ...Page,
      trade_state: TradeState.nullable(),
      from: Moment.nullable(),
      to: Moment.nullable(),
      payer: UserId.optional().describe('For operators and auditors: only payments of this user.'),
      q: Search.optional(),
      merchant_order_no: MerchantOrderNo.optional().describe(
        "For shops: only the payment that the user's own number means now.",
      ),
      metadata: z.literal(false).optional().describe('It is left out, for it may be long.'),
    }),
    output: Payments,
    limitMsMax,
    repeatable: true,
    list: true,
  },
  getPayment: {
    summary:
      "One payment; another user's payment is not found, unless it is one's own to sell, or its " +
      'key is brought.',
    input: Payer.extend({ operator: Viewer.shape.operator, out_trade_no: Id }),
    output: Payment,
    errors: ['payment/not-found'],
    limitMsMax,
    repeatable: true,
  },
  lookPayments: {
    summary:
      'Of these payments those that are no longer NOTPAY, or are closing, or held. Who may see ' +
      'them is for the caller to know.',
    input: z.strictObject({ out_trade_nos: z.array(Id).max(200) }),
    output: z.array(Payment),
    limitMsMax,
    repeatable: true,
  },
  watchSettled: {
    summary:
      'A stream that says when a payment leaves NOTPAY, when somebody wishes it closed, and when ' +
      'it is held. A message may be lost: look again from time to time.',
    input: Nothing,
    output: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('settled'), out_trade_no: Id }),
      z.strictObject({ kind: z.literal('heartbeat') }),
    ]),
    limitMsMax: 15_000,
    stream: true,
  },
  askWechat: {
    summary:
      'Asks WeChat now what it knows of a payment, and of its refunds that are in progress; and ' +
      'does what follows.',
    input: Owner.extend({ out_trade_no: OutTradeNo }),
    output: Payment,
    errors: ['payment/not-found'],
    limitMsMax: 20_000,
  },
  closePayment: {
    summary:
      'Closes an unpaid payment, at WeChat and then here. `waiting`: it cannot be closed yet; it ' +
      'will be closed later.',
    input: oneOf,
    output: z.strictObject({ state: z.enum(['closed', 'waiting']), payment: Payment }),
    errors: ['payment/not-found', 'payment/already-paid'],
    limitMsMax: 20_000,
  },
});
