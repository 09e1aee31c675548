import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { Child, type Command } from './child';
import { moveUnlessThere, temporaryFolder } from './folders';
import { program } from './machine';
import { freePort } from './ports';
import { until } from './until';

/** A small data directory. No disk is waited for: a server that is killed loses nothing. */
const small = ['--innodb-log-file-size=8M', '--innodb-flush-method=nosync', '--debug-no-sync'];
const startMsMax = 30_000;
/** An empty data directory of this build: to make one takes seconds, to copy it next to nothing. */
const template = join(__dirname, 'mariadb-template');

/** A MariaDB of the tests' own, so that they may kill it. Its root user has no password. */
export class Mariadb {
  protected child: Child | undefined;
  private databases = 0;

  protected constructor(
    protected readonly folder: string,
    readonly port: number,
  ) {}

  /** `more`: options of the server. */
  static async start(more: readonly string[] = []): Promise<Mariadb> {
    const folder = temporaryFolder('mariadb');
    copyEmptyData(folder);
    const mariadb = new Mariadb(folder, await freePort());
    await mariadb.restart(more);
    return mariadb;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** The address of a database, for DATABASE_URL. */
  url(database: string): string {
    return `mariadb://root@127.0.0.1:${this.port}/${database}`;
  }

  /**
   * Makes a database of this name, empty whatever was in it, and an ordinary user `shop` for it: an
   * administrator like root may write to a read-only server, and finds a place in a crowded one.
   */
  async adopt(database: string): Promise<void> {
    await this.query(
      `DROP DATABASE IF EXISTS ${database};
        CREATE DATABASE ${database};
        CREATE USER IF NOT EXISTS shop@'%';
        GRANT ALL ON ${database}.* TO shop@'%'`,
    );
  }

  /** Makes an empty database and gives its name. */
  async newDatabase(): Promise<string> {
    this.databases += 1;
    const name = `saoma_${this.databases}`;
    await this.adopt(name);
    return name;
  }

  query(sql: string, { database = '', user = 'root' } = {}): Promise<Record<string, unknown>[]> {
    return this.run([sql], { database, user });
  }

  /** One statement after the other, on one connection; gives the rows of the last one. */
  async run(statements: readonly string[], { database = '', user = 'root' } = {}) {
    const connection = await this.connect(user, database);
    try {
      let found: Record<string, unknown>[] = [];
      for (const sql of statements) [found] = await connection.query<RowDataPacket[]>(sql);
      return found;
    } finally {
      await connection.end();
    }
  }

  /** Whoever asks for it ends it. */
  connect(user: string, database = ''): Promise<Connection> {
    return createConnection({
      uri: `mysql://${user}@127.0.0.1:${this.port}/${database}`,
      supportBigNumbers: true,
      bigNumberStrings: true,
      timezone: 'Z',
      multipleStatements: true,
    });
  }

  /** Starts it (again) on the same port and data; resolves when it answers. */
  async restart(more: readonly string[] = []): Promise<void> {
    const child = new Child(this.command(more));
    this.child = child;
    await child.orEnds(until('MariaDB to answer', () => this.isReady(), startMsMax));
  }

  protected async isReady(): Promise<boolean> {
    return (await this.query('SELECT 1')).length === 1;
  }

  protected command(more: readonly string[], user = asRoot()): Command {
    return {
      name: 'mariadbd',
      file: program('mariadbd'),
      args: [
        '--no-defaults',
        `--datadir=${join(this.folder, 'data')}`,
        `--tmpdir=${this.folder}`,
        `--socket=${join(this.folder, 'socket')}`,
        `--port=${this.port}`,
        '--bind-address=127.0.0.1',
        '--skip-name-resolve',
        '--character-set-server=utf8mb4',
        '--collation-server=utf8mb4_bin',
        '--default-time-zone=+00:00',
        '--max-connections=500',
        ...user,
        ...small,
        ...more,
      ],
    };
  }

  async kill(): Promise<void> {
    await this.child?.end('SIGKILL');
  }

  /** Freezes (SIGSTOP) or thaws (SIGCONT) the server: it keeps its connections and is silent. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.signal(signal);
  }

  /** Its rows are thrown away, so that nothing has to be put in order first. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Puts an empty data directory, `data`, into the folder. */
export function copyEmptyData(folder: string): void {
  if (!existsSync(template)) makeTemplate();
  cpSync(template, join(folder, 'data'), { recursive: true });
}

/** Whoever is first makes it for all, also while others are at it. */
function makeTemplate(): void {
  const folder = mkdtempSync(`${template}-`);
  const { status, stderr } = spawnSync(
    program('mariadb-install-db'),
    [
      '--no-defaults',
      `--datadir=${join(folder, 'data')}`,
      // Two servers that share one would delete each other's temporary tables.
      `--tmpdir=${folder}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      ...asRoot(),
      ...small,
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`mariadb-install-db failed: ${stderr}`);
  try {
    moveUnlessThere(join(folder, 'data'), template);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** MariaDB refuses to run as root unless it is told so. */
function asRoot(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}
