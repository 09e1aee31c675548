import { AppError } from '@saoma/contracts/errors';
import Snowflake from 'snowflake-id';

/** Ids count milliseconds from here: they have 19 digits from 2024 to 2083, and sort as text. */
const epochMs = Date.UTC(2014, 0, 1);
/** Below the milliseconds an id has 10 bits of worker number and 12 of sequence. */
const bitsBelowMs = 22n;
const sequenceMax = 0xfffn;
const workerBits = 12n;
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
 * worker number. So only an id greater than the last one leaves here: while the clock is behind,
 * ids go on from the last one. None carries a moment that the lease does not cover.
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
    if (!generator || !lease) {
      throw noNumber('no worker number is leased, so no new ids can be made');
    }
    // The library answers null for a time before its epoch.
    const drawn = BigInt(generator.generate() ?? 0);
    const id = drawn > this.last ? drawn : after(this.last, lease.worker_id);
    const text = String(id);
    if (momentOf(text) > lease.expireMs) throw noNumber('the worker number has expired');
    this.last = id;
    return text;
  }
}

/** This worker's next id after `last`: in the same millisecond while it has room, else later. */
function after(last: bigint, worker_id: number): bigint {
  const worker = BigInt(worker_id) << workerBits;
  const first = (((last >> bitsBelowMs) + 1n) << bitsBelowMs) | worker;
  const isSameWorker = ((last >> workerBits) & 0x3ffn) === BigInt(worker_id);
  return isSameWorker && (last & sequenceMax) < sequenceMax ? last + 1n : first;
}

const noNumber = (detail: string) => new AppError('service/unavailable', { detail });

/** The moment (ms) that an id carries. */
export function momentOf(id: string): number {
  return Number(BigInt(id) >> bitsBelowMs) + epochMs;
}

const isWorkerId = (value: number) => Number.isInteger(value) && value >= 1 && value <= workerIdMax;
