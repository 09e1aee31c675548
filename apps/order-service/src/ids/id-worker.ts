import { AppError } from '@saoma/contracts/errors';
import Snowflake from 'snowflake-id';

/** Ids count milliseconds from here: they have 19 digits from 2024 to 2083, and sort as text. */
const epochMs = Date.UTC(2014, 0, 1);
/** Below the milliseconds an id has 10 bits of worker number and 12 of sequence. */
const bitsBelowMs = 22n;
/** How often the generator is asked again when its clock has stepped back: some 50 ms in all. */
const spinsMax = 2_000;
/** Worker numbers are 1-1022. */
export const workerIdMax = 1_022;

/** A worker number, and the last moment (ms) that its ids may carry. */
export interface WorkerLease {
  readonly worker_id: number;
  readonly expireMs: number;
}

/**
 * Our numbers (the lesson's IdWorker): ever growing decimal strings, never two the same. The
 * library alone repeats ids when the clock steps back or a millisecond is used up, and takes any
 * worker number; so only an id greater than the last one leaves here, and none of a moment that
 * the lease does not cover.
 */
export class IdWorker {
  private lease: WorkerLease | undefined;
  private generator: Snowflake | undefined;
  private last = 0n;

  /** Takes a lease into use; undefined stops the numbers. */
  use(lease: WorkerLease | undefined): void {
    if (lease && !isWorkerId(lease.worker_id)) {
      throw new RangeError(`a worker number is 1-${workerIdMax}`);
    }
    if (lease?.worker_id !== this.lease?.worker_id) {
      this.generator = lease && new Snowflake({ mid: lease.worker_id, offset: epochMs });
    }
    this.lease = lease;
  }

  /** The next number. Fails with service/unavailable while no worker number is ours. */
  nextId(): string {
    const { generator, lease } = this;
    if (!generator || !lease)
      throw noNumber('no worker number is leased, so no new ids can be made');
    for (let spins = 0; spins < spinsMax; spins += 1) {
      const text = generator.generate();
      // The library answers null for a time before its epoch.
      if (text === null || BigInt(text) <= this.last) continue;
      if (momentOf(text) > lease.expireMs)
        throw noNumber('the lease of the worker number has expired');
      this.last = BigInt(text);
      return text;
    }
    throw noNumber('the clock was set back');
  }
}

const noNumber = (detail: string) => new AppError('service/unavailable', { detail });

/** The moment (ms) that an id carries. */
export function momentOf(id: string): number {
  return Number(BigInt(id) >> bitsBelowMs) + epochMs;
}

const isWorkerId = (value: number) => Number.isInteger(value) && value >= 1 && value <= workerIdMax;
