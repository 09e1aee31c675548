import { z } from 'zod';
import { service } from './define';
import { Fen, Moment, Whole, Word } from './values';
import { No, Unknown } from './verdict';

export const BillDay = z.iso.date().meta({
  id: 'BillDay',
  description: 'A day in Beijing, yyyy-MM-dd.',
  examples: ['2026-09-30'],
});

const hashExample = '3f786850e387550fdab836ed7e6dc881de23001b';

export const BillHash = z
  .string()
  .regex(/^[0-9a-f]{40}$/)
  .meta({
    id: 'BillHash',
    description:
      'SHA1 of the unzipped file, 40 hex digits: the same in both dialects, and WeChat names it ' +
      'in v3. It is what tells one file of a day from another.',
    examples: [hashExample],
  });

/** What a cell of the file holds: of other programs of the merchant too, so it may be any text. */
const Cell = z.string().max(64);
/** An amount that may be below nothing: fees go back with a refund. */
const SignedFen = z.int().describe('Fen, negative when it goes back to the merchant.');

export const BillRow = z
  .strictObject({
    type: Word('What the row tells of.', {
      payment: '交易状态 is SUCCESS.',
      refund: '交易状态 is REFUND. The payment is the one that is refunded, of any day.',
      other: 'Neither, REVOKED for instance: `state` is the word of 交易状态.',
    }),
    time: Moment.describe('交易时间, of a refund when WeChat accepted it; with +08:00.'),
    transaction_id: Cell.describe('微信订单号, of a refund that of the payment.'),
    out_trade_no: Cell.describe('商户订单号, likewise; of any program of the merchant.'),
    trade_type: Cell.describe('交易类型: NATIVE, JSAPI ...'),
    refund_id: Cell.nullable().describe('微信退款单号; null: it is no refund.'),
    out_refund_no: Cell.nullable().describe('商户退款单号; null: it is no refund.'),
    fee: Fen.describe(
      "Of a payment 订单金额, WeChat's `amount.total`; of a refund 申请退款金额, its " +
        '`amount.refund`. Of `other` the latter if it has an `out_refund_no`.',
    ),
    settlement_fee: Fen.describe('What is settled: 应结订单金额, of a refund 退款金额.'),
    coupon_fee: Fen.describe('代金券金额, of a refund 充值券退款金额.'),
    state: Cell.describe(
      'Of a payment SUCCESS; of a refund 退款状态: SUCCESS, PROCESSING, FAIL or CHANGE, as it was ' +
        'when the file was made. Any other word is as it came.',
    ),
    service_fee: SignedFen,
    fee_type: Cell.describe('货币种类: CNY.'),
  })
  .meta({
    id: 'BillRow',
    description: 'One row of a trade bill (交易账单).',
    examples: [
      {
        type: 'payment',
        time: '2026-09-30T10:17:33+08:00',
        transaction_id: '4200002001202609300000000001',
        out_trade_no: '281604172903043072',
        trade_type: 'NATIVE',
        refund_id: null,
        out_refund_no: null,
        fee: 5990,
        settlement_fee: 5990,
        coupon_fee: 0,
        state: 'SUCCESS',
        service_fee: 36,
        fee_type: 'CNY',
      },
    ],
  });
export type BillRow = z.output<typeof BillRow>;

export const BillTotals = z
  .strictObject({
    rows: z.int().min(0).describe('How many rows the file has.'),
    order_fee: Fen.describe('订单总金额: of all payments.'),
    refund_fee: Fen.describe('申请退款总金额: of all refunds.'),
    settlement_fee: Fen.describe('应结订单总金额.'),
    settlement_refund_fee: Fen.describe('退款总金额.'),
    coupon_refund_fee: Fen.describe('充值券退款总金额.'),
    service_fee: SignedFen,
  })
  .meta({
    id: 'BillTotals',
    description: 'The sums over all rows. Those that the summary of the file has are the same.',
    examples: [
      {
        rows: 1,
        order_fee: 5990,
        refund_fee: 0,
        settlement_fee: 5990,
        settlement_refund_fee: 0,
        coupon_refund_fee: 0,
        service_fee: 36,
      },
    ],
  });
export type BillTotals = z.output<typeof BillTotals>;

export const FundFlow = z
  .strictObject({
    bill_hash: BillHash,
    rows: z.int().min(0).describe('How many rows the file has.'),
    incoming: Fen,
    outgoing: Fen,
    fees: SignedFen.describe('Of all whose 业务类型 speaks of 手续费: what went minus what came.'),
    withdrawals: SignedFen.describe('Of all whose 业务类型 speaks of 提现, likewise.'),
    kinds: z
      .array(
        z.strictObject({
          kind: Cell.describe('业务类型, as it came.'),
          rows: z.int().min(1),
          incoming: Fen,
          outgoing: Fen,
        }),
      )
      .max(100)
      .describe('The sums of each 业务类型.'),
  })
  .meta({
    id: 'FundFlow',
    description: 'What moved on the basic account (基本账户) in one day; fen.',
    examples: [
      {
        bill_hash: hashExample,
        rows: 2,
        incoming: 5990,
        outgoing: 36,
        fees: 36,
        withdrawals: 0,
        kinds: [
          { kind: '交易', rows: 1, incoming: 5990, outgoing: 0 },
          { kind: '扣除交易手续费', rows: 1, incoming: 0, outgoing: 36 },
        ],
      },
    ],
  });
export type FundFlow = z.output<typeof FundFlow>;

/** Why there is no file, besides the `no` and `unknown` of every call. */
const noFile = [
  z.strictObject({ outcome: z.literal('none') }),
  z.strictObject({ outcome: z.literal('creating') }),
  z.strictObject({ outcome: z.literal('refused'), reason: z.string() }),
  No,
  Unknown,
] as const;
const Changed = z.strictObject({ outcome: z.literal('changed'), bill_hash: BillHash });

const outcomes =
  ' `none`: nothing happened on that day (No Bill Exist, NO_STATEMENT_EXIST). `creating`: come ' +
  'again in half an hour. `refused`: the file is not whole, or not what it claims to be, and ' +
  'nothing of it is told. `no` as elsewhere, but v2 signs nothing of a bill.';
const changed =
  ' `bill_hash` null: whichever file there is. `changed`: WeChat has another file than that by ' +
  'now; begin anew with its first one.';

/** For each wish of a file, such as an operator's, WeChat is asked for it once. */
const WantedTime = Moment.nullable()
  .default(null)
  .describe(
    'Since when the file is wanted. One that was downloaded for another moment is downloaded ' +
      'anew; null: whichever is kept.',
  );

export const billRowsMax = 1_000;
/** A piece of the file before it is zipped, so that it and its Base64 stay below 512 KiB. */
export const billPieceBytesMax = 262_144;
/** The first call of a day downloads and checks the whole file, of up to a million rows. */
const billMsMax = 60_000;
const filePlace = Whole(0, 2 ** 40);

export const bills = service('pay', {
  billRows: {
    summary:
      `Rows of a trade bill (bill_type ALL), at most ${billRowsMax} of them, from \`from_row\` ` +
      'on (0: the first). They are told only once the whole file has been checked: its hash ' +
      "against WeChat's, where WeChat says one, count and sums against its summary. An answer " +
      'comes fast when it goes on where the one before it ended.' +
      outcomes +
      changed,
    input: z.strictObject({
      day: BillDay,
      from_row: filePlace,
      bill_hash: BillHash.nullable(),
      wanted_time: WantedTime,
    }),
    output: z.discriminatedUnion('outcome', [
      z.strictObject({
        outcome: z.literal('success'),
        bill_hash: BillHash,
        rows: z.array(BillRow).max(billRowsMax),
        next_row: filePlace.nullable().describe('Null: these were the last rows.'),
        totals: BillTotals,
      }),
      Changed,
      ...noFile,
    ]),
    limitMsMax: billMsMax,
    list: true,
    repeatable: true,
  },
  billBytes: {
    summary:
      'A piece of the raw file, to be kept: `offset` counts bytes of the unzipped file (0: the ' +
      'first). Each piece is zipped by itself, and all of them, written one after the other, are ' +
      'one gzip file. A trade bill was checked as for its rows, a fund-flow bill likewise.' +
      outcomes +
      changed,
    input: z.strictObject({
      day: BillDay,
      kind: z.enum(['trade', 'fundflow']),
      offset: filePlace,
      bill_hash: BillHash.nullable(),
    }),
    output: z.discriminatedUnion('outcome', [
      z.strictObject({
        outcome: z.literal('success'),
        bill_hash: BillHash,
        gzip_base64: z.base64().max(2 * billPieceBytesMax),
        next_offset: filePlace.nullable().describe('Null: this was the last piece.'),
      }),
      Changed,
      ...noFile,
    ]),
    limitMsMax: billMsMax,
    list: true,
    repeatable: true,
  },
  fundflow: {
    summary:
      'The sums of a fund-flow bill (资金账单), checked against its summary. It is had in v3 ' +
      'only: `no` with DIALECT_GONE where there are no keys of v3.' +
      outcomes,
    input: z.strictObject({ day: BillDay, wanted_time: WantedTime }),
    output: z.discriminatedUnion('outcome', [
      FundFlow.extend({ outcome: z.literal('success') }),
      ...noFile,
    ]),
    limitMsMax: billMsMax,
    list: true,
    repeatable: true,
  },
});
