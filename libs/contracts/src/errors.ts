import type { Language, Words } from './words';

interface ErrorKind {
  /** The HTTP status that the gateway answers with. */
  readonly status: number;
  readonly title: string;
  /** Seconds after which a repeat makes sense; sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/** Every error that a caller can meet. Each code has its page in docs/problems. */
export const errors = {
  'request/malformed': { status: 400, title: 'The request cannot be read' },
  'request/invalid': { status: 400, title: 'The request is not valid' },
  'request/too-large': { status: 413, title: 'The body is too large' },
  'request/wrong-type': { status: 415, title: 'The body has the wrong content type' },
  'request/too-slow': { status: 408, title: 'The request took too long to arrive' },
  'request/not-found': { status: 404, title: 'There is nothing at this address' },
  'auth/required': { status: 401, title: 'Sign in first' },
  'auth/foreign-origin': { status: 403, title: 'Requests from this origin are not allowed' },
  'item/not-found': { status: 404, title: 'There is no such item' },
  'cart/empty': { status: 409, title: 'The cart is empty' },
  'cart/changed': { status: 409, title: 'The cart has changed in the meantime' },
  'cart/too-large': { status: 409, title: 'The cart is too large' },
  'order/not-found': { status: 404, title: 'There is no such order' },
  'payment/not-found': { status: 404, title: 'There is no such payment' },
  'payment/already-paid': { status: 409, title: 'The payment is already paid' },
  'payment/not-paid': { status: 409, title: 'The payment is not paid' },
  'refund/too-much': { status: 409, title: 'The refund is more than what is left of the payment' },
  'anomaly/not-found': { status: 404, title: 'There is no such anomaly' },
  'delivery/not-found': { status: 404, title: 'There is no such delivery' },
  'auth/operator-only': { status: 403, title: 'Only an operator may do this' },
  'idempotency/key-reused': {
    status: 409,
    title: 'The Idempotency-Key was used with another body',
  },
  'wechat/refused': { status: 409, title: 'WeChat Pay refuses this payment' },
  'wechat/unavailable': {
    status: 503,
    title: 'WeChat Pay is not available',
    retryAfterSeconds: 3,
  },
  'service/unavailable': {
    status: 503,
    title: 'A part of the system is not available',
    retryAfterSeconds: 3,
  },
  'service/bug': { status: 500, title: 'Something went wrong on our side' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errors;

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errors, code);
}

export function errorKind(code: ErrorCode): ErrorKind {
  return errors[code];
}

/** One thing that is wrong: where, and what. */
export interface Issue {
  readonly path: string;
  readonly message: Words;
}

/** All that is wrong, in one line. */
export function issuesText(issues: readonly Issue[], language: Language): string {
  const told = issues.map(({ path, message }) =>
    path ? `${path}: ${message[language]}` : message[language],
  );
  // Sentences for people have their full stop; what a service says of itself has none.
  return told.join('; ').replaceAll(/([.。]); /g, '$1 ');
}

/** An error as it crosses the RPC wire. */
export interface WireError {
  readonly code: ErrorCode;
  readonly detail?: string | undefined;
  readonly issues?: readonly Issue[] | undefined;
}

/** An error that a caller is meant to see; anything else thrown is `service/bug` to them. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly issues: readonly Issue[] | undefined;

  constructor(code: ErrorCode, more: Omit<WireError, 'code'> & { cause?: unknown } = {}) {
    const detail = more.detail ?? (more.issues && issuesText(more.issues, 'en'));
    super(detail ?? errors[code].title, { cause: more.cause });
    this.name = 'AppError';
    this.code = code;
    this.detail = detail;
    this.issues = more.issues;
  }

  toWire(): WireError {
    return { code: this.code, detail: this.detail, issues: this.issues };
  }
}

/** A service, or what it needs, is away: nobody knows whether the call was carried out. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof AppError && error.code === 'service/unavailable';
}
