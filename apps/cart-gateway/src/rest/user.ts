import { AppError } from '@saoma/contracts/errors';
import type { FastifyRequest } from 'fastify';

/** Who asks, as their token says. */
export interface User {
  readonly user_id: string;
  /** May see, close and refund everybody's payments. */
  readonly operator: boolean;
}

const users = new WeakMap<FastifyRequest, User>();

export function signIn(request: FastifyRequest, user: User): void {
  users.set(request, user);
}

/** Nobody on a route that is open. */
export function userOf(request: FastifyRequest): User | undefined {
  return users.get(request);
}

/** The refusal of everything that needs sign-in. */
export const signInFirst = (detail: string, cause?: unknown) =>
  new AppError('auth/required', { detail, cause });
