import type { Method } from '@saoma/contracts/define';
import type { ErrorCode } from '@saoma/contracts/errors';
import type { OwnWords } from '@saoma/platform/http/problem.filter';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Payer, Role, User } from './user';

/**
 * One route of the outer face as a value: it is what the router serves, what a request is checked
 * against, and what the OpenAPI file is written from.
 */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Parameters as `:name`. Several paths are the same route under several names. */
  readonly path: string | readonly string[];
  readonly summary: string;
  /** What a client has to know besides; Markdown. */
  readonly description?: string;
  /** Needs no sign-in. */
  readonly open?: true;
  /** Only for the role `operator`; what changes nothing, for the role `auditor` too. */
  readonly operator?: true;
  /** Only for somebody who has one of these roles: none of them includes another. */
  readonly roles?: readonly Role[];
  /** Of a payment, `:out_trade_no` or `?out_trade_no=`: who brings its key needs no sign-in. */
  readonly payKey?: true;
  /**
   * Takes its body unread, as bytes of any content type, from who is no browser. The usual content
   * types are but told.
   */
  readonly raw?: Readonly<Record<string, z.ZodType>>;
  readonly params?: z.ZodType;
  /** One of the lesson's, whose pages may add what they like: a query need not be decodable. */
  readonly lesson?: true;
  /** Without it a query is refused. */
  readonly query?: z.ZodType;
  readonly headers?: z.ZodType;
  /** Without it a body is refused, except for an empty object. */
  readonly body?: z.ZodType;
  /** Status code -> what is answered, or a text that says why nothing is. The lowest is usual. */
  readonly answers: Readonly<Record<number, z.ZodType | string>>;
  /** Of successes that the handler writes itself. The schema of a stream is that of each event. */
  readonly type?: 'text/event-stream' | 'text/xml' | 'application/json' | 'application/gzip';
  /** What stands in it, if the handler can also answer 200 with CSV, as a text. */
  readonly csv?: string;
  readonly errors?: readonly ErrorCode[];
  /** For callers who are told of an error in words of their own, as JSON. */
  readonly failure?: { readonly body: z.ZodType; readonly of: OwnWords };
}

export function route<const R extends Route>(value: R): R {
  return value;
}

/** The answer and the errors of a route that passes on what one RPC method answers. */
export function from<const M extends Method, const S extends number = 200>(
  method: M,
  status: S = 200 as S,
) {
  const answers = { [status]: method.output } as { readonly [K in S]: M['output'] };
  return { answers, errors: [...(method.errors ?? []), 'service/unavailable'] as const };
}

type Asker<R extends Route> = R extends { open: true }
  ? undefined
  : R extends { payKey: true }
    ? Payer
    : User;
type Read<T> = T extends z.ZodType ? z.output<T> : undefined;

/** What a handler may return; a route with a type of its own sends what it likes. */
export type Answer<R extends Route> = R extends { type: string }
  ? unknown
  : Csv<R> | { [S in keyof R['answers']]: Told<R['answers'][S]> }[keyof R['answers']];
type Csv<R extends Route> = R extends { csv: string } ? string : never;
type Told<T> = T extends z.ZodType ? z.input<T> : undefined;

/** A request that has been checked against its route. */
export interface Asked<R extends Route> {
  /** Who signed in; nobody on an open route. */
  readonly user: Asker<R>;
  readonly params: Read<R['params']>;
  readonly query: Read<R['query']>;
  readonly headers: Read<R['headers']>;
  readonly body: R extends { raw: object } ? Buffer : Read<R['body']>;
  readonly request: FastifyRequest;
  /** For an unusual status or header; the answer itself is what the handler returns. */
  readonly reply: FastifyReply;
}
