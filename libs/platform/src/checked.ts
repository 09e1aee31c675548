import { AppError } from '@saoma/contracts/errors';
import type { z } from 'zod';
import { issuesOf } from './issues';

/** The value as the schema sees it, or `request/invalid` that names everything wrong with it. */
export function checked<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const { success, data, error } = schema.safeParse(value, { reportInput: true });
  if (success) return data;
  throw new AppError('request/invalid', { issues: issuesOf(error.issues) });
}
