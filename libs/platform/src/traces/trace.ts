import { AsyncLocalStorage } from 'node:async_hooks';
import { randomFillSync } from 'node:crypto';

/** W3C Trace Context, 3.2.2: version, trace, the caller's own part of it, flags. */
const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const zeros = /^0+$/;
/** Of the flags those that version 00 knows of: sampled, and (level 2) random. */
const knownFlags = 0b11;
/** Of the trace, and of the caller's own part of it. */
const bytesOfNew = 16 + 8;

/**
 * The trace of what is being done just now, in W3C's form (`traceparent`), also after waits and
 * timers; undefined: it belongs to no request. All that follows the begin of a trace belongs to it.
 */
const traces = new AsyncLocalStorage<string | undefined>();
export const currentTrace = (): string | undefined => traces.getStore();

/** Does the work as a part of this trace. */
export const inTrace = <T>(traceparent: string, work: () => T): T => traces.run(traceparent, work);

/** Does what others will use too, such as a connection: it belongs to none of them. */
export const untraced = <T>(work: () => T): T => traces.run(undefined, work);

/** What a log line, a problem and a collector of traces call the trace: 32 hexadecimal digits. */
export const traceIdOf = (traceparent: string): string => traceparent.slice(3, 35);

/** Random bytes for the next traces: drawn for each by itself they would cost most of a call. */
const drawn = Buffer.alloc(256 * bytesOfNew);
let used = drawn.length;

/** A trace of its own, of which nobody has recorded anything yet. */
export function newTrace(): string {
  if (used === drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  const hex = drawn.toString('hex', used, used + bytesOfNew);
  used += bytesOfNew;
  return `00-${hex.slice(0, 32)}-${hex.slice(32)}-00`;
}

/** The trace that a caller names, in the form of version 00; undefined if it names none. */
export function namedTrace(traceparent: unknown): string | undefined {
  if (typeof traceparent !== 'string') return undefined;
  const [, version = '', trace = '', parent = '', flags = '', more] = form.exec(traceparent) ?? [];
  if (version === '' || version === 'ff' || zeros.test(trace) || zeros.test(parent)) {
    return undefined;
  }
  if (version === '00') {
    if (more !== undefined) return undefined;
    if (Number.parseInt(flags, 16) <= knownFlags) return traceparent;
  }
  const known = Number.parseInt(flags, 16) & knownFlags;
  return `00-${trace}-${parent}-0${known}`;
}
