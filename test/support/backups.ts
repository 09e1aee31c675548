import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { textOf } from '../../scripts/docs/source-words';
import { temporaryFolder } from './folders';
import type { System } from './system';

const page = textOf('docs/operating.md');

/** The lines of a block of the page that begins with these words, as they stand there. */
function linesOf(words: string): string {
  const blocks = page.matchAll(/^( *)```sh\n(.*?)^ *```$/gms);
  for (const [, indent = '', text = ''] of blocks) {
    const lines = text.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    if (lines.startsWith(words)) return lines;
  }
  throw new Error(`the page has no block that begins with ${words}`);
}

/** Backs up the books of a system, and restores them, by the commands of the page. */
export class Backups {
  private readonly folder = temporaryFolder('backup');
  private readonly env: Readonly<Record<string, string>>;
  private readonly isSqlite: boolean;

  constructor({ order, mariadb }: System) {
    const { DATABASE_URL = '', REDIS_URL = '' } = order.env;
    this.isSqlite = DATABASE_URL.startsWith('sqlite:');
    const place = DATABASE_URL.replace(/^sqlite:/, '');
    const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
    const DATABASE = place.split('/').at(-1) ?? '';
    this.env = { PATH, HOME: this.folder, DATABASE, REDIS_URL };
    const client = ['[client]', 'host=127.0.0.1', `port=${mariadb?.port}`, 'user=root'];
    writeFileSync(join(this.folder, '.my.cnf'), client.join('\n'));
    // As in the folder of the project.
    symlinkSync(join(process.cwd(), 'node_modules'), join(this.folder, 'node_modules'));
    if (this.isSqlite) symlinkSync(dirname(place), join(this.folder, 'data'));
  }

  /** While the services run. */
  backUp(): void {
    this.run(this.isSqlite ? 'node -e' : 'mariadb-dump');
  }

  /** While no order service runs. */
  restore(): void {
    this.run(this.isSqlite ? 'rm -f' : 'mariadb -e');
    if (this.env.REDIS_URL) this.run('redis-cli');
  }

  private run(words: string): void {
    const { folder: cwd, env } = this;
    execFileSync('sh', ['-e', '-c', linesOf(words)], { cwd, env, stdio: 'pipe' });
  }
}
