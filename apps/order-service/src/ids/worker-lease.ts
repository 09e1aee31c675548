import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import { Database, isDuplicate } from '../database/database';
import { IdWorker } from './id-worker';
import { WorkerRow } from './worker.entity';

const leaseMs = 60_000;
const renewEveryMs = 10_000;
/** Ids stop this long before the row's time, so that none made just then carries a later time. */
const marginMs = 5_000;
const workerIdMax = 1022;

/**
 * Keeps a worker number leased in a database row. A row is free only when its time has passed on
 * the taker's own clock, and no id is given out later than the row says: so the ids of two owners
 * never share a millisecond, whatever their clocks do. Redis could be emptied; a row cannot.
 */
@Injectable()
export class WorkerLeaseKeeper {
  private readonly logger = new Logger('ids');
  private readonly owner = randomUUID();
  private worker_id: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly ids: IdWorker,
  ) {}

  /** Leases a number and keeps it. A number fixed by the operator is used without a lease. */
  async start(fixed: number | undefined): Promise<void> {
    if (fixed !== undefined) {
      this.ids.use({ worker_id: fixed, expireMs: Number.POSITIVE_INFINITY });
      return;
    }
    await this.keep();
    this.timer = setInterval(() => {
      this.keep().catch((err: unknown) => this.logger.warn(`worker number not renewed: ${err}`));
    }, renewEveryMs);
  }

  /** Gives the number up, so that others need not wait for its time to pass. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.ids.use(undefined);
    const { worker_id, owner } = this;
    if (worker_id === undefined) return;
    await this.database.read((manager) =>
      manager.update(WorkerRow, { worker_id, owner }, { expire_time: new Date() }),
    );
  }

  private async keep(): Promise<void> {
    const expire_time = new Date(Date.now() + leaseMs);
    if (this.worker_id !== undefined && !(await this.renew(this.worker_id, expire_time))) {
      this.logger.warn(`worker number ${this.worker_id} is lost`);
      this.ids.use(undefined);
      this.worker_id = undefined;
    }
    this.worker_id ??= await this.take(expire_time);
    this.ids.use({ worker_id: this.worker_id, expireMs: expire_time.getTime() - marginMs });
  }

  private async renew(worker_id: number, expire_time: Date): Promise<boolean> {
    const { affected } = await this.database.read((manager) =>
      manager.update(WorkerRow, { worker_id, owner: this.owner }, { expire_time }),
    );
    return affected === 1;
  }

  private async take(expire_time: Date): Promise<number> {
    const rows = await this.database.read((manager) => manager.find(WorkerRow));
    const now = new Date();
    const seen = new Map(rows.map((row) => [row.worker_id, row]));
    for (let worker_id = 1; worker_id <= workerIdMax; worker_id += 1) {
      const row = seen.get(worker_id);
      if (row && row.expire_time >= now) continue;
      if (await this.claim(worker_id, row, expire_time)) return worker_id;
    }
    throw new AppError('service/unavailable', { detail: 'all worker numbers are taken' });
  }

  private async claim(worker_id: number, row: WorkerRow | undefined, expire_time: Date) {
    const { owner } = this;
    try {
      return await this.database.read(async (manager) => {
        if (!row) {
          await manager.insert(WorkerRow, { worker_id, owner, expire_time });
          return true;
        }
        const before = { worker_id, owner: row.owner, expire_time: row.expire_time };
        const { affected } = await manager.update(WorkerRow, before, { owner, expire_time });
        return affected === 1;
      });
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }
}
