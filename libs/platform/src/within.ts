/**
 * The result of the work, or what `late` answers if it takes longer than `waitMsMax`. Late work
 * goes on, but nobody waits for it: its result, or its failure, is dropped.
 */
export async function within<T, Late = undefined>(
  waitMsMax: number,
  work: Promise<T>,
  late: () => Late = () => undefined as Late,
): Promise<T | Late> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    // A process that stood still first hears what has arrived meanwhile.
    timer = setTimeout(() => setImmediate(resolve), waitMsMax);
  });
  try {
    return await Promise.race([work, limit.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}
