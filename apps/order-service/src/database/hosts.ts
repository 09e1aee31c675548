import { Logger } from '@nestjs/common';
import { Complaints } from '@saoma/platform/complaints';
import type { ConnectionOptions } from 'mysql2';
import { notPrepared, readOnly } from './database-errors';
import { lookAt } from './look';

/** A server that has failed is not taken again so soon if another one is left. */
const restMs = 5_000;
/**
 * A preferred server is gone back to when it has been well for so long, and by chance up to as long
 * again: not all processes come at once, and one that comes and goes is not followed.
 */
const wellMsMin = 10_000;

/** How one server is called. */
export type Host = Required<Pick<ConnectionOptions, 'host' | 'port'>> &
  Pick<ConnectionOptions, 'ssl' | 'stream'>;

interface Server {
  readonly host: Host;
  readonly options: ConnectionOptions;
  readonly name: string;
  failedMs: number;
  /** Seen to be well without a break. */
  wellSinceMs: number | undefined;
  /** Only a server is written to that was seen in the cluster. */
  isOfCluster: boolean;
}

const refusal = (code: string, message: string) => Object.assign(new Error(message), { code });

/** The servers of DATABASE_URL must not be used together. */
export class NoCluster extends Error {
  constructor(why: string) {
    super(`DATABASE_URL must name servers of one cluster, but ${why}`);
  }
}

/**
 * The servers of one cluster, and which of them is in use: always one, the most preferred that is
 * of use. Two that are written to at once would be right too, but refuse each other's commits.
 */
export class Hosts {
  private readonly servers: readonly Server[];
  private used: Server;
  private cluster: string | undefined;
  private wellMs: number;
  private looking: Promise<boolean> | undefined;
  private readonly complaints = new Complaints(new Logger('database'));

  constructor(
    options: ConnectionOptions,
    hosts: readonly [Host, ...Host[]],
    private readonly waits = { wellMsMin },
  ) {
    const server = (host: Host): Server => ({
      host,
      options: { ...options, ...host },
      name: `${host.host}:${host.port}`,
      failedMs: Number.NEGATIVE_INFINITY,
      wellSinceMs: undefined,
      isOfCluster: false,
    });
    const [first, ...others] = hosts;
    this.used = server(first);
    this.servers = [this.used, ...others.map(server)];
    this.wellMs = this.drawWellMs();
  }

  get count(): number {
    return this.servers.length;
  }

  get host(): Host {
    return this.used.host;
  }

  /** How a connection to the server in use is made. */
  get options(): ConnectionOptions {
    return this.used.options;
  }

  /**
   * Sees at the start that all servers that answer are of one cluster; one that is away is not
   * taken before it was seen there. Gives the names of those that may forget in a crash what they
   * have committed. Fails with NoCluster, or as the server in use does if it is of no use.
   */
  async meet(): Promise<string[]> {
    const looks = await Promise.allSettled(this.servers.map(({ options }) => lookAt(options)));
    const told = looks.map((look) => (look.status === 'fulfilled' ? look.value : undefined));
    for (const [index, server] of this.servers.entries()) {
      const look = told[index];
      if (!look || look.isOutside) continue;
      if (look.cluster === '') throw new NoCluster(`${server.name} is in no cluster`);
      this.cluster ??= look.cluster;
      if (look.cluster !== this.cluster) throw new NoCluster(`${server.name} is of another`);
      server.isOfCluster = true;
    }
    const own = looks[this.servers.indexOf(this.used)];
    if (own?.status === 'rejected') throw own.reason;
    if (own?.value.isOutside) throw refusal(notPrepared, 'it has not joined its cluster');
    if (own?.value.isReadOnly) throw refusal(readOnly, 'it is read-only');
    return this.servers.flatMap(({ name }, index) => (told[index]?.isForgetful ? [name] : []));
  }

  /** The server in use has failed: another one is taken, one that has not failed lately first. */
  leave(why: unknown): void {
    const nowMs = performance.now();
    this.used.failedMs = nowMs;
    this.used.wellSinceMs = undefined;
    const isKnown = (server: Server) => server.isOfCluster || this.cluster === undefined;
    const others = this.servers.filter((server) => server !== this.used && isKnown(server));
    const rested = others.find(({ failedMs }) => nowMs - failedMs > restMs);
    const [oldest] = [...others].sort((a, b) => a.failedMs - b.failedMs);
    const next = rested ?? oldest;
    if (next) this.use(next, why);
  }

  /**
   * Looks at the servers that may be better than the one in use, and takes one. True: it did. A
   * server in use that is not synced is left for any that is.
   */
  seek(isSynced: boolean): Promise<boolean> {
    this.looking ??= this.lookAround(isSynced).finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  private async lookAround(isSynced: boolean): Promise<boolean> {
    const { used, servers } = this;
    const preferred = servers.slice(0, servers.indexOf(used));
    const wanted = servers.filter(
      (each) => each !== used && (!isSynced || !each.isOfCluster || preferred.includes(each)),
    );
    await Promise.all(wanted.map((server) => this.look(server)));
    // It was left meanwhile, for a better reason.
    if (used !== this.used) return false;
    const nowMs = performance.now();
    const wellMsOf = ({ wellSinceMs = nowMs }: Server) => nowMs - wellSinceMs;
    const better = isSynced
      ? preferred.find((server) => wellMsOf(server) >= this.wellMs)
      : wanted.find(({ wellSinceMs }) => wellSinceMs !== undefined);
    if (!better) return false;
    this.use(better, isSynced ? 'that one is well again' : 'this one is not synced');
    return true;
  }

  private async look(server: Server): Promise<void> {
    const look = await lookAt(server.options, { isWritable: true }).catch(() => undefined);
    const isStrange = look && !look.isOutside && look.cluster !== this.cluster;
    if (isStrange) this.complaints.tell(`${server.name} is not of our cluster, and not used`, {});
    const isWell = look?.isSynced === true && !isStrange;
    server.isOfCluster = isStrange ? false : server.isOfCluster || isWell;
    server.wellSinceMs = isWell ? (server.wellSinceMs ?? performance.now()) : undefined;
  }

  private use(server: Server, why: unknown): void {
    const { name } = this.used;
    this.used = server;
    this.wellMs = this.drawWellMs();
    const reason = typeof why === 'string' ? { message: why } : why;
    this.complaints.tell(`${server.name} is used in the place of ${name}`, reason);
  }

  private drawWellMs(): number {
    return this.waits.wellMsMin * (1 + Math.random());
  }
}
