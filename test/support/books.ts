import { join } from 'node:path';
import SqliteFile from 'libsql';
import type { Mariadb } from './mariadb';
import type { Redis } from './redis';

/** The order service writes to the same file. */
const busyMsMax = 5_000;

export interface Ports {
  readonly database: number;
  readonly redis: number;
}

/** The servers that a system has at the moment: another one may take over. */
interface Servers {
  readonly mariadb: Mariadb | undefined;
  readonly redis: Redis | undefined;
}

/** Where the order services of one system keep their rows: a file, or a database of a MariaDB. */
export class Books {
  private readonly file: string;

  private constructor(
    folder: string,
    private readonly servers: Servers,
    private readonly database: string,
  ) {
    this.file = join(folder, 'saoma.sqlite');
  }

  static async open(folder: string, servers: Servers): Promise<Books> {
    await servers.redis?.flush();
    return new Books(folder, servers, (await servers.mariadb?.newDatabase()) ?? '');
  }

  /** What an order service is told of them, if it reaches MariaDB and Redis at these ports. */
  variables({ database, redis }: Ports): Record<string, string> {
    if (!this.servers.mariadb) return { DATABASE_URL: `sqlite:${this.file}` };
    return {
      DATABASE_URL: `mariadb://shop@127.0.0.1:${database}/${this.database}`,
      REDIS_URL: `redis://127.0.0.1:${redis}`,
    };
  }

  /** Rows, read beside the order service, as they are kept. */
  async rows(sql: string): Promise<Record<string, unknown>[]> {
    const { mariadb } = this.servers;
    const { database } = this;
    if (mariadb) return mariadb.query(sql, { database });
    const file = new SqliteFile(this.file, { readonly: true });
    try {
      return file.prepare(sql).all([]) as Record<string, unknown>[];
    } finally {
      file.close();
    }
  }

  /** Changes what is kept, as the shop's own programs do. */
  async change(sql: string): Promise<void> {
    const { mariadb } = this.servers;
    const { database } = this;
    if (mariadb) {
      await mariadb.query(sql, { database });
      return;
    }
    const file = new SqliteFile(this.file, { timeout: busyMsMax });
    try {
      file.exec(sql);
    } finally {
      file.close();
    }
  }
}
