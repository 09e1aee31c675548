import { z } from 'zod';
import { BillDay, BillHash, BillRow, BillTotals, FundFlow } from './bills';
import { service } from './define';
import { Fen, limitMsMax, Moment, NextCursor, Nothing, Page, Whole, Word } from './values';

export const ReconciliationState = Word('What a comparison with a bill has come to.', {
  WAITING: 'It is not done yet: the bill is not there, or was not had whole. It is tried again.',
  NO_BILL: 'WeChat says that nothing happened on that day, and so do our books.',
  MATCHED: 'Every row has its counterpart.',
  DIFFERENT: 'Something was found, healed or not, and no newer file has ended it.',
  REFUSED: 'The file is not whole, or not what it claims to be: nothing was compared.',
}).meta({ id: 'ReconciliationState', examples: ['MATCHED'] });
export type ReconciliationState = z.output<typeof ReconciliationState>;

export const FindingKind = Word('How the bill and our books differ.', {
  STATE: 'The bill has a payment that is not paid here.',
  CHANNEL_ONLY: 'The bill has a payment of a number that is not in our books.',
  LOCAL_ONLY: 'A payment that is paid here is in no bill.',
  AMOUNT: 'The two amounts of a payment differ, or the currency is not CNY.',
  TRANSACTION:
    'The bill has another or a second transaction for a payment, or another one for a refund.',
  REFUND_PENDING: 'A refund was still on its way, at WeChat or here. It is followed.',
  REFUND_FAILED: 'A refund has failed on one side only.',
  REFUND_CHANNEL_ONLY: 'The bill has a refund that is not in our books.',
  REFUND_LOCAL_ONLY: 'A refund that WeChat has accepted is in no bill.',
  REFUND_AMOUNT: 'The two amounts of a refund differ.',
  TOTALS: 'The file is not whole, or not what it claims to be.',
}).meta({ id: 'FindingKind', examples: ['LOCAL_ONLY'] });
export type FindingKind = z.output<typeof FindingKind>;

const number = z.string().max(64).nullable();

export const OurRow = z
  .strictObject({
    type: z.enum(['payment', 'refund']).describe('What it is, as in the bill.'),
    time: Moment.nullable().describe('When it was paid, or WeChat accepted it.'),
    transaction_id: number.describe("WeChat's number; null: it has told of no money."),
    out_trade_no: z.string().max(64).describe('The number of the payment.'),
    refund_id: number.describe("WeChat's number of a refund, once it has accepted it."),
    out_refund_no: number.describe('The number of a refund; null: it is a payment.'),
    fee: Fen,
    state: z.string().describe('`trade_state` of a payment, `status` of a refund.'),
  })
  .meta({
    id: 'OurRow',
    description: 'A row of our books, named as the rows of a bill are.',
    examples: [
      {
        type: 'payment',
        time: '2026-09-30T02:17:33.000Z',
        transaction_id: '4200002001202609300000000001',
        out_trade_no: '281604172903043072',
        refund_id: null,
        out_refund_no: null,
        fee: 5990,
        state: 'SUCCESS',
      },
    ],
  });
export type OurRow = z.output<typeof OurRow>;

export const Finding = z
  .strictObject({
    kind: FindingKind,
    out_trade_no: z
      .string()
      .max(64)
      .meta({
        description: 'The number of the payment; of TOTALS empty.',
        examples: ['281604172903043072'],
      }),
    out_refund_no: number.meta({
      description: 'The number of the refund; null: it is about a payment.',
      examples: [null],
    }),
    bill: BillRow.nullable().describe('What the bill says; null: it has no such row.'),
    ours: OurRow.nullable().describe('What our books said when they were compared, or null.'),
    done: z.string().meta({
      description: 'What was done about it, in words; empty as long as nothing was.',
      examples: ['settled by a query'],
    }),
    ended: z
      .string()
      .nullable()
      .meta({
        description:
          'Why it is over, and by which file: it is told as history, and the state of its day ' +
          'does not count it. Null: it stands.',
        examples: [null],
      }),
  })
  .meta({ id: 'Finding', description: 'One difference between a bill and our books.' });
export type Finding = z.output<typeof Finding>;

const day = {
  day: BillDay,
  state: ReconciliationState,
  bill_hash: BillHash.nullable().describe('The file that is or was compared; null: there is none.'),
  compared: z.boolean().meta({
    description:
      'Whether that was done to the end of the file. If not, what was found is of a part of it.',
    examples: [true],
  }),
  rows: z
    .int()
    .min(0)
    .meta({ description: 'How many rows the file has.', examples: [1200] }),
  totals: BillTotals.nullable().describe('Null: there is no file.'),
  fundflow: FundFlow.nullable().describe('Null: it was not had, or the merchant has none.'),
  under_way: z
    .boolean()
    .meta({ description: 'Its bill is still to be had and compared.', examples: [false] }),
  reason: z
    .string()
    .nullable()
    .meta({ description: 'What came last instead of a bill.', examples: [null] }),
};

export const Reconciliation = z
  .strictObject(day)
  .meta({ id: 'Reconciliation', description: 'One day of our books beside its bill.' });
export type Reconciliation = z.output<typeof Reconciliation>;

const Reconciliations = z
  .strictObject({
    reconciliations: z.array(Reconciliation).describe('Newest first.'),
    cursor: BillDay.nullable().describe('For the next page; null: this was the last one.'),
  })
  .meta({ id: 'Reconciliations', description: 'A page of days, newest first.' });

const ReconciledDay = z
  .strictObject({
    ...day,
    findings: z.array(Finding).describe('Oldest first.'),
    cursor: NextCursor,
  })
  .meta({ id: 'ReconciledDay', description: 'One day with what was found, in pages.' });

/** Pieces of a kept file are far below the longest frame between services. */
const pieceBytesMax = 65_536;

export const BillKind = Word('Which of the two bills of a day.', {
  trade: 'The trade bill (交易账单): every payment and refund, with which our books are compared.',
  fundflow:
    'The fund-flow bill (资金账单): what moved on the basic account, with fees. Only of v3.',
});

/** The daily comparison of our books with WeChat's bill (对账). */
export const reconciliations = service('order', {
  listReconciliations: {
    summary: 'The days that were compared with their bills, or wait for them, newest first.',
    input: z.strictObject({ cursor: BillDay.nullable(), limit: Page.limit }),
    output: Reconciliations,
    limitMsMax,
    repeatable: true,
    list: true,
  },
  getReconciliation: {
    summary: 'One day, and a page of what was found on it.',
    input: z.strictObject({ ...Page, day: BillDay }),
    output: ReconciledDay,
    errors: ['reconciliation/not-found'],
    limitMsMax,
    repeatable: true,
    list: true,
  },
  reconcile: {
    summary:
      'Has a day compared, again if it was before: soon, by whichever instance comes first. The ' +
      'same file again changes nothing. Only a day that is over and less than three months ago.',
    input: z.strictObject({ day: BillDay }),
    output: Nothing,
    errors: ['reconciliation/no-such-bill'],
    limitMsMax,
    // A day that is wanted already is wanted.
    repeatable: true,
  },
  billFile: {
    summary:
      'A piece of the kept raw file of a day: all of them together are one gzip file. None is ' +
      'told of a file that is not kept whole. A piece with another `bill_hash` is of another file.',
    input: z.strictObject({ day: BillDay, kind: BillKind, piece: Whole(0, 1_000_000) }),
    output: z.strictObject({
      bill_hash: BillHash,
      bytes_base64: z.base64().max(2 * pieceBytesMax),
      next_piece: z.int().nullable().describe('Null: this was the last one.'),
    }),
    errors: ['reconciliation/no-file'],
    limitMsMax,
    repeatable: true,
    list: true,
  },
});
