import type { z } from 'zod';

/** One RPC method: what goes in, what comes out, how long a caller waits for it. */
export interface Method {
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  /** Milliseconds a caller waits for the answer (of a stream: for each value). */
  readonly limitMsMax: number;
  /** A stream answers with many values until either side ends it. */
  readonly stream?: true;
}

export type Methods = Readonly<Record<string, Method>>;

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

/** Names a service and its methods: `service('order', { get: { input, output, limitMsMax } })`. */
export function service<const M extends Methods>(name: string, methods: M): Service<M> {
  return { name, methods };
}

/** The pattern by which a method is found on the wire: `order.get`. */
export function patternOf(contract: Service, method: string): string {
  return `${contract.name}.${method}`;
}
