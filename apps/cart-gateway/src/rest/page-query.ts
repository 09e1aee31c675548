import { Id, Page, pageLimitDefault } from '@saoma/contracts/values';
import { z } from 'zod';

/** `?cursor=&limit=` of a list: what the page before gave, and at most how many (1-100). */
export const pageQuery = {
  cursor: Id.nullable().default(null),
  limit: z
    .string()
    .regex(/^([1-9][0-9]?|100)$/, 'a whole number from 1 to 100')
    .default(String(pageLimitDefault))
    .transform(Number)
    .pipe(Page.limit),
};
