import type { PoolConnection, QueryError } from 'mysql2';
import {
  type DataSource,
  QueryFailedError,
  QueryResult,
  QueryRunnerAlreadyReleasedError,
  type ReplicationMode,
} from 'typeorm';
import { MysqlQueryRunner } from 'typeorm/driver/mysql/MysqlQueryRunner.js';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { poolOf } from './pool';

/**
 * TypeORM's way to a server, made lean. A transaction takes a connection whose first statement
 * begins it, so that no statement is sent for that; and statements go to mysql2 as they are,
 * without a promise wrapper that TypeORM builds around the connection each time, and without its
 * events, which nobody here hears.
 *
 * It relies on this of TypeORM's: `connect` takes a connection unless `databaseConnection` is set,
 * `release` gives that one back; commit and rollback want `isTransactionActive`, send COMMIT or
 * ROLLBACK at a `transactionDepth` of 1 and speak of savepoints above it, all by `query`.
 */
class FirstStatementRunner extends MysqlQueryRunner {
  override async startTransaction(level?: IsolationLevel): Promise<void> {
    const pool = poolOf(this.driver.dataSource);
    // A level has to be said before a transaction begins; and whoever has a connection stays on it,
    // as one transaction within another, a savepoint, must.
    if (level || this.databaseConnection || !pool) return super.startTransaction(level);
    this.databaseConnection = await new Promise<PoolConnection>((resolve, reject) => {
      pool.getTransactionConnection((error, connection) =>
        error ? reject(error) : resolve(connection),
      );
    });
    this.isTransactionActive = true;
    this.transactionDepth = 1;
  }

  /** A connection of which nobody knows whether its transaction has ended is given to nobody. */
  override async rollbackTransaction(): Promise<void> {
    try {
      await super.rollbackTransaction();
    } catch (error) {
      this.databaseConnection?.destroy();
      throw error;
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: what comes back depends on the statement
  override async query(sql: string, values?: unknown[], isStructured = false): Promise<any> {
    if (this.isReleased) throw new QueryRunnerAlreadyReleasedError();
    const connection: PoolConnection = await this.connect();
    this.driver.dataSource.logger.logQuery(sql, values, this);
    const raw = await new Promise<unknown>((resolve, reject) => {
      const done = (error: QueryError | null, result: unknown) => {
        if (error) reject(new QueryFailedError(sql, values, error));
        else resolve(result);
      };
      connection.query(sql, values, done);
    });
    return isStructured ? structured(raw) : raw;
  }
}

function structured(raw: unknown): QueryResult {
  const result = new QueryResult();
  result.raw = raw;
  if (Array.isArray(raw)) result.records = raw;
  else result.affected = (raw as { affectedRows?: number }).affectedRows;
  return result;
}

/** Makes a server's data source, one with a pool that can be renewed, work by this runner. */
export function useOwnRunner(source: DataSource): DataSource {
  const { driver } = source;
  driver.createQueryRunner = (mode: ReplicationMode) =>
    new FirstStatementRunner(driver as never, mode);
  return source;
}
