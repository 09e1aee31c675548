import { AppError } from '@saoma/contracts/errors';
import { waitIn } from '@saoma/platform/gate';
import { storeMetrics } from '../metrics';

/**
 * Whose work it is, the most urgent first: what takes in money that was already paid, what shoppers
 * ask for, or lists.
 */
const lanes = ['settling', 'ordinary', 'listing'] as const;
export type Lane = (typeof lanes)[number];

/**
 * Units of work of one lane that may wait, and for how long: nobody listens any more to the answer
 * of one that has waited longer.
 */
const lineLimits = { lineMax: 1_000, lineMsMax: 4_000 };

interface Limits {
  /** Units of work at the same time. */
  readonly runningMax: number;
  /** Of these, places that only settling takes. */
  readonly reserved: number;
  /** Of the others, places that lists may take. */
  readonly listingMax: number;
}

/**
 * Turns at the database. However many shoppers crowd in, settling finds a reserved place and goes
 * before everybody who waits; lists leave places to both, and go last. All queues and waits are
 * bounded.
 */
export class Turns {
  private readonly running: Record<Lane, number> = { settling: 0, ordinary: 0, listing: 0 };
  private readonly waiting: Record<Lane, (() => void)[]> = {
    settling: [],
    ordinary: [],
    listing: [],
  };

  constructor(private readonly limits: Limits) {
    storeMetrics.running.read(() => this.running);
    storeMetrics.waiting.read(() => {
      const { settling, ordinary, listing } = this.waiting;
      return { settling: settling.length, ordinary: ordinary.length, listing: listing.length };
    });
  }

  /** Does the work when it is its turn. Fails with service/unavailable if that takes too long. */
  async run<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    if (this.isFree(lane)) this.running[lane] += 1;
    else await waitIn(this.waiting[lane], lineLimits, () => crowded(lane));
    try {
      return await work();
    } finally {
      this.running[lane] -= 1;
      this.startNext();
    }
  }

  private isFree(lane: Lane): boolean {
    const { runningMax, reserved, listingMax } = this.limits;
    const { settling, ordinary, listing } = this.running;
    if (settling + ordinary + listing >= runningMax) return false;
    if (lane === 'listing' && listing >= listingMax) return false;
    return lane === 'settling' || ordinary + listing < runningMax - reserved;
  }

  private startNext(): void {
    for (const lane of lanes) {
      while (this.waiting[lane].length > 0 && this.isFree(lane)) {
        this.running[lane] += 1;
        this.waiting[lane].shift()?.();
      }
    }
  }
}

function crowded(lane: Lane): AppError {
  storeMetrics.refused.add({ lane });
  const detail = 'too many requests are waiting for the database';
  return new AppError('service/unavailable', { detail });
}
