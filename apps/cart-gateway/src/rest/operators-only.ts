import type { Method } from '@saoma/contracts/define';
import { AppError } from '@saoma/contracts/errors';
import { from } from './route';
import type { User } from './user';

type Named = Readonly<Record<string, string | undefined>>;

/**
 * Refuses what only operators and auditors may name, if it is named, and says what others do
 * instead. May fail: auth/operator-only.
 */
export function onlyOperators({ operator }: User, named: Named, instead?: string): void {
  const names = Object.keys(named).filter((name) => named[name] !== undefined);
  if (operator || names.length === 0) return;
  const who = `only operators and auditors may name ${names.join(' and ')}`;
  throw new AppError('auth/operator-only', { detail: instead ? `${who}; ${instead}` : who });
}

/** `from` a method, for a route that has something for operators only. */
export function forOperatorsToo<const M extends Method>(method: M) {
  const { answers, errors } = from(method);
  return { answers, errors: [...errors, 'auth/operator-only'] as const };
}
