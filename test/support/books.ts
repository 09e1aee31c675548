import { join } from 'node:path';
import SqliteFile from 'libsql';
import { type Links, rotated } from './links';
import type { StoreServers } from './store-servers';

/** The order service writes to the same file. */
const busyMsMax = 5_000;

/** The ports at which order services reach them. */
interface Ways {
  readonly database: (order: number) => number[];
  readonly redis: number;
}

/** Where the order services of one system keep their rows: a file, or a database of a MariaDB. */
export class Books {
  private readonly file: string;

  private constructor(
    folder: string,
    private readonly servers: StoreServers,
    private readonly database: string,
    private readonly ways: Ways,
  ) {
    this.file = join(folder, 'saoma.sqlite');
  }

  /** `servers`: those that a system has at the moment; another one may take over. */
  static async open(folder: string, servers: StoreServers, links: Links): Promise<Books> {
    const { mariadb, redis, galera, sentinel } = servers;
    await (sentinel ?? redis)?.flush();
    const nodes = galera?.nodes ?? [mariadb];
    const ports = nodes.map((node) => node?.port ?? 0);
    const ways = {
      database: await databaseWays(links, ports),
      redis: sentinel ? 0 : await links.via('order>redis', redis?.port ?? 0),
    };
    return new Books(folder, servers, (await mariadb?.newDatabase()) ?? '', ways);
  }

  /** What an order service is told of them; of several nodes each prefers another one. */
  variables(order: number): Record<string, string> {
    const { mariadb, sentinel } = this.servers;
    if (!mariadb) return { DATABASE_URL: `sqlite:${this.file}` };
    const hosts = rotated(this.ways.database(order), order).map((port) => `127.0.0.1:${port}`);
    return {
      DATABASE_URL: `mariadb://shop@${hosts.join()}/${this.database}`,
      REDIS_URL: sentinel?.url ?? `redis://127.0.0.1:${this.ways.redis}`,
    };
  }

  /** Rows, read beside the order service, as they are kept. */
  async rows(sql: string): Promise<Record<string, unknown>[]> {
    const { mariadb, galera } = this.servers;
    const { database } = this;
    // What another node has committed is read here, too.
    const caughtUp = galera ? ['SET SESSION wsrep_sync_wait = 7'] : [];
    if (mariadb) return mariadb.run([...caughtUp, sql], { database });
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

/**
 * The ports by which each order service reaches the database. A single one all reach by the link,
 * so that its name leads all of them to another server.
 */
async function databaseWays(links: Links, ports: readonly number[]) {
  const [only = 0, ...others] = ports;
  if (others.length > 0) return links.reached('order>database', ports);
  const way = await links.via('order>database', only);
  return () => [way];
}
