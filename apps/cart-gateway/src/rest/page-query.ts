import { Id, Page, pageLimitDefault } from '@saoma/contracts/values';
import { z } from 'zod';

/** A part of a query that may be left out, which then is null. */
export const orNull = <T extends z.ZodType>(type: T) =>
  type.optional().transform((value) => value ?? null);

const numberIn = (text: unknown) =>
  typeof text === 'string' ? Number(/^(0|[1-9][0-9]*)$/.exec(text)?.[0]) : text;

/** `?cursor=&limit=` of a list: what the page before gave, and at most how many (1-100). */
export const pageQuery = {
  cursor: orNull(
    Id.describe('The `cursor` in the answer of the previous page; none for the first page.'),
  ),
  limit: z.preprocess(
    numberIn,
    Page.limit
      .default(pageLimitDefault)
      .meta({ description: 'How many to list, at most.', examples: [pageLimitDefault] }),
  ),
};
