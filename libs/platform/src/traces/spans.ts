import { currentTrace, inTrace, namedTrace, newTrace } from './trace';

type Facts = Readonly<Record<string, string | number | undefined>>;

/** A piece of work, in OpenTelemetry's words. Its name is one of few: what is special are facts. */
export interface Work {
  /** Whether somebody outside has asked for it, somebody else does it, or neither. */
  readonly kind: 'server' | 'client' | 'internal';
  readonly name: string;
  readonly facts?: Facts;
}

/** How it ended; `error` is a short name of what went wrong. */
export interface Ended {
  readonly facts?: Facts;
  readonly error?: string | undefined;
}

/** Work that has begun, and ends once. What it asks of others is a part of `traceparent`. */
export interface Span {
  readonly traceparent: string;
  end(how?: Ended): void;
}

/** Who writes down how long which work took. */
export interface Recorder {
  /** `parent`: what the work is a part of; undefined: a new trace begins with it. */
  begin(work: Work, parent: string | undefined): Span;
}

let recorder: Recorder | undefined;

/** From now on work is recorded; until then none is, and all of this costs next to nothing. */
export function recordBy(by: Recorder): void {
  recorder = by;
}

/** Begins what was asked for from outside, as a part of the trace that its caller names, if any. */
export function beginSpan(work: Work, named?: unknown): Span {
  const parent = namedTrace(named);
  if (recorder) return recorder.begin(work, parent);
  return { traceparent: parent ?? newTrace(), end: nothing };
}

/** Does the work as a part of the current trace. `told` says how it ended if it does not fail. */
export function inSpan<T>(
  work: Work,
  action: () => Promise<T>,
  told?: (result: T) => Ended,
): Promise<T> {
  return recorder ? during(recorder.begin(work, currentTrace()), action, told) : action();
}

/** Does what nobody has asked for just now: a trace of its own. */
export function inNewTrace<T>(work: Work, action: () => Promise<T>): Promise<T> {
  return during(beginSpan(work), action);
}

/** The span lasts as long as the action. */
async function during<T>(span: Span, action: () => Promise<T>, told?: (result: T) => Ended) {
  try {
    const result = await inTrace(span.traceparent, action);
    span.end(told?.(result));
    return result;
  } catch (error) {
    span.end({ error: errorOf(error) });
    throw error;
  }
}

/** The code of an error, or its class. */
export function errorOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return String(code ?? name ?? error);
}

const nothing = () => undefined;
