/**
 * The sandbox's time: lives of codes and orders and the notices' waits are measured with it, so
 * that a test can turn it. Sockets and their time limits live in real time.
 */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Does the task in `waitMs`, or beside the caller when that is 0; the answer takes it back. */
  after(waitMs: number, task: Task): () => void;
}

type Task = () => void | Promise<void>;

interface Due {
  readonly at: number;
  readonly task: Task;
}

/** Node's timers end here; longer waits are armed again. */
const alarmMsMax = 2_147_483_647;

/**
 * A clock that can be turned forward. Given a start it stands still until it is turned; without
 * one it runs with real time, ahead by what it was turned.
 */
export class TurnableClock implements Clock {
  private readonly due = new Set<Due>();
  private readonly working = new Set<Promise<void>>();
  private readonly start: number | undefined;
  private aheadMs = 0;
  /** The time while the clock is being turned. */
  private turningAt: number | undefined;
  private turning: Promise<void> = Promise.resolve();
  private alarm: { readonly at: number; readonly timer: NodeJS.Timeout } | undefined;

  constructor(start?: string) {
    this.start = start === undefined ? undefined : Date.parse(start);
  }

  now(): number {
    return this.turningAt ?? (this.start ?? Date.now()) + this.aheadMs;
  }

  after(waitMs: number, task: Task): () => void {
    if (waitMs <= 0) {
      void this.work(task);
      return () => {};
    }
    const due = { at: this.now() + waitMs, task };
    this.due.add(due);
    if (due.at < (this.alarm?.at ?? Infinity)) this.arm();
    return () => this.due.delete(due);
  }

  /**
   * Turns the clock forward by `ms`: what falls due is done in its order, each when the last is
   * over, so that a whole day of waits passes as fast as its work does.
   */
  advance(ms: number): Promise<void> {
    this.turning = this.turning.then(() => this.turn(ms));
    return this.turning;
  }

  /** By how much it was turned, so far. */
  get turnedMs(): number {
    const before = this.start ?? Date.now();
    return this.turningAt === undefined ? this.aheadMs : this.turningAt - before;
  }

  /** Is ahead as the clock was that an earlier process turned; nothing falls due by it. */
  restore(turnedMs: number): void {
    this.aheadMs = turnedMs;
  }

  /** Waits until no task is under way. */
  async idle(): Promise<void> {
    while (this.working.size > 0) await Promise.all(this.working);
  }

  /** Forgets every task, and everything that it was turned. */
  reset(): void {
    this.due.clear();
    this.aheadMs = 0;
    clearTimeout(this.alarm?.timer);
    this.alarm = undefined;
  }

  private async turn(ms: number): Promise<void> {
    await this.idle();
    const end = this.now() + ms;
    this.turningAt = this.now();
    for (let due = this.next(); due && due.at <= end; due = this.next()) {
      this.due.delete(due);
      this.turningAt = Math.max(this.turningAt, due.at);
      await this.work(due.task);
      await this.idle();
    }
    this.turningAt = undefined;
    this.aheadMs += ms;
    this.arm();
  }

  private work(task: Task): Promise<void> {
    const work = (async () => task())().finally(() => this.working.delete(work));
    this.working.add(work);
    return work;
  }

  private next(): Due | undefined {
    let next: Due | undefined;
    for (const due of this.due) if (due.at < (next?.at ?? Infinity)) next = due;
    return next;
  }

  /** One timer, for the first task that falls due while the clock runs by itself. */
  private arm(): void {
    clearTimeout(this.alarm?.timer);
    this.alarm = undefined;
    const next = this.next();
    if (!next || this.start !== undefined) return;
    const waitMs = Math.min(Math.max(next.at - this.now(), 0), alarmMsMax);
    const timer = setTimeout(() => this.ring(), waitMs);
    timer.unref();
    this.alarm = { at: next.at, timer };
  }

  private ring(): void {
    const now = this.now();
    const ripe = [...this.due].filter((due) => due.at <= now).sort((a, b) => a.at - b.at);
    for (const due of ripe) {
      this.due.delete(due);
      void this.work(due.task);
    }
    this.arm();
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

/** Beijing time as refunds and bills write it, `yyyy-MM-dd HH:mm:ss`. */
export function beijingDateTime(ms: number): string {
  return new Date(ms + beijingMs).toISOString().replace('T', ' ').slice(0, 19);
}

/** Beijing time as v3 writes it, `yyyy-MM-ddTHH:mm:ss+08:00`. */
export const beijingIso = (ms: number): string =>
  `${new Date(ms + beijingMs).toISOString().slice(0, 19)}+08:00`;

/** The day in Beijing, yyyyMMdd. */
export const beijingDay = (ms: number): string => beijingTime(ms).slice(0, 8);

/** Reads yyyyMMddHHmmss of Beijing as milliseconds since 1970; undefined for no such time. */
export function readBeijingTime(text: string): number | undefined {
  const iso = text.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6Z');
  const ms = Date.parse(iso) - beijingMs;
  return Number.isNaN(ms) || beijingTime(ms) !== text ? undefined : ms;
}
