import type { z } from 'zod';
import type { ErrorCode } from './errors';

/** One RPC method: what goes in, what comes out, how it fails, how long a caller waits for it. */
export interface Method {
  /** What it does, for whoever calls it; the documents are written from it. */
  readonly summary: string;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  /** The errors of its own; besides them every call can fail with one of `commonErrors`. */
  readonly errors?: readonly ErrorCode[];
  /** Milliseconds a caller waits for the answer (of a stream: for each value). */
  readonly limitMsMax: number;
  /**
   * Its answer is a list, and can be long. Lists travel on a connection of their own, a few at a
   * time, so that no call about money waits behind them; a caller may wait in line before the call.
   */
  readonly list?: true;
  /**
   * It may be carried out twice, so it is asked for again, at another instance, when its answer is
   * lost. It only reads; of one that does more a comment says why a repeat is harmless.
   */
  readonly repeatable?: true;
  /**
   * It is not begun when its caller has left by then, who asks another instance meanwhile: for what
   * is harmless to repeat at once, and not later.
   */
  readonly whileAwaited?: true;
  /** A stream answers with many values until either side ends it. */
  readonly stream?: true;
}

export type Methods = Readonly<Record<string, Method>>;

/** What any call can fail with: bad input, a service that is away, a fault of ours. */
export const commonErrors = [
  'request/invalid',
  'service/unavailable',
  'service/bug',
] as const satisfies readonly ErrorCode[];

/** A contract: both the client and the server of a call import this one value. */
export interface Service<M extends Methods = Methods> {
  readonly name: string;
  readonly methods: M;
}

export type MethodName<S extends Service> = keyof S['methods'] & string;
/** What a caller may write: defaults are optional. */
export type Call<S extends Service, N extends MethodName<S>> = z.input<S['methods'][N]['input']>;
/** What the handler gets, checked. */
export type Input<S extends Service, N extends MethodName<S>> = z.output<S['methods'][N]['input']>;
/** What the caller gets back, checked. */
export type Output<S extends Service, N extends MethodName<S>> = z.output<
  S['methods'][N]['output']
>;

/** Names a service and its methods: `service('order', { get: { summary, input, ... } })`. */
export function service<const M extends Methods>(name: string, methods: M): Service<M> {
  return { name, methods };
}

/** The pattern by which a method is found on the wire: `order.get`. */
export function patternOf(contract: Service, method: string): string {
  return `${contract.name}.${method}`;
}
