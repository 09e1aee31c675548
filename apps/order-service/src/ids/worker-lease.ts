import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import { Complaints } from '@saoma/platform/complaints';
import { Database } from '../database/database';
import { unlessDuplicate } from '../database/database-errors';
import { IdWorker, workerIdMax } from './id-worker';
import { WorkerRow } from './worker.entity';

const leaseMs = 60_000;
const renewEveryMs = 10_000;
/** Who holds the numbers that operators fix with WORKER_ID, and until when nobody leases them. */
const operator = 'operator';
const forever = new Date('9999-12-31T00:00:00.000Z');

type Term = Pick<WorkerRow, 'owner' | 'expire_time'>;

/**
 * Keeps a worker number leased in a database row. A row is free only when its time has passed on
 * the taker's own clock, that time never goes back, and no id carries a later one: so the ids of
 * two owners never share a millisecond, whatever their clocks do. Redis could be emptied; a row
 * cannot.
 */
@Injectable()
export class WorkerLeaseKeeper {
  private readonly logger = new Logger('ids');
  private readonly complaints = new Complaints(this.logger);
  private readonly owner = randomUUID();
  private held: WorkerRow | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly ids: IdWorker,
  ) {}

  /**
   * Leases a number and keeps it. A number fixed by the operator is reserved for good, whoever
   * runs with it; fails with service/unavailable while another instance leases that number.
   */
  async start(fixed: number | undefined): Promise<void> {
    if (fixed !== undefined) return this.reserve(fixed);
    await this.keep();
    this.scheduleRenewal();
  }

  /** Gives the number up. The row's time stays: ids up to it may have been given out. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.ids.use(undefined);
    this.held = undefined;
  }

  /** Renews the lease, or takes another number if it is lost. */
  async keep(): Promise<void> {
    const term = { owner: this.owner, expire_time: new Date(Date.now() + leaseMs) };
    if (this.held && !(await this.renew(this.held, term))) {
      this.logger.warn(`worker number ${this.held.worker_id} is lost`);
      this.ids.use(undefined);
      this.held = undefined;
    }
    this.held ??= await this.take(term);
    if (this.stopped) return;
    const { worker_id, expire_time } = this.held;
    this.ids.use({ worker_id, expireMs: expire_time.getTime() });
  }

  /** A lease ends by the clock: one that was set forward may have ended it before its time. */
  clockWasSet(): void {
    if (this.held) this.renewNow();
  }

  private renewNow(): Promise<void> {
    return this.keep().catch((err: unknown) =>
      this.complaints.tell('the lease of the worker number was not renewed', err),
    );
  }

  private scheduleRenewal(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.renewNow().finally(() => this.scheduleRenewal());
    }, renewEveryMs).unref();
  }

  private async reserve(worker_id: number): Promise<void> {
    const row = await this.database.statements((m) => m.findOneBy(WorkerRow, { worker_id }));
    const term = { owner: operator, expire_time: forever };
    const isTheirs = row?.owner === operator;
    const isFree = !row || row.expire_time.getTime() < Date.now();
    if (!isTheirs && !(isFree && (await this.claim(worker_id, row, term)))) {
      throw new AppError('service/unavailable', {
        detail: `WORKER_ID ${worker_id} is leased by another instance for up to a minute`,
      });
    }
    this.ids.use({ worker_id, expireMs: forever.getTime() });
  }

  /** Extends the lease; after a step back of the clock its time stays as it was. */
  private async renew(held: WorkerRow, term: Term): Promise<boolean> {
    const { worker_id, owner } = held;
    const expire_time = new Date(Math.max(held.expire_time.getTime(), term.expire_time.getTime()));
    const { affected } = await this.database.statements((manager) =>
      manager.update(WorkerRow, { worker_id, owner }, { expire_time }),
    );
    if (affected === 1) this.held = { worker_id, owner, expire_time };
    return affected === 1;
  }

  private async take(term: Term): Promise<WorkerRow> {
    const rows = await this.database.statements((manager) => manager.find(WorkerRow));
    const nowMs = Date.now();
    const seen = new Map(rows.map((row) => [row.worker_id, row]));
    for (let worker_id = 1; worker_id <= workerIdMax; worker_id += 1) {
      const row = seen.get(worker_id) ?? null;
      if (row && row.expire_time.getTime() >= nowMs) continue;
      if (await this.claim(worker_id, row, term)) return { worker_id, ...term };
    }
    throw new AppError('service/unavailable', { detail: 'all worker numbers are taken' });
  }

  /** Takes the number if its row is still as it was seen. */
  private async claim(worker_id: number, seen: WorkerRow | null, term: Term): Promise<boolean> {
    const taking = this.database.statements(async (manager) => {
      if (!seen) {
        await manager.insert(WorkerRow, { worker_id, ...term });
        return true;
      }
      const { owner, expire_time } = seen;
      const before = { worker_id, owner, expire_time };
      const { affected } = await manager.update(WorkerRow, before, term);
      return affected === 1;
    });
    return (await unlessDuplicate(taking)) ?? false;
  }
}
