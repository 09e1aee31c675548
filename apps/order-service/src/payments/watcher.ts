import { setTimeout as wait } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { In, LessThanOrEqual } from 'typeorm';
import { OrderConfig } from '../config';
import { Database } from '../database/database';
import { Examination } from './examination';
import { PayLogRow } from './pay-log.entity';

/** Payments that one instance examines at the same time. */
const inFlightMax = 20;
/** Looks that one instance begins in a second, whatever has piled up. */
const looksPerSecondMax = 100;
/** A payment that is being looked at is left alone by the others for longer than that takes. */
const claimMs = 30_000;
const tickMsMax = 500;
/** At shutdown looks in flight get this long to end. */
const endMsMax = 2_000;
/** After a failure of the database the watcher rests. */
const restMs = 1_000;

/**
 * The clock's work on payments: it looks at every one that is due, by the database alone, however
 * many browsers wait and even if none does. Several instances share the work: who claims a row
 * moves its next look away in the same transaction.
 */
@Injectable()
export class Watcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('watcher');
  private readonly inFlight = new Set<Promise<void>>();
  private readonly tickMs: number;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly database: Database,
    config: OrderConfig,
    private readonly examination: Examination,
  ) {
    this.tickMs = Math.min(tickMsMax, Math.ceil(config.QUERY_INTERVAL_MS / 2));
  }

  onApplicationBootstrap(): void {
    this.schedule(this.tickMs);
  }

  /** Begins nothing new and lets the looks in flight end. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
    // A look that WeChat keeps waiting is cut: its claim runs out and the next start looks again.
    const limit = new AbortController();
    const ended = Promise.all(this.inFlight).finally(() => limit.abort());
    await Promise.race([ended, wait(endMsMax, undefined, limit).catch(() => undefined)]);
  }

  private schedule(waitMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.tick().then((nextMs) => this.schedule(nextMs));
    }, waitMs);
  }

  private async tick(): Promise<number> {
    try {
      const perTickMax = Math.ceil((looksPerSecondMax * this.tickMs) / 1_000);
      const free = Math.min(inFlightMax - this.inFlight.size, perTickMax);
      if (free > 0) for (const row of await this.claim(free)) this.begin(row);
      return this.tickMs;
    } catch (error) {
      this.logger.warn(`cannot claim payments: ${error}`);
      return restMs;
    }
  }

  private claim(rowsMax: number): Promise<PayLogRow[]> {
    return this.database.transaction(async (manager) => {
      const now = new Date();
      const rows = await manager.find(PayLogRow, {
        where: { trade_state: In(['0', '2']), next_look_time: LessThanOrEqual(now) },
        order: { next_look_time: 'ASC' },
        take: rowsMax,
        ...(this.database.hasRowLocks && {
          lock: { mode: 'pessimistic_write', onLocked: 'skip_locked' },
        }),
      });
      if (rows.length === 0) return rows;
      const out_trade_nos = rows.map((row) => row.out_trade_no);
      const next_look_time = new Date(now.getTime() + claimMs);
      await manager.update(PayLogRow, { out_trade_no: In(out_trade_nos) }, { next_look_time });
      return rows;
    });
  }

  private begin(row: PayLogRow): void {
    const look = this.examination
      .examine(row)
      .catch((error: unknown) => {
        // Its claim runs out, and then it is looked at again.
        this.logger.warn(`${row.out_trade_no} not examined: ${error}`);
      })
      .finally(() => this.inFlight.delete(look));
    this.inFlight.add(look);
  }
}
