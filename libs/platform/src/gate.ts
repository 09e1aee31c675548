import { AppError } from '@saoma/contracts/errors';

interface Limits {
  readonly inFlightMax: number;
  readonly lineMax: number;
  readonly lineMsMax: number;
}

/**
 * Lets at most `inFlightMax` pieces of work run at once; others wait in line, first come, first
 * served. With `lineMax` waiting, one more fails with service/unavailable, and so does one that has
 * waited for `lineMsMax`: it never begins.
 */
export class Gate {
  private inFlight = 0;
  private readonly line: (() => void)[] = [];

  constructor(private readonly limits: Limits) {}

  /** Whether nothing is under way, and nobody waits. */
  get isIdle(): boolean {
    return this.inFlight === 0;
  }

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
    const { line } = this;
    if (line.length >= this.limits.lineMax) throw crowded();
    return new Promise((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        line.splice(line.indexOf(enter), 1);
        reject(crowded());
      }, this.limits.lineMsMax);
      line.push(enter);
    });
  }
}

const crowded = () =>
  new AppError('service/unavailable', { detail: 'too many requests are waiting already' });
