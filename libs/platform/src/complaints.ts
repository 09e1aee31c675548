import type { Logger } from '@nestjs/common';

/** The same trouble is told once in this time, however often it is met. */
const quietMsMax = 60_000;
/** Kinds of trouble that are kept apart; more of them push out the oldest. */
const kindsMax = 100;

/** Tells why a neighbour is of no use, in its own words: once a minute for each kind of trouble. */
export class Complaints {
  private readonly told = new Map<string, number>();

  constructor(
    private readonly logger: Logger,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** `what` is our part of the sentence; of `why` its code and message are told, never more. */
  tell(what: string, why: unknown): void {
    const { code, message } = (why ?? {}) as { code?: unknown; message?: unknown };
    const words = [code, message].filter((word) => typeof word === 'string' && word !== '');
    const kind = `${what} ${typeof code === 'string' ? code : words.join(' ')}`;
    const nowMs = this.now();
    const toldMs = this.told.get(kind);
    if (toldMs !== undefined && nowMs - toldMs < quietMsMax) return;
    this.told.delete(kind);
    this.told.set(kind, nowMs);
    const [oldest] = this.told.keys();
    if (this.told.size > kindsMax && oldest !== undefined) this.told.delete(oldest);
    this.logger.warn(words.length === 0 ? what : `${what}: ${words.join(': ')}`);
  }
}
