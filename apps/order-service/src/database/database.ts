import type { OnApplicationShutdown } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import type { DataSource, EntityManager } from 'typeorm';

/** A transaction that met a deadlock or a lock it could not get is tried this often. */
const triesMax = 3;
/** Units of work that may queue for SQLite's one connection. */
const queuedMax = 1_000;

type Work<T> = (manager: EntityManager) => Promise<T>;

/**
 * The only way to the rows: units of work. MySQL runs them side by side; SQLite has one connection,
 * on which a stranger's write would join an open transaction, so there they run one by one.
 */
export class Database implements OnApplicationShutdown {
  private last: Promise<unknown> = Promise.resolve();
  private queued = 0;

  constructor(private readonly source: DataSource) {}

  /** Whether rows can be claimed with `FOR UPDATE SKIP LOCKED`; else units of work queue anyway. */
  get hasRowLocks(): boolean {
    return this.source.options.type !== 'better-sqlite3';
  }

  /** Statements that need no transaction: reads, or a single write. */
  read<T>(work: Work<T>): Promise<T> {
    return this.unit(() => work(this.source.manager));
  }

  /** All or nothing. The work may run more than once, so it must not do anything but statements. */
  transaction<T>(work: Work<T>): Promise<T> {
    return this.unit(async () => {
      for (let tries = 1; ; tries += 1) {
        try {
          return await this.source.manager.transaction(work);
        } catch (error) {
          if (tries === triesMax || !isLockConflict(error)) throw error;
        }
      }
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.source.destroy();
  }

  private async unit<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await (this.hasRowLocks ? work() : this.inTurn(work));
    } catch (error) {
      if (isLockConflict(error) || isOutage(error)) throw unavailable(error);
      throw error;
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.queued >= queuedMax) throw unavailable(new Error('too many units of work queue'));
    this.queued += 1;
    const result = this.last.then(work);
    this.last = result
      .catch(() => undefined)
      .finally(() => {
        this.queued -= 1;
      });
    return result;
  }
}

const unavailable = (cause: unknown) =>
  new AppError('service/unavailable', { detail: 'the database does not answer', cause });

const codeOf = (error: unknown) => String((error as { code?: unknown } | null)?.code);

/** A unique key was there already. */
export function isDuplicate(error: unknown): boolean {
  return ['ER_DUP_ENTRY', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'].includes(
    codeOf(error),
  );
}

function isLockConflict(error: unknown): boolean {
  return ['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CHECKREAD'].includes(codeOf(error));
}

const outages = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'PROTOCOL_CONNECTION_LOST',
  'POOL_CLOSED',
  'ER_CON_COUNT_ERROR',
  'ER_SERVER_SHUTDOWN',
  'ER_NORMAL_SHUTDOWN',
  'ER_CONNECTION_KILLED',
  'ER_OPTION_PREVENTS_STATEMENT',
  'SQLITE_BUSY',
]);

/** The server is away, refuses connections, or the way to it broke: nobody knows what it did. */
function isOutage(error: unknown): boolean {
  const { fatal, message } = (error ?? {}) as { fatal?: unknown; message?: unknown };
  return outages.has(codeOf(error)) || fatal === true || message === 'Queue limit reached.';
}
