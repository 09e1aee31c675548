import { AppError } from '@saoma/contracts/errors';
import type { FastifyRequest } from 'fastify';

/**
 * The roles of a token that mean something here. Who is both operator and auditor is an operator; a
 * shop is neither, and sees and opens but its own.
 */
export const roles = ['operator', 'auditor', 'shop'] as const;
export type Role = (typeof roles)[number];

/** Who asks, as their token says. */
export interface SignedIn {
  readonly user_id: string;
  readonly roles: readonly Role[];
}

/** Who asks, as the calls to the order service are told of them. */
export interface User {
  readonly user_id: string;
  /**
   * Sees everybody's payments: an operator or an auditor. Of what changes something an auditor is
   * refused before it is asked, so there it is an operator, who may change everybody's.
   */
  readonly operator: boolean;
}

const users = new WeakMap<FastifyRequest, SignedIn>();

export function signIn(request: FastifyRequest, user: SignedIn): void {
  users.set(request, user);
}

/** Nobody on a route that is open. */
export function signedInOf(request: FastifyRequest): SignedIn | undefined {
  return users.get(request);
}

/** The same, as the calls are told. */
export function userOf(request: FastifyRequest): User | undefined {
  const user = signedInOf(request);
  if (!user) return undefined;
  const operator = user.roles.some((role) => role === 'operator' || role === 'auditor');
  return { user_id: user.user_id, operator };
}

/** The refusal of everything that needs sign-in. */
export const signInFirst = (detail: string, cause?: unknown) =>
  new AppError('auth/required', { detail, cause });
