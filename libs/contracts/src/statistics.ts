import { z } from 'zod';
import { service } from './define';
import { Fen, limitMsMax } from './values';
import { sentence } from './words';

export const Day = z.iso
  .date({ error: sentence('Must be a day such as 2026-11-26.', '应为日期，例如 2026-11-26。') })
  .meta({ id: 'Day', description: "A day by Beijing's time.", examples: ['2026-11-26'] });

const Count = (what: string) =>
  z
    .int()
    .min(0)
    .meta({ description: what, examples: [3] });

/** Of payments that were made in some time, what has become of them by now. */
const Counts = z.strictObject({
  payments: Count('How many payments were made.'),
  total_fee: Fen.describe('What they ask for together, in fen.'),
  paid: Count('How many of them are paid, those that were refunded since among them.'),
  paid_fee: Fen.describe('What was paid together, in fen.'),
  waiting: Count('How many of them are not paid yet.'),
  closed: Count(
    'How many of them were closed unpaid. Money that came later goes back, and is in no figure.',
  ),
  held: Count(
    'For how many WeChat has money that the shop must look into. They are in `waiting` or ' +
      '`closed` as well.',
  ),
  refunded: Count('Of how many that are paid some or all of the money went back.'),
  refund_fee: Fen.describe('How much of `paid_fee` went back, in fen.'),
  code_to_paid_ms: z
    .int()
    .nullable()
    .meta({
      description:
        'Milliseconds from the first code until WeChat had the money, on average; null: none ' +
        'is paid.',
      examples: [18_000],
    }),
});
export type Counts = z.output<typeof Counts>;

export const Statistics = Counts.extend({
  day: Day,
  success_rate: z
    .number()
    .nullable()
    .meta({
      description: 'The share of those that are paid among those that are decided; null: none is.',
      examples: [0.9],
    }),
  is_whole: z.boolean().meta({
    description: 'Whether all payments of the day are counted: of very many only the first are.',
    examples: [true],
  }),
  hours: z
    .array(
      Counts.extend({
        hour: z
          .int()
          .min(0)
          .max(23)
          .meta({ description: "Of the day, by Beijing's time.", examples: [9] }),
      }),
    )
    .describe('The same by the hour in which payments were made: all 24.'),
}).meta({ id: 'Statistics', description: 'The payments of one day in figures.' });
export type Statistics = z.output<typeof Statistics>;

/** Figures for those who look after the shop. */
export const statistics = service('order', {
  statistics: {
    summary:
      'The payments that were made on a day in figures, as they were at most some seconds ago.',
    input: z.strictObject({ day: Day }),
    output: Statistics,
    limitMsMax,
    repeatable: true,
    list: true,
  },
});
