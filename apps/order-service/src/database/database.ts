import { Logger } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import { Complaints } from '@saoma/platform/complaints';
import { inSpan } from '@saoma/platform/traces/spans';
import { within } from '@saoma/platform/within';
import { type DataSource, type EntityManager, type FindOperator, Raw } from 'typeorm';
import {
  hasOnlyRead,
  isBetterElsewhere,
  isLockConflict,
  isLostConnection,
  isWrongServer,
  troubleOf,
} from './database-errors';
import { isSyncedBy, lookMsMax, probeSql, stateSql } from './look';
import { poolOf } from './pool';
import { type Lane, Turns } from './turns';

/** A transaction that met a deadlock, a held lock or a dead connection is tried this often. */
const triesMax = 3;
/**
 * Units of work that are under way at once on a server. Each of its two pools, for statements and
 * for transactions, has so many connections and one for the probe.
 */
export const unitsMax = 10;
/** Of these, what shoppers never take: money is settled however crowded the shop is. */
const settlingReserved = 3;
/** Of these, what lists take at the same time, at most. */
const listingMax = 4;

/** A probe without an answer for so long means that the connections lead nowhere. */
const probeMsMax = 2_000;
/** If our clock and the server's are further apart, one of them is wrong. */
export const wrongClockMsMax = 60_000;

const timeSql = 'SELECT UNIX_TIMESTAMP(NOW(3)) * 1000 AS nowMs';

type Work<T> = (manager: EntityManager) => Promise<T>;

/** What is to be said once a transaction is committed; it may be run more than once before. */
const afterCommits = new WeakMap<EntityManager, (() => void)[]>();

/** Says something when the transaction of `manager` is committed, and only then. */
export function afterCommit(manager: EntityManager, say: () => void): void {
  const waiting = afterCommits.get(manager);
  if (waiting) waiting.push(say);
  else say();
}

/** Why a transaction failed before its COMMIT was sent: of what it wrote, nothing is done. */
class Uncommitted extends Error {
  constructor(override readonly cause: unknown) {
    super('not committed', { cause });
  }
}

/** The two kinds of units of work. */
export interface UnitsOfWork {
  /** Statements that need no transaction: reads, or a single write. */
  statements<T>(work: Work<T>): Promise<T>;
  /** All or nothing. The work may run more than once, so it must not do anything but statements. */
  transaction<T>(work: Work<T>): Promise<T>;
}

/** What a unit of work is called in traces, its wait for a turn included. */
const laneWork = {
  settling: { kind: 'internal', name: 'database settling' },
  ordinary: { kind: 'internal', name: 'database ordinary' },
  listing: { kind: 'internal', name: 'database listing' },
} as const;

/**
 * The only way to the rows: units of work. MySQL runs them side by side; SQLite has one connection,
 * on which a stranger's write would join an open transaction, so there they run one by one. A unit
 * must not ask for another unit. Fails with service/unavailable when the database is away: then
 * nobody knows whether a write was done.
 */
export class Database implements UnitsOfWork {
  /** The same for work that takes in money: shoppers never take its turns. */
  readonly settling: UnitsOfWork = {
    statements: (work) => this.unit('settling', () => work(this.source.manager)),
    transaction: (work) => this.unit('settling', () => this.committed(work)),
  };
  /** The same for lists: whatever else is asked for goes before them. */
  readonly listing: Pick<UnitsOfWork, 'statements'> = {
    statements: (work) => this.unit('listing', () => work(this.source.manager)),
  };
  private readonly turns: Turns;
  private readonly complaints = new Complaints(new Logger('database'));

  constructor(private readonly source: DataSource) {
    this.turns = new Turns(
      this.hasRowLocks
        ? { runningMax: unitsMax, reserved: settlingReserved, listingMax }
        : { runningMax: 1, reserved: 0, listingMax: 1 },
    );
  }

  /** Whether rows can be claimed with `FOR UPDATE SKIP LOCKED`; else units of work queue anyway. */
  get hasRowLocks(): boolean {
    return this.source.options.type !== 'better-sqlite3';
  }

  /**
   * What a `find` needs so that several instances claim different rows. SQLite has no such lock and
   * needs none: its units of work queue anyway.
   */
  get claimLock() {
    const lock = { mode: 'pessimistic_write', onLocked: 'skip_locked' } as const;
    return this.hasRowLocks ? { lock } : {};
  }

  /** What a `find` needs so that nobody else changes the row before the transaction ends. */
  get rowLock() {
    return this.hasRowLocks ? { lock: { mode: 'pessimistic_write' } as const } : {};
  }

  /**
   * What a condition needs so that a time is `ageMs` old by the server's clock too: ours may be
   * wrong by hours. SQLite has no clock but ours.
   */
  isOld(ageMs: number): FindOperator<Date> | undefined {
    if (!this.hasRowLocks) return undefined;
    const ageSeconds = (ageMs - wrongClockMsMax) / 1_000;
    return Raw((column) => `${column} <= NOW(3) - INTERVAL :ageSeconds SECOND`, { ageSeconds });
  }

  /** The milliseconds between two times, in SQL. */
  msBetween(from: string, to: string): string {
    return this.hasRowLocks
      ? `TIMESTAMPDIFF(MICROSECOND, ${from}, ${to}) / 1000`
      : `(julianday(${to}) - julianday(${from})) * 86400000`;
  }

  statements<T>(work: Work<T>): Promise<T> {
    return this.unit('ordinary', () => work(this.source.manager));
  }

  transaction<T>(work: Work<T>): Promise<T> {
    return this.unit('ordinary', () => this.committed(work));
  }

  /**
   * Whether money can be written down now: asks for a write that changes nothing, beside whatever
   * else goes on. Fails as every unit of work does; what leads nowhere is given up. Gives the
   * server's own time in milliseconds; undefined if its clock is ours.
   */
  async probe(): Promise<number | undefined> {
    const ask = () => this.source.query(probeSql);
    if (!this.hasRowLocks) return this.unit('settling', ask).then(() => undefined);
    const pool = poolOf(this.source);
    const before = pool?.heard();
    const silent = (): never => {
      if (before) pool?.abandon(before);
      throw Object.assign(new Error('no answer to a probe'), { code: 'ETIMEDOUT' });
    };
    let isSynced = true;
    const askAll = async () => {
      await ask();
      const [row] = await this.source.query(timeSql);
      if (pool?.areSeveral) isSynced = isSyncedBy(await this.source.query(stateSql));
      return Number(row?.nowMs);
    };
    const limitMs = pool?.areSeveral ? lookMsMax : probeMsMax;
    const nowMs = await this.attempt(() => within(limitMs, askAll(), silent));
    // Nobody waits for that: the server in use is well.
    if (pool?.areSeveral) void pool.seek(isSynced);
    return nowMs;
  }

  /**
   * On a server its first statement begins it: `runner.ts`. Once the work is done COMMIT is sent:
   * whatever fails then, it may be committed.
   */
  private async committed<T>(work: Work<T>): Promise<T> {
    const waiting: (() => void)[] = [];
    let mayBeCommitted = false;
    const transaction = this.source.manager.transaction(async (manager) => {
      afterCommits.set(manager, waiting);
      const result = await work(manager).finally(() => afterCommits.delete(manager));
      mayBeCommitted = true;
      return result;
    });
    const result = await transaction.catch((error: unknown) => {
      throw mayBeCommitted ? error : new Uncommitted(error);
    });
    for (const say of waiting) say();
    return result;
  }

  private unit<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    return inSpan(laneWork[lane], () => this.turns.run(lane, () => this.attempt(work)));
  }

  /** Repeats only what the database has certainly not done. */
  private async attempt<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      const pool = poolOf(this.source);
      const generation = pool?.generation ?? 0;
      try {
        return await work();
      } catch (thrown) {
        const isUncommitted = thrown instanceof Uncommitted;
        const error = isUncommitted ? thrown.cause : thrown;
        if (isBetterElsewhere(error)) pool?.leave(generation, error);
        // What was not committed is undone, also where a server was left; what reads does nothing.
        const isLost = isLostConnection(error) || (pool?.areSeveral && isBetterElsewhere(error));
        const isUndone = isLost && (isUncommitted || hasOnlyRead(error));
        const isRefused = isLockConflict(error) || isWrongServer(error);
        if (tries < triesMax && (isUndone || isRefused)) continue;
        throw this.told(error);
      }
    }
  }

  private told(cause: unknown): unknown {
    const trouble = troubleOf(cause);
    if (trouble === undefined) return cause;
    this.complaints.tell(`the database ${trouble}`, cause);
    return new AppError('service/unavailable', { detail: `the database ${trouble}`, cause });
  }
}
