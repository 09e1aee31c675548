import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { DatabaseAddress } from '../config';
import { entities, migrations } from './schema';

const connectMsMax = 2_000;
const connectionsMax = 10;
/** Statements that may wait for a connection; more are refused at once. */
const waitingMax = 500;

/** A connection pool (MySQL, MariaDB) or the one connection (SQLite) that is not open yet. */
export function dataSource(address: DatabaseAddress): DataSource {
  const common = { entities, migrations, synchronize: false, migrationsTransactionMode: 'none' };
  const specific = address.kind === 'sqlite' ? sqlite(address.file) : server(address);
  return new DataSource({ ...common, ...specific } as DataSourceOptions);
}

function sqlite(file: string): Partial<DataSourceOptions> {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
  return {
    type: 'better-sqlite3',
    driver: require('libsql'),
    database: file,
    enableWAL: true,
    // A commit is on the disk before anybody is told of it.
    prepareDatabase: (database: { pragma(text: string): unknown }) => {
      database.pragma('synchronous = FULL');
    },
  };
}

function server(address: { kind: 'mysql' | 'mariadb'; url: string }): Partial<DataSourceOptions> {
  const url = new URL(address.url);
  return {
    type: address.kind,
    host: url.hostname,
    port: Number(url.port || 3306),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    charset: 'utf8mb4',
    timezone: 'Z',
    supportBigNumbers: true,
    bigNumberStrings: true,
    connectTimeout: connectMsMax,
    poolSize: connectionsMax,
    extra: { queueLimit: waitingMax },
  };
}

interface Pool {
  on(event: 'connection', listener: (connection: { query(sql: string): void }) => void): void;
}

/** Opens the data source. Every connection of a pool gets the same clock, isolation and strictness. */
export async function open(source: DataSource): Promise<DataSource> {
  await source.initialize();
  if (source.options.type === 'better-sqlite3') return source;
  const { pool } = source.driver as unknown as { pool: Pool };
  pool.on('connection', (connection) => {
    connection.query("SET time_zone = '+00:00', sql_mode = 'TRADITIONAL'");
    connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
  });
  return source;
}
