import { AppError } from '@saoma/contracts/errors';

/**
 * Lets at most `inFlightMax` pieces of work run at once; others wait in line, first come, first
 * served. With `lineMax` waiting, one more fails with service/unavailable.
 */
export class Gate {
  private inFlight = 0;
  private readonly line: (() => void)[] = [];

  constructor(private readonly limits: { inFlightMax: number; lineMax: number }) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.inFlight >= this.limits.inFlightMax) await this.queue();
    else this.inFlight += 1;
    try {
      return await work();
    } finally {
      // The next in line takes this place over, so that nobody slips in between.
      const next = this.line.shift();
      if (next) next();
      else this.inFlight -= 1;
    }
  }

  private queue(): Promise<void> {
    if (this.line.length >= this.limits.lineMax) {
      throw new AppError('service/unavailable', {
        detail: 'too many requests are waiting already',
      });
    }
    return new Promise((resolve) => {
      this.line.push(resolve);
    });
  }
}
