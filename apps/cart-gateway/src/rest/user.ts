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
  /** Sees, pays and closes the payments that it has opened. */
  readonly shop?: true;
}

/** Who asks where the key of a payment lets in, too. */
export interface Payer extends Omit<User, 'user_id'> {
  /** Null: nobody signed in. */
  readonly user_id: string | null;
  /** What the key of this payment is known by, if one was brought; it may be a wrong one. */
  readonly pay_key_hash?: string;
}

const payKeys = new WeakMap<FastifyRequest, string>();
const users = new WeakMap<FastifyRequest, SignedIn>();

export function signIn(request: FastifyRequest, user: SignedIn): void {
  users.set(request, user);
}

/** Nobody on a route that is open. */
export function signedInOf(request: FastifyRequest): SignedIn | undefined {
  return users.get(request);
}

/** What the key is known by that was brought with the request. */
export function bringPayKey(request: FastifyRequest, pay_key_hash: string): void {
  payKeys.set(request, pay_key_hash);
}

/** Who asks, as the calls are told; nobody on a route that is open. */
export function userOf(request: FastifyRequest): Payer | undefined {
  const user = signedInOf(request);
  const pay_key_hash = payKeys.get(request);
  if (!user && pay_key_hash === undefined) return undefined;
  const own = user?.roles ?? [];
  return {
    user_id: user?.user_id ?? null,
    operator: own.includes('operator') || own.includes('auditor'),
    ...(own.includes('shop') && { shop: true }),
    ...(pay_key_hash !== undefined && { pay_key_hash }),
  };
}

/** The refusal of everything that needs sign-in. */
export const signInFirst = (detail: string, cause?: unknown) =>
  new AppError('auth/required', { detail, cause });
