import type { Method } from '@saoma/contracts/define';
import { AppError } from '@saoma/contracts/errors';
import { from } from './route';
import type { User } from './user';

/** Refuses what only operators may name, if it is named. May fail: auth/operator-only. */
export function onlyOperators({ operator }: User, ...named: readonly (string | undefined)[]): void {
  if (operator || named.every((one) => one === undefined)) return;
  throw new AppError('auth/operator-only');
}

/** `from` a method, for a route that has something for operators only. */
export function forOperatorsToo<const M extends Method>(method: M) {
  const { answers, errors } = from(method);
  return { answers, errors: [...errors, 'auth/operator-only'] as const };
}
