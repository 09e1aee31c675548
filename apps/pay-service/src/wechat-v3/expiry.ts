import type { Log } from '@saoma/platform/log';

/** A certificate of ours or of WeChat's, by a name that an operator knows. */
export interface Expiring {
  readonly name: string;
  readonly serial: string;
  readonly expires: Date;
}

export const dayMs = 86_400_000;
const warnedDays = 30;

/** Tells the log, once a day for each, which certificates end within 30 days. */
export class ExpiryLog {
  private readonly toldMs = new Map<string, number>();

  constructor(private readonly log: Log) {}

  tell(certificates: readonly Expiring[], nowMs = Date.now()): void {
    for (const { name, serial, expires } of certificates) {
      const days = Math.floor((expires.getTime() - nowMs) / dayMs);
      const told = this.toldMs.get(serial) ?? Number.NEGATIVE_INFINITY;
      if (days >= warnedDays || nowMs - told < dayMs) continue;
      this.toldMs.set(serial, nowMs);
      const level = days < 0 ? 'error' : 'warn';
      this.log[level](
        { certificate: name, serial, expires: expires.toISOString(), days },
        days < 0 ? 'a certificate has expired' : 'a certificate expires soon',
      );
    }
  }
}
