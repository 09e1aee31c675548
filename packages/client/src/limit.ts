const timerMsMax = 2_147_483_647;

/**
 * A signal that aborts with another one, or earlier: when its time is over, or when its work is
 * done, so that no connection, timer or listener outlives it. Of `AbortSignal.any`, Node 20 keeps
 * what it made for as long as the outer signal lives.
 */
export class Limit {
  private readonly controller = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly follow = () => this.controller.abort(this.outer?.reason);

  constructor(private readonly outer?: AbortSignal) {
    if (outer?.aborted) this.follow();
    else outer?.addEventListener('abort', this.follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** From now on so much time is left. */
  allow(ms: number): void {
    clearTimeout(this.timer);
    const late = () => {
      this.controller.abort(new DOMException(`not done within ${ms} ms`, 'TimeoutError'));
    };
    this.timer = setTimeout(late, Math.min(ms, timerMsMax));
  }

  end(why: unknown = new DOMException('done', 'AbortError')): void {
    clearTimeout(this.timer);
    this.outer?.removeEventListener('abort', this.follow);
    this.controller.abort(why);
  }
}

/** Ends after so many milliseconds; fails at once with the signal's reason when that aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** What the work gives; fails with the signal's reason when that aborts before the work is done. */
export function unlessAborted<T>(work: T | Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    const end = () => signal.removeEventListener('abort', stop);
    Promise.resolve(work).then(resolve, reject).finally(end);
  });
}
