import { AppError } from '@saoma/contracts/errors';
import Snowflake from 'snowflake-id';

/** Ids count milliseconds from here, so that they have 19 digits from 2024 to 2083 and sort as text. */
const epochMs = Date.UTC(2014, 0, 1);
/** How often the generator is asked again when its clock has stepped back: some 50 ms in all. */
const spinsMax = 2_000;

/** A worker number, and the time (ms) after which this process may not use it any more. */
export interface WorkerLease {
  readonly worker_id: number;
  readonly expireMs: number;
}

/**
 * Our numbers (the lesson's IdWorker): ever growing decimal strings, never two the same. The
 * library alone repeats ids when the clock steps back or a millisecond is used up, and takes any
 * worker number; so only an id greater than the last one leaves here, and none without a lease.
 */
export class IdWorker {
  private lease: WorkerLease | undefined;
  private generator: Snowflake | undefined;
  private last = 0n;

  constructor(private readonly now: () => number = Date.now) {}

  /** Takes a lease into use; undefined stops the numbers. */
  use(lease: WorkerLease | undefined): void {
    if (lease && (lease.worker_id < 1 || lease.worker_id > 1022)) {
      throw new RangeError('a worker number is 1-1022');
    }
    if (lease?.worker_id !== this.lease?.worker_id) {
      this.generator = lease && new Snowflake({ mid: lease.worker_id, offset: epochMs });
    }
    this.lease = lease;
  }

  /** The next number. Fails with service/unavailable while no worker number is ours. */
  nextId(): string {
    for (let spins = 0; spins < spinsMax; spins += 1) {
      if (!this.generator || !this.lease || this.now() > this.lease.expireMs) {
        throw new AppError('service/unavailable', { detail: 'no worker number for new ids' });
      }
      const text = this.generator.generate();
      // The library answers null for a time before its epoch.
      if (text === null || BigInt(text) <= this.last) continue;
      this.last = BigInt(text);
      return text;
    }
    throw new AppError('service/unavailable', { detail: 'the clock has stepped back' });
  }
}
