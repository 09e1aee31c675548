import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { isUnavailable } from '@saoma/contracts/errors';
import { Complaints } from '@saoma/platform/complaints';
import { ConfigError } from '@saoma/platform/config';
import { createPool, type PoolOptions } from 'mysql2';
import { DataSource, type DataSourceOptions, type Logger as Listener } from 'typeorm';
import { type DatabaseAddress, type ServerAddress, serverPort } from '../config';
import { unitsMax } from '../database/database';
import { isDenied, isOutage, troubleOf } from '../database/database-errors';
import { DatabaseLog } from '../database/database-log';
import type { Host } from '../database/hosts';
import { isForgetfulBy, settingsSql } from '../database/look';
import { poolOf, RenewablePool } from '../database/pool';
import { useOwnRunner } from '../database/runner';
import { migrations } from './migrations';
import { entities } from './schema';
import { tlsOptions } from './tls';

const connectMsMax = 2_000;
/** At start a service waits this long for its database, and asks at this interval. */
const startMsMax = 60_000;
const startEveryMs = 500;
const complaints = new Complaints(new Logger('database'));
/** A statement waits so long, in this thread, for another process that writes into the file. */
const busyMsMax = 300;

/**
 * A connection pool (MySQL, MariaDB) or the one connection (SQLite) that is not open yet. `ca`:
 * whose servers are believed if the address wants them verified, PEM. `logger` hears every
 * statement.
 */
export function dataSource(
  address: DatabaseAddress,
  ca?: string,
  logger: Listener = new DatabaseLog(),
): DataSource {
  const common = { entities, migrations, synchronize: false, logger };
  if (address.kind === 'sqlite') {
    return new DataSource({ ...common, ...sqlite(address.file) } as DataSourceOptions);
  }
  return useOwnRunner(new DataSource({ ...common, ...servers(address, ca) } as DataSourceOptions));
}

/** The server in use, for statements that may take long: its two connections may be silent. */
export function patientSource(source: DataSource): DataSource {
  const { options } = source;
  const driver = {
    createPool: (given: PoolOptions) => createPool({ ...given, ...poolOf(source)?.hosts.host }),
  };
  return new DataSource({ ...options, driver, poolSize: 2 } as DataSourceOptions);
}

function sqlite(file: string): Partial<DataSourceOptions> {
  if (file !== ':memory:') makeFolderOf(file);
  return {
    type: 'better-sqlite3',
    driver: withEarlyLocks(require('libsql')),
    database: file,
    enableWAL: true,
    timeout: busyMsMax,
    // A commit is on the disk before anybody is told of it.
    prepareDatabase: (database: { pragma(text: string): unknown }) => {
      database.pragma('synchronous = FULL');
    },
  };
}

function makeFolderOf(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch (error) {
    throw refusalOf(error as Error);
  }
}

interface SqliteDriver {
  // biome-ignore lint/suspicious/noExplicitAny: only such a class can be extended
  new (...args: any[]): { prepare(sql: string): unknown };
}

/**
 * The driver, but a transaction takes the right to write when it begins. If it took it at its first
 * write, a write of another process in between would make that fail, and the connection with it.
 */
function withEarlyLocks(driver: SqliteDriver): SqliteDriver {
  return class extends driver {
    override prepare(sql: string) {
      return super.prepare(sql === 'BEGIN TRANSACTION' ? 'BEGIN IMMEDIATE' : sql);
    }
  };
}

function servers(address: ServerAddress, ca?: string): Partial<DataSourceOptions> {
  const { kind, url, others = [], sslMode } = address;
  const { username, password, pathname } = new URL(url);
  const hostOf = (each: string) => howToCall(new URL(each), sslMode, ca);
  const hosts = [hostOf(url), ...others.map(hostOf)] as const;
  return {
    type: kind,
    driver: { createPool: (options: PoolOptions) => new RenewablePool(options, hosts) },
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    charset: 'utf8mb4',
    timezone: 'Z',
    supportBigNumbers: true,
    bigNumberStrings: true,
    connectTimeout: connectMsMax,
    // We prepare none, and mysql2 keeps half a MiB in each connection for 16,000 of them.
    extra: { maxPreparedStatements: 1 },
    // One more for the probe, which must not wait behind the work it is to watch.
    poolSize: unitsMax + 1,
  };
}

function howToCall(url: URL, sslMode: ServerAddress['sslMode'], ca?: string): Host {
  const host = url.hostname.replace(/[[\]]/g, '');
  return { host, port: Number(url.port || serverPort), ...tlsOptions(sslMode, ca, host) };
}

/**
 * Opens the data source, and warns if the server may forget what it has committed. Fails with
 * NoCluster if several servers are not of one, and with a ConfigError if a file cannot be opened.
 */
export async function open(source: DataSource): Promise<DataSource> {
  if (!source.isInitialized) await initialize(source);
  const pool = poolOf(source);
  if (!pool) return source;
  const forgetful = pool.areSeveral ? await pool.meet() : await forgetfulServer(source);
  for (const name of forgetful) {
    new Logger('database').warn(
      `a crash of ${name} may lose payments: set innodb_flush_log_at_trx_commit = 1`,
    );
  }
  if (await isGalera(source)) pool.waitForCluster();
  return source;
}

async function initialize(source: DataSource): Promise<void> {
  try {
    await source.initialize();
  } catch (error) {
    const isFile = source.options.type === 'better-sqlite3';
    // A server may be there later, and so may a file that another process writes into.
    throw isFile && !isOutage(error) ? refusalOf(error as Error) : error;
  }
}

const forgetfulServer = async (source: DataSource) =>
  isForgetfulBy(await source.query(settingsSql)) ? ['the server'] : [];

/** Whether the server replicates as one node of a Galera cluster. */
export async function isGalera(source: DataSource): Promise<boolean> {
  const [row] = await source.query("SHOW GLOBAL VARIABLES LIKE 'wsrep_on'");
  return row?.Value === 'ON';
}

/**
 * Closes the data source. On SQLite everything then stands in the one file, so that it can be
 * copied, also while somebody else reads it.
 */
export async function close(source: DataSource): Promise<void> {
  if (source.options.type === 'better-sqlite3') {
    // Work that was cut short may still hold the file; nothing is lost if it stays in two parts.
    await source.query('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => undefined);
  }
  await source.destroy();
}

/**
 * Does a step of the start as soon as the database answers, again if it goes away meanwhile:
 * services start in any order. Fails with a ConfigError if the database refuses us, or stays away
 * for so long.
 */
export async function whenThere<T>(step: () => Promise<T>, awayMsMax = startMsMax): Promise<T> {
  const endMs = performance.now() + awayMsMax;
  for (;;) {
    try {
      return await step();
    } catch (error) {
      const isAway = isOutage(error) || isUnavailable(error);
      const isLate = performance.now() > endMs;
      if (isDenied(error) || (isAway && isLate)) throw refusalOf(error as Error);
      if (!isAway) throw error;
      complaints.tell(
        `the start goes on waiting for the database, for ${awayMsMax / 1_000} s`,
        error,
      );
      await wait(startEveryMs);
    }
  }
}

/** In the database's own words, which name the user and the host, and no password. */
export function refusalOf(cause: Error & { readonly code?: string }): ConfigError {
  const trouble = troubleOf(cause) ?? 'cannot be used';
  // A host with several addresses, each in vain, has no words but a code.
  const words = cause.message || cause.code;
  return new ConfigError(`DATABASE_URL: the database ${trouble}: ${words}`, { cause });
}
