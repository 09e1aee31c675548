const pauseMsMin = 15;
/** A look may keep every service busy, and the processors from what is waited for. */
const pauseMsMax = 100;

/**
 * Looks again and again, more seldom the longer it takes, until `look` answers something truthy,
 * and gives that. Fails after `limitMs` with what it waited for and the last error that `look`
 * threw.
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  limitMs = 15_000,
): Promise<Exclude<NonNullable<T>, false>> {
  const began = Date.now();
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found) return found as Exclude<NonNullable<T>, false>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    const waitedMs = Date.now() - began;
    if (waitedMs > limitMs) {
      throw new Error(`waited ${limitMs} ms in vain for: ${what}`, { cause: last });
    }
    const pauseMs = Math.min(pauseMsMin + waitedMs / 10, pauseMsMax);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** The promise's value, or an error that names what took longer than `limitMs`. */
export async function within<T>(what: string, promise: Promise<T>, limitMs = 15_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
