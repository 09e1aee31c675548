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
    const { line, limits } = this;
    if (this.inFlight >= limits.inFlightMax) await waitIn(line, limits, crowded);
    else this.inFlight += 1;
    try {
      return await work();
    } finally {
      // The next in line takes this place over, so that nobody slips in between.
      const next = line.shift();
      if (next) next();
      else this.inFlight -= 1;
    }
  }
}

/**
 * Waits in this line, whose first is called when there is a place. Fails as `crowded` says if
 * `lineMax` wait already, or it has waited for `lineMsMax`: then it leaves the line.
 */
export function waitIn(
  line: (() => void)[],
  { lineMax, lineMsMax }: Omit<Limits, 'inFlightMax'>,
  crowded: () => AppError,
): Promise<void> {
  if (line.length >= lineMax) throw crowded();
  return new Promise((resolve, reject) => {
    const enter = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      line.splice(line.indexOf(enter), 1);
      reject(crowded());
    }, lineMsMax);
    line.push(enter);
  });
}

const crowded = () =>
  new AppError('service/unavailable', { detail: 'too many requests are waiting already' });
