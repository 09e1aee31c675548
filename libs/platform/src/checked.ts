import { AppError } from '@saoma/contracts/errors';
import type { z } from 'zod';

/** The value as the schema sees it, or `request/invalid` that names everything wrong with it. */
export function checked<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => ({
    path: path.join('.'),
    message,
  }));
  throw new AppError('request/invalid', {
    detail: issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; '),
    issues,
  });
}
