/**
 * The sandbox's time: lives of codes and orders and the notices' waits are measured with it, so
 * that a test can turn it. Sockets and their time limits live in real time.
 */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Does the task in `waitMs`; the answer takes it back. */
  after(waitMs: number, task: () => void | Promise<void>): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(waitMs, task) {
    const timer = setTimeout(task, waitMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

interface Due {
  readonly at: number;
  readonly task: () => void | Promise<void>;
}

/** A clock that stands still until it is turned. */
export class ManualClock implements Clock {
  readonly #due = new Set<Due>();
  #now: number;

  constructor(start: string) {
    this.#now = Date.parse(start);
  }

  now(): number {
    return this.#now;
  }

  after(waitMs: number, task: Due['task']): () => void {
    const due = { at: this.#now + waitMs, task };
    this.#due.add(due);
    return () => this.#due.delete(due);
  }

  /** Turns the clock forward: what falls due is done in its order, each when the last is over. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (let due = this.#next(end); due; due = this.#next(end)) {
      this.#due.delete(due);
      this.#now = due.at;
      await due.task();
    }
    this.#now = end;
  }

  #next(end: number): Due | undefined {
    let next: Due | undefined;
    for (const due of this.#due) if (due.at <= end && due.at < (next?.at ?? Infinity)) next = due;
    return next;
  }
}

const beijingMs = 8 * 3_600_000;

/** Beijing time as WeChat writes it, yyyyMMddHHmmss, whatever this machine's zone. */
export function beijingTime(ms: number): string {
  return new Date(ms + beijingMs)
    .toISOString()
    .replace(/[^0-9]/g, '')
    .slice(0, 14);
}

/** Reads yyyyMMddHHmmss of Beijing as milliseconds since 1970; undefined if there is no such time. */
export function readBeijingTime(text: string): number | undefined {
  const iso = text.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6Z');
  const ms = Date.parse(iso) - beijingMs;
  return Number.isNaN(ms) || beijingTime(ms) !== text ? undefined : ms;
}
