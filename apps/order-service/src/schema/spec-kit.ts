import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import type { DataSource, Logger } from 'typeorm';
import { atEnd } from '../../../../test/support/at-end';
import { hasMariadb } from '../../../../test/support/machine';
import { Mariadb } from '../../../../test/support/mariadb';
import type { DatabaseAddress } from '../config';
import { Database } from '../database/database';
import { close, dataSource, open } from './connect';
import { migrate } from './migrate';

/** Opens databases of one kind for tests, and closes them all in the end. */
export class DatabaseBench {
  private readonly folder = mkdtempSync(join(tmpdir(), 'saoma-database-'));
  private readonly opened: DataSource[] = [];
  private readonly made: DatabaseAddress[] = [];
  private count = 0;
  private server: Mariadb | undefined;
  private template: Promise<DatabaseAddress> | undefined;

  constructor(readonly kind: 'sqlite' | 'mariadb') {}

  /** The server of this bench, which tests may kill. */
  get mariadb(): Mariadb {
    if (!this.server) throw new Error('this bench has no server');
    return this.server;
  }

  async start(): Promise<void> {
    if (this.kind === 'mariadb') this.server ??= await Mariadb.start();
  }

  /**
   * Closes what was opened since the last time, and drops its databases: with hundreds of them a
   * server takes minutes for a migration, since it looks through all of them for each key.
   */
  async close(): Promise<void> {
    for (const source of this.opened.splice(0)) if (source.isInitialized) await source.destroy();
    const template = await this.template;
    for (const address of this.made.splice(0)) {
      if (address !== template) await this.server?.query(`DROP DATABASE ${nameOf(address)}`);
    }
  }

  async stop(): Promise<void> {
    await this.close();
    await this.server?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** An empty database of its own. */
  async newAddress(): Promise<DatabaseAddress> {
    this.count += 1;
    if (!this.server) return { kind: 'sqlite', file: join(this.folder, `${this.count}.sqlite`) };
    const url = this.server.url(await this.server.newDatabase());
    const address = { kind: 'mariadb', url } as const;
    this.made.push(address);
    return address;
  }

  /** One instance's connections to a database; their statements go to `logger` if there is one. */
  async source(address: DatabaseAddress, logger?: Logger): Promise<DataSource> {
    const source = dataSource(address, undefined, logger);
    this.opened.push(source);
    return open(source);
  }

  /** A database of its own with the current schema, copied from one that was migrated. */
  async migrated(logger?: Logger): Promise<{ database: Database; source: DataSource }> {
    this.template ??= this.makeTemplate();
    const from = await this.template;
    const address = await this.newAddress();
    if (from.kind === 'sqlite' && address.kind === 'sqlite') copyFileSync(from.file, address.file);
    else if (this.server) await copyTables(this.server, nameOf(from), nameOf(address));
    const source = await this.source(address, logger);
    return { database: new Database(source), source };
  }

  private async makeTemplate(): Promise<DatabaseAddress> {
    const address = await this.newAddress();
    const source = await open(dataSource(address));
    await migrate(source);
    await close(source);
    return address;
  }
}

const nameOf = (address: DatabaseAddress) =>
  address.kind === 'sqlite' ? address.file : new URL(address.url).pathname.slice(1);

/** Tables and rows of one database into another one on the same server. */
async function copyTables(server: Mariadb, from: string, to: string): Promise<void> {
  const tables = (await server.query(`SHOW TABLES FROM ${from}`)).flatMap(Object.values);
  const statements = tables.map(
    (table) => `CREATE TABLE ${to}.${table} LIKE ${from}.${table};
      INSERT INTO ${to}.${table} SELECT * FROM ${from}.${table}`,
  );
  await server.query(statements.join(';'));
}

const kinds = hasMariadb ? (['sqlite', 'mariadb'] as const) : (['sqlite'] as const);
/** One of each kind for all tests of a process. */
const benches = kinds.map((kind) => new DatabaseBench(kind));
for (const bench of benches) atEnd(() => bench.stop());

/** Registers the same tests once on each kind of database that this machine has. */
export function onEachDatabase(name: string, tests: (bench: DatabaseBench) => void): void {
  for (const bench of benches) {
    describe(`${name}, on ${bench.kind}`, () => {
      before(() => bench.start());
      after(() => bench.close());
      tests(bench);
    });
  }
}

/** What the service asks each second whether or not there is work. */
const probes = /tb_worker|SET out_trade_no = out_trade_no|UNIX_TIMESTAMP/;

export interface Sent {
  readonly sql: string;
  readonly values: unknown[] | undefined;
}

/** Hears every statement but probes, to count what a piece of work really sends. */
export class StatementCounter implements Logger {
  readonly sent: Sent[] = [];

  get statements(): string[] {
    return this.sent.map(({ sql }) => sql);
  }

  logQuery(sql: string, values?: unknown[]): void {
    if (!probes.test(sql)) this.sent.push({ sql, values });
  }

  /** Counted from now on. */
  restart(): void {
    this.sent.length = 0;
  }

  get commits(): number {
    return this.statements.filter((statement) => statement.startsWith('COMMIT')).length;
  }

  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}
