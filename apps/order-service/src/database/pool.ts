import type { Socket } from 'node:net';
import { createPool, type Pool, type PoolConnection, type PoolOptions } from 'mysql2';
import type { DataSource } from 'typeorm';
import { storeMetrics } from '../metrics';
import { type Host, Hosts, NoCluster } from './hosts';
import { lookMsMax } from './look';

/**
 * A connection that has been silent for so long, idle or owing an answer, is given up: a probe on
 * another one may be well. Statements are short, and wait for locks less than half of it.
 */
const silenceMsMax = 2_500;
/**
 * Whoever is gone without a word still holds its locks, and so keeps money waiting: the server
 * gives a connection up on which it has heard nothing for so long, also amid a transaction.
 */
const goneSecondsMax = 3;
/** InnoDB counts in seconds. */
const lockWaitSecondsMax = 1;

const preparations = [
  "SET time_zone = '+00:00', sql_mode = 'TRADITIONAL'",
  `SET innodb_lock_wait_timeout = ${lockWaitSecondsMax}`,
  `SET wait_timeout = ${goneSecondsMax}`,
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
];

interface PooledConnection extends PoolConnection {
  readonly stream: Socket;
}

/**
 * On a Galera cluster whatever begins waits until this node has what all had committed by then:
 * else it would read, or find nothing to change, in a state that is over. 7: reads, updates and
 * deletes, inserts.
 */
export const clusterWaitSql = 'SET wsrep_sync_wait = 7';

/**
 * Connections that commit each statement, and those with `autocommit = 0`: there the first
 * statement begins a transaction, and so does the first one after its COMMIT or ROLLBACK.
 */
interface Pools {
  readonly eachCommits: Pool;
  readonly transactions: Pool;
}

type Given = Parameters<Pool['getConnection']>[0];

/** The bytes that connections had read at some moment. */
type Heard = ReadonlyMap<Socket, number>;

/**
 * A pool whose every connection has the same clock, isolation and strictness, and whose connections
 * can all be given up at once: after a failover they lead to a server that takes no writes, while
 * new ones, made to what the name means by then, lead to the right one.
 */
export class RenewablePool {
  /** How often the connections were given up so far. */
  generation = 0;
  private pools: Pools;
  private idle = new Set<PooledConnection>();
  private readonly open = new Set<PooledConnection>();
  private hasEnded = false;
  private firstStatements: readonly string[] = preparations;
  readonly hosts: Hosts;

  /** `hosts` say how each server of one cluster is called, the preferred one first. */
  constructor(options: PoolOptions, hosts: readonly [Host, ...Host[]]) {
    const limit = hosts.length > 1 ? { connectTimeout: lookMsMax } : {};
    this.hosts = new Hosts({ ...options, ...limit }, hosts);
    this.pools = this.create();
  }

  /** Whether another server may be of use where one is not. */
  get areSeveral(): boolean {
    return this.hosts.count > 1;
  }

  getConnection(done: Given): void {
    this.take('eachCommits', done, this.hosts.count);
  }

  /** One whose first statement begins a transaction: it is given back after COMMIT or ROLLBACK. */
  getTransactionConnection(done: Given): void {
    this.take('transactions', done, this.hosts.count);
  }

  end(done: (error: NodeJS.ErrnoException | null) => void): void {
    this.hasEnded = true;
    const { eachCommits, transactions } = this.pools;
    eachCommits.end((error) => transactions.end((other) => done(error ?? other)));
  }

  /** Finds at the start a server that is of use, as Hosts.meet tells of one. */
  async meet(): Promise<string[]> {
    for (let triesMax = this.hosts.count; ; triesMax -= 1) {
      const { generation } = this;
      try {
        return await this.hosts.meet();
      } catch (error) {
        if (error instanceof NoCluster || triesMax <= 1) throw error;
        this.leave(generation, error);
      }
    }
  }

  /** Whoever gets a connection from now on sees what was committed at any node before. */
  waitForCluster(): void {
    this.firstStatements = [...preparations, clusterWaitSql];
    this.renew();
  }

  /** The server of the `generation` is of no use: another one is taken, if there are several. */
  leave(generation: number, why: unknown): void {
    if (generation !== this.generation) return;
    this.hosts.leave(why);
    this.renew();
  }

  /** Changes over to a better server if there is one. `isSynced`: whether the one in use is. */
  async seek(isSynced: boolean): Promise<void> {
    if ((await this.hosts.seek(isSynced)) && !this.hasEnded) this.renew();
  }

  /** Idle connections end now, those at work as soon as they are given back. */
  renew(): void {
    const { pools, idle } = this;
    this.generation += 1;
    storeMetrics.databaseReconnects.add({});
    for (const pool of [pools.eachCommits, pools.transactions]) {
      pool.on('release', (connection) => connection.destroy());
    }
    this.idle = new Set();
    this.pools = this.create();
    for (const connection of idle) connection.destroy();
  }

  /** How much each connection has heard so far. */
  heard(): Heard {
    return new Map([...this.open].map(({ stream }) => [stream, stream.bytesRead]));
  }

  /** The server has not answered: those at work that heard nothing since `before` end too. */
  abandon(before: Heard): void {
    this.leave(this.generation, silent());
    for (const [stream, bytes] of before) if (stream.bytesRead === bytes) stream.destroy(silent());
  }

  /** Nothing was asked of a server to which there is no connection, so the next one may be. */
  private take(kind: keyof Pools, done: Given, triesMax: number): void {
    const { generation } = this;
    this.pools[kind].getConnection((error, connection) => {
      if (!error || triesMax <= 1 || this.hasEnded) return done(error, connection);
      this.leave(generation, error);
      this.take(kind, done, triesMax - 1);
    });
  }

  private create(): Pools {
    const transactions = this.prepared([...this.firstStatements, 'SET autocommit = 0']);
    return { eachCommits: this.prepared(this.firstStatements), transactions };
  }

  /**
   * A connection carries out its statements in order, so the preparations come before the first one
   * of whoever asked for it; if one fails, the connection is destroyed and so is what waits behind.
   */
  private prepared(statements: readonly string[]): Pool {
    const pool = createPool(this.hosts.options);
    const { idle } = this;
    pool.on('connection', (connection) => {
      const { stream } = connection as PooledConnection;
      this.open.add(connection as PooledConnection);
      stream.setTimeout(silenceMsMax);
      stream.on('timeout', () => endUnlessHeard(stream));
      for (const sql of statements) {
        connection.query(sql, (error) => {
          if (error) stream.destroy(error);
        });
      }
      stream.once('close', () => {
        idle.delete(connection as PooledConnection);
        this.open.delete(connection as PooledConnection);
      });
    });
    pool.on('acquire', (connection) => idle.delete(connection as PooledConnection));
    pool.on('release', (connection) => idle.add(connection as PooledConnection));
    return pool;
  }
}

/**
 * A process that stood still first hears what has arrived meanwhile. An idle connection on which
 * something is asked in this very turn has its time to answer.
 */
function endUnlessHeard(stream: Socket): void {
  const { bytesRead, bytesWritten } = stream;
  setImmediate(() => {
    const isUsed = stream.bytesRead !== bytesRead || stream.bytesWritten !== bytesWritten;
    if (!isUsed) stream.destroy(silent());
  });
}

const silent = () => Object.assign(new Error('the database is silent'), { code: 'ETIMEDOUT' });

/** The pool of a server; undefined for SQLite, whose one connection is never in doubt. */
export function poolOf({ driver }: DataSource): RenewablePool | undefined {
  const { pool } = driver as { pool?: unknown };
  return pool instanceof RenewablePool ? pool : undefined;
}
