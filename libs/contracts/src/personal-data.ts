import { z } from 'zod';
import { service } from './define';
import { Owner, UserId } from './values';

export const Forgotten = z
  .strictObject({
    orders: z
      .int()
      .min(0)
      .meta({ description: 'Orders whose receiver is unreadable from now on.', examples: [2] }),
    is_done: z.boolean().meta({
      description: 'Whether nothing is left: of very many orders only some are done at once.',
      examples: [true],
    }),
  })
  .meta({ id: 'Forgotten', description: "What was done with a user's personal data." });
export type Forgotten = z.output<typeof Forgotten>;

/** What is kept of people. */
export const personalData = service('order', {
  forget: {
    summary:
      "Makes the receivers of a user's orders unreadable, and empties the user's cart; what is " +
      'about money stays. Safe to repeat.',
    input: Owner.extend({ forgotten: UserId.describe('Whose personal data it is.') }),
    output: Forgotten,
    errors: ['user/still-paying'],
    limitMsMax: 20_000,
  },
});
