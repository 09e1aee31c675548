import { z } from 'zod';
import { service } from './define';
import { limitMsMax, Nothing } from './values';

export const Trouble = z
  .strictObject({
    way: z.string().describe('Which way is blocked: `database`, `redis`, `pay`; or `clock`.'),
    why: z.string().describe('What is wrong with it, in words.'),
  })
  .meta({ id: 'Trouble', description: 'Why money cannot move just now.' });
export type Trouble = z.output<typeof Trouble>;

/** Whether money can move. */
export const health = service('order', {
  ready: {
    summary:
      'Asks each way that money takes from here: a database and a Redis that take writes, and ' +
      'the pay service; and whether the clock is that of the database. Money can move if there ' +
      'is no trouble.',
    input: Nothing,
    output: z.strictObject({ troubles: z.array(Trouble) }),
    limitMsMax,
    repeatable: true,
  },
});
