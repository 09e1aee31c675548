/** Does nothing, but whoever has a listener is held. */
const held = () => undefined;

/**
 * Aborts as soon as one of these does. `AbortSignal.any` alone does not hold them: Node 20 collects
 * a time limit that nobody else has, and what it was to end then goes on for ever.
 */
export function firstOf(...signals: readonly AbortSignal[]): AbortSignal {
  // The same listener again is no second one: a signal that lives long has one.
  for (const signal of signals) signal.addEventListener('abort', held);
  return AbortSignal.any([...signals]);
}
