import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis as Client } from 'ioredis';
import { temporaryFolder } from './folders';
import { Redis } from './redis';
import { until } from './until';

const name = 'shop';
const quorum = 2;
/** A primary that is silent for a second is lost; a failover that fails is tried again soon. */
const terms = ['down-after-milliseconds shop 1000', 'failover-timeout shop 2000'];
/** They look more often than by default, and a busy machine does not make them rest for 30 s. */
const pace = ['info-period', '200', 'ping-period', '200', 'ask-period', '200'];
const rest = ['tilt-period', '1000'];

/** A primary Redis, its replicas, and three sentinels over them, all of the tests' own. */
export class Sentinel {
  private constructor(
    readonly servers: readonly Redis[],
    readonly sentinels: readonly Redis[],
    private readonly configurations: readonly string[],
  ) {}

  static async start({ replicas = 1 } = {}): Promise<Sentinel> {
    const primary = await Redis.start();
    const others = Array.from({ length: replicas }, () => Redis.start(replicaOf(primary)));
    const servers = [primary, ...(await Promise.all(others))];
    const configurations = [1, 2, 3].map(() => configurationOver(primary.port, quorum));
    const sentinels = await Promise.all(
      configurations.map((file) => Redis.start([file, '--sentinel'])),
    );
    const system = new Sentinel(servers, sentinels, configurations);
    // They find each other by what they publish.
    await system.hasten('200');
    await system.untilWhole();
    await system.hasten('500');
    return system;
  }

  /** For REDIS_URL. */
  get url(): string {
    const hosts = this.sentinels.map(({ port }) => `127.0.0.1:${port}`);
    return `redis+sentinel://${hosts.join(',')}/${name}`;
  }

  /** The server that most sentinels name; it may be dead. */
  primary(): Promise<Redis> {
    return until('the sentinels to agree on a primary', async () => {
      const answers = await Promise.allSettled(
        this.sentinels.map((sentinel) => sentinel.use(portOfPrimary)),
      );
      return this.servers.find(({ port }) => {
        const agree = answers.filter((each) => each.status === 'fulfilled' && each.value === port);
        return agree.length >= quorum;
      });
    });
  }

  /** Runs `work` with a connection to the primary of now. */
  async use<T>(work: (client: Client) => Promise<T>): Promise<T> {
    return (await this.primary()).use(work);
  }

  async flush(): Promise<void> {
    await this.use((client) => client.flushall());
  }

  /** Gives the server that is dead then. */
  async killPrimary(): Promise<Redis> {
    const primary = await this.primary();
    await primary.kill();
    return primary;
  }

  /** Gives the server that is silent then. */
  async freezePrimary(): Promise<Redis> {
    const primary = await this.primary();
    primary.signal('SIGSTOP');
    return primary;
  }

  /** Frozen servers and sentinels go on; who was primary believes that it still is. */
  thaw(): void {
    for (const each of [...this.servers, ...this.sentinels]) {
      if (each.isAlive) each.signal('SIGCONT');
    }
  }

  /** An old primary that lives on is not made a replica any more: as one that they cannot reach. */
  forgetsOldPrimaries(): Promise<void> {
    return this.hasten('600000');
  }

  remembersOldPrimaries(): Promise<void> {
    return this.hasten('500');
  }

  /** A planned change, as before an upgrade. Gives the server that is primary no more; it lives. */
  async failOver(): Promise<Redis> {
    const old = await this.primary();
    const first = this.sentinels.find(({ isAlive }) => isAlive);
    const isDone = async (client: Client) => {
      if ((await portOfPrimary(client)) !== old.port) return true;
      // It is refused while one is under way, and begun again when that has failed.
      await client.call('SENTINEL', 'FAILOVER', name);
      return false;
    };
    await until('a planned failover', () => first?.use(isDone), 30_000);
    return old;
  }

  /** Resolves when the sentinels agree on another primary than this one, which takes writes. */
  async movedFrom(left: Redis): Promise<Redis> {
    return until('another primary', async () => {
      const primary = await this.primary();
      if (primary === left) return undefined;
      await primary.use((client) => client.set('saoma-test:moved', '1', 'PX', 1));
      return primary;
    });
  }

  /** Dead sentinels come back as they were, dead servers as replicas of the primary of now. */
  async restart(): Promise<void> {
    for (const [at, sentinel] of this.sentinels.entries()) {
      if (!sentinel.isAlive) await sentinel.restart([this.configurations[at] ?? '', '--sentinel']);
    }
    await this.hasten('500');
    const primary = await this.primary();
    if (!primary.isAlive)
      throw new Error('there is nobody to be a replica of: wait for a failover');
    const dead = this.servers.filter(({ isAlive }) => !isAlive);
    await Promise.all(dead.map((server) => server.restart(replicaOf(primary))));
    await this.untilWhole();
  }

  /** Resolves when one server is primary, all others have its data, and every sentinel knows. */
  async untilWhole(): Promise<void> {
    await until(
      'Redis and its sentinels to be whole',
      async () => {
        const primary = await this.primary();
        const roles = await Promise.all(
          this.servers.map((server) => server.use((client) => client.info('replication'))),
        );
        const isWhole = this.servers.every((server, at) => {
          const role =
            server === primary
              ? `role:master\r\nconnected_slaves:${this.servers.length - 1}\r`
              : `master_port:${primary.port}\r\nmaster_link_status:up\r`;
          return roles[at]?.includes(role);
        });
        return isWhole && (await this.sentinelsSeeAll());
      },
      60_000,
    );
  }

  async stop(): Promise<void> {
    this.thaw();
    await Promise.all([...this.sentinels, ...this.servers].map((each) => each.stop()));
  }

  private async sentinelsSeeAll(): Promise<boolean> {
    const seen = await Promise.all(
      this.sentinels.map((sentinel) =>
        sentinel.use(async (client) => {
          const ask = (what: string) => client.call('SENTINEL', what, name) as Promise<string[][]>;
          const [replicas, others] = [await ask('REPLICAS'), await ask('SENTINELS')];
          const areWell = [...replicas, ...others].every((fields) =>
            /^(slave|sentinel)$/.test(fields[fields.indexOf('flags') + 1] ?? ''),
          );
          const arrived = [replicas.length, others.length];
          return areWell && String(arrived) === String([this.servers.length - 1, 2]);
        }),
      ),
    );
    return seen.every(Boolean);
  }

  private async hasten(publishPeriodMs: string): Promise<void> {
    const periods = [...pace, ...rest, 'publish-period', publishPeriodMs];
    await Promise.all(
      this.sentinels.map((sentinel) =>
        sentinel.use((client) => client.call('SENTINEL', 'DEBUG', ...periods)),
      ),
    );
  }
}

/** One sentinel over one server, which it calls `shop`. `more`: options. */
export function sentinelOver(port: number, more: readonly string[] = []): Promise<Redis> {
  return Redis.start([configurationOver(port, 1), '--sentinel', ...more]);
}

/** A file that the sentinel will write to. */
function configurationOver(port: number, needed: number): string {
  const file = join(temporaryFolder('sentinel'), 'sentinel.conf');
  const lines = [`monitor ${name} 127.0.0.1 ${port} ${needed}`, ...terms];
  writeFileSync(file, lines.map((line) => `sentinel ${line}\n`).join(''));
  return file;
}

async function portOfPrimary(sentinel: Client): Promise<number> {
  const [, port] = (await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)) as string[];
  return Number(port);
}

const replicaOf = ({ port }: Redis) => ['--replicaof', '127.0.0.1', String(port)];
