import { Logger } from '@nestjs/common';
import { isUnavailable } from '@saoma/contracts/errors';
import { Complaints } from '@saoma/platform/complaints';
import { inNewTrace } from '@saoma/platform/traces/spans';
import { within } from '@saoma/platform/within';
import {
  type EntityManager,
  type EntityTarget,
  type FindOptionsOrder,
  type FindOptionsWhere,
  In,
  LessThanOrEqual,
  MoreThan,
  type ObjectLiteral,
  type QueryDeepPartialEntity,
} from 'typeorm';
import { Database } from '../database/database';
import { orderMetrics, type Work } from '../metrics';

/** A row in work is left alone by the others for longer than the calls it needs can take. */
const claimMs = 30_000;
/** After a failure to claim, which is one of the database, the clock rests. */
const restMs = 500;
/** At shutdown work in flight gets this long to end. */
const endMsMax = 2_000;

/** Rows that are claimed although nobody works on them, because something was away. */
interface Claimed<Row> {
  readonly rows: FindOptionsWhere<Row>;
  readonly until: Date;
}

interface Options<Row> {
  readonly name: Work;
  readonly table: EntityTarget<Row>;
  readonly key: keyof Row & string;
  /** The column that says when a row is due, in whose order an index gives what is to be done. */
  readonly due: keyof Row & string;
  readonly where: FindOptionsWhere<Row>;
  /** How often it is looked for due rows. */
  readonly tickMs: number;
  /** Rows that are worked on at the same time. */
  readonly inFlightMax: number;
  /** Rows that are begun in a second, whatever has piled up. */
  readonly startsPerSecondMax: number;
  /** A failure is only logged: the row falls due again. */
  readonly work: (row: Row) => Promise<void>;
  /** What else has to be put right after the clock was set back. */
  readonly afterSetBack?: (manager: EntityManager, now: Date) => Promise<void>;
}

/**
 * The clock's work on rows that have a due time: bounded, and shared between instances. Claiming
 * a row postpones its due time; if the process dies, the row falls due again.
 */
export class DueWork<Row extends ObjectLiteral> {
  private readonly complaints: Complaints;
  private readonly inFlight = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;
  private clockWasAhead = false;
  private leftOver: Claimed<Row>[] = [];

  constructor(
    private readonly database: Database,
    private readonly options: Options<Row>,
  ) {
    this.complaints = new Complaints(new Logger(options.name));
  }

  start(): void {
    this.schedule(this.options.tickMs);
  }

  /** Begins nothing new. Work that the outside keeps waiting is cut: its row falls due again. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
    await within(endMsMax, Promise.all(this.inFlight));
  }

  /**
   * The clock was ahead when times were written, and no longer is: what would wait until it is
   * there again falls due now. That may be too early, which is harmless; the bounds still hold.
   */
  bringForward(): void {
    this.clockWasAhead = true;
  }

  /** For how many seconds the row that has waited longest has been due; 0: none is. */
  async lag(manager: EntityManager, now: Date): Promise<number> {
    const { table, due } = this.options;
    const [row] = await manager.find(table, this.dueBy(now, 1));
    return row ? (now.getTime() - (row[due] as Date).getTime()) / 1_000 : 0;
  }

  /** Those that wait longest, so many at most. */
  private dueBy(now: Date, take: number) {
    const { due, where } = this.options;
    const order = { [due]: 'ASC' } as FindOptionsOrder<Row>;
    return { where: { ...where, [due]: LessThanOrEqual(now) }, order, take };
  }

  private dueAt(time: Date) {
    return { [this.options.due]: time } as object as QueryDeepPartialEntity<Row>;
  }

  private schedule(waitMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.tick().then((nextMs) => this.schedule(nextMs));
    }, waitMs);
  }

  private async tick(): Promise<number> {
    const { tickMs, inFlightMax, startsPerSecondMax } = this.options;
    const perTickMax = Math.ceil((startsPerSecondMax * tickMs) / 1_000);
    const rowsMax = Math.min(inFlightMax - this.inFlight.size, perTickMax);
    if (rowsMax <= 0) return tickMs;
    const until = new Date(Date.now() + claimMs);
    try {
      if (this.clockWasAhead) await this.makeAllDue();
      await this.giveBack();
      for (const row of await this.claim(rowsMax, until)) this.begin(row, until);
      return tickMs;
    } catch (error) {
      // It may have been done without our hearing of it.
      if (isUnavailable(error)) this.leaveOver(this.options.where, until);
      this.complaints.tell('due work could not be read, it will be tried again', error);
      return restMs;
    }
  }

  private async makeAllDue(): Promise<void> {
    const { table, due, where, afterSetBack } = this.options;
    const now = new Date();
    const later = { ...where, [due]: MoreThan(now) };
    // What is brought forward while this is written counts anew.
    this.clockWasAhead = false;
    try {
      await this.database.settling.transaction(async (manager) => {
        await manager.update(table, later, this.dueAt(now));
        await afterSetBack?.(manager, now);
      });
    } catch (error) {
      this.clockWasAhead = true;
      throw error;
    }
  }

  private leaveOver(rows: FindOptionsWhere<Row>, until: Date): void {
    this.leftOver.push({ rows: { ...rows, [this.options.due]: until }, until });
  }

  /** What was away may be there again: these fall due soon, not only when their claim runs out. */
  private async giveBack(): Promise<void> {
    const now = Date.now();
    const soon = this.dueAt(new Date(now + restMs));
    this.leftOver = this.leftOver.filter(({ until }) => until.getTime() > now);
    for (let one = this.leftOver[0]; one; one = this.leftOver[0]) {
      const { rows } = one;
      await this.database.settling.statements((manager) =>
        manager.update(this.options.table, rows, soon),
      );
      this.leftOver.shift();
    }
  }

  private claim(rowsMax: number, until: Date): Promise<Row[]> {
    const { table, key } = this.options;
    return this.database.settling.transaction(async (manager) => {
      const due = this.dueBy(new Date(), rowsMax);
      const rows = await manager.find(table, { ...due, ...this.database.claimLock });
      if (rows.length === 0) return rows;
      const claimed = { [key]: In(rows.map((row) => row[key])) } as FindOptionsWhere<Row>;
      await manager.update(table, claimed, this.dueAt(until));
      return rows;
    });
  }

  private begin(row: Row, until: Date): void {
    const { key, name, work: doWork } = this.options;
    const one = { [key]: row[key] } as FindOptionsWhere<Row>;
    const tried = async () => {
      try {
        await doWork(row);
        orderMetrics.work.add({ work: name, outcome: 'done' });
      } catch (error) {
        orderMetrics.work.add({ work: name, outcome: 'failed' });
        this.complaints.tell('failed, will be tried again', error, one);
        if (isUnavailable(error)) this.leaveOver(one, until);
        // It is told: the trace says so as well.
        throw error;
      }
    };
    const work = inNewTrace({ kind: 'internal', name }, tried)
      .catch(() => undefined)
      .finally(() => this.inFlight.delete(work));
    this.inFlight.add(work);
  }
}
