import { AppError } from '@saoma/contracts/errors';

/** Whose work it is: what shoppers ask for, or what takes in money that was already paid. */
export type Lane = 'ordinary' | 'settling';

/** Units of work of one lane that may wait; more are refused at once. */
const waitingMax = 1_000;
/** Nobody listens any more to the answer of a unit that has waited longer. */
const waitMsMax = 4_000;

interface Limits {
  /** Units of work at the same time. */
  readonly runningMax: number;
  /** Of these, places that ordinary work never takes. */
  readonly reserved: number;
}

/**
 * Turns at the database. However many shoppers crowd in, settling finds a reserved place and goes
 * before everybody who waits; all queues and waits are bounded.
 */
export class Turns {
  private readonly running: Record<Lane, number> = { ordinary: 0, settling: 0 };
  private readonly waiting: Record<Lane, (() => void)[]> = { ordinary: [], settling: [] };

  constructor(private readonly limits: Limits) {}

  /** Does the work when it is its turn. Fails with service/unavailable if that takes too long. */
  async run<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    if (this.isFree(lane)) this.running[lane] += 1;
    else await this.turn(lane);
    try {
      return await work();
    } finally {
      this.running[lane] -= 1;
      this.startNext();
    }
  }

  private get runningCount(): number {
    return this.running.ordinary + this.running.settling;
  }

  private isFree(lane: Lane): boolean {
    const { runningMax, reserved } = this.limits;
    if (this.runningCount >= runningMax) return false;
    return lane === 'settling' || this.running.ordinary < runningMax - reserved;
  }

  private turn(lane: Lane): Promise<void> {
    const queue = this.waiting[lane];
    if (queue.length >= waitingMax) throw crowded();
    return new Promise((resolve, reject) => {
      const start = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        queue.splice(queue.indexOf(start), 1);
        reject(crowded());
      }, waitMsMax);
      queue.push(start);
    });
  }

  private startNext(): void {
    for (const lane of ['settling', 'ordinary'] as const) {
      while (this.waiting[lane].length > 0 && this.isFree(lane)) {
        this.running[lane] += 1;
        this.waiting[lane].shift()?.();
      }
    }
  }
}

const crowded = () =>
  new AppError('service/unavailable', { detail: 'too many requests are waiting for the database' });
