import { rmSync } from 'node:fs';
import { Redis as Client } from 'ioredis';
import { Child } from './child';
import { temporaryFolder } from './folders';
import { program } from './machine';
import { freePort } from './ports';
import { until } from './until';

const commandMsMax = 5_000;

/** A Redis of the tests' own, without persistence: killed, it comes back empty. */
export class Redis {
  private child: Child | undefined;

  private constructor(
    private readonly folder: string,
    readonly port: number,
  ) {}

  /** `more`: options of the server, or a configuration file and then options. */
  static async start(more: readonly string[] = []): Promise<Redis> {
    const folder = temporaryFolder('redis');
    const redis = new Redis(folder, await freePort());
    await redis.restart(more);
    return redis;
  }

  /** For REDIS_URL. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Runs `work` with a connection that is closed afterwards. */
  async use<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client(this.url, {
      lazyConnect: true,
      retryStrategy: () => null,
      // A frozen server fails.
      commandTimeout: commandMsMax,
    });
    // A failed connection is told by the command that needed it.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await work(client);
    } finally {
      client.disconnect();
    }
  }

  async flush(): Promise<void> {
    await this.use((client) => client.flushall());
  }

  /** Becomes a replica of the other one, with its data; of none: takes writes itself again. */
  async follow(other: Redis | undefined): Promise<void> {
    await this.use(async (client) => {
      if (!other) return client.replicaof('NO', 'ONE');
      await client.replicaof('127.0.0.1', String(other.port));
      return until('the replica to have all', async () =>
        /master_link_status:up/.test(await client.info('replication')),
      );
    });
  }

  get isAlive(): boolean {
    return this.child?.isAlive ?? false;
  }

  /** Starts it (again) on the same port, empty; resolves when it answers. */
  async restart(more: readonly string[] = []): Promise<void> {
    const child = new Child({
      name: 'redis-server',
      file: program('redis-server'),
      args: [
        ...more,
        ...['--port', String(this.port), '--bind', '127.0.0.1'],
        // A replica gets the data at once.
        ...['--repl-diskless-sync-delay', '0', '--save', '', '--dir', this.folder],
      ],
    });
    this.child = child;
    await child.orEnds(until('Redis to answer', () => this.use((client) => client.ping())));
  }

  async kill(): Promise<void> {
    await this.child?.end('SIGKILL');
  }

  /** Freezes (SIGSTOP) or thaws (SIGCONT) the server: it keeps its connections and is silent. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.signal(signal);
  }

  async stop(): Promise<void> {
    await this.child?.end('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
