import { createConnection, Socket } from 'node:net';
import { connect as createTlsConnection } from 'node:tls';
import type { Complaints } from '@saoma/platform/complaints';
import type { TcpAddress } from '@saoma/platform/config';
import { singleFlight } from '@saoma/platform/single-flight';
import { AbstractConnector, type Redis, type RedisOptions } from 'ioredis';
import { AnsweringRedis } from './answering-redis';
import type { RedisAddress } from './redis-address';

/** How often they are asked: what is written to a server that was the primary before is lost. */
const askEveryMs = 250;
/** A sentinel that is silent for so long is connected to anew. */
const silenceMsMax = 2_000;
/** A connection that is given up is open no longer. */
const disconnectMsMax = 500;

/** What a sentinel says: `epoch` grows with every failover, so the highest is the newest. */
interface Answer {
  /** Null: it does not know the name. */
  readonly primary: TcpAddress | null;
  readonly epoch: number;
}

/**
 * The sentinels of a Redis. ioredis would believe the first one that answers, and stay with a
 * server that is no longer the primary as long as that lives: an old primary takes writes for
 * seconds, and drops them. So all are asked all the time, and the newest answer counts.
 */
export class Sentinels {
  private readonly clients: readonly Redis[];
  private readonly links = new Map<Socket, TcpAddress>();
  private readonly asker: NodeJS.Timeout;

  constructor(
    private readonly address: RedisAddress,
    private readonly complaints: Complaints,
    options: RedisOptions,
  ) {
    this.clients = address.hosts.map((host) => {
      const { retryStrategy, connectTimeout, tls } = options;
      const limits = { connectTimeout, socketTimeout: silenceMsMax };
      const more = { enableReadyCheck: false, disableClientInfo: true, maxRetriesPerRequest: 0 };
      const client = new AnsweringRedis({ ...host, retryStrategy, tls, ...limits, ...more });
      client.on('error', (error) => complaints.tell('a sentinel cannot be reached', error));
      return client;
    });
    this.asker = setInterval(() => this.primary(), askEveryMs).unref();
  }

  /** Null: whoever answers does not know the name. Undefined: nobody answers. */
  readonly primary = singleFlight(() => this.askAll());

  /** For ioredis: connects to the primary of now, and leaves it when another one takes over. */
  get Connector() {
    const connect = () => this.connect();
    return class extends AbstractConnector {
      constructor() {
        super(disconnectMsMax);
      }

      async connect() {
        this.connecting = true;
        const stream = await connect();
        stream.once('error', (error) => {
          this.firstError = error;
        });
        // ioredis has been closed meanwhile.
        if (!this.connecting) stream.destroy();
        this.stream = stream;
        return stream;
      }
    };
  }

  close(): void {
    clearInterval(this.asker);
    for (const client of this.clients) client.disconnect();
  }

  private async connect(): Promise<Socket> {
    const primary = await this.primary();
    if (!primary) return new Socket().destroy();
    const socket = this.address.isEncrypted
      ? createTlsConnection(primary)
      : createConnection(primary);
    this.links.set(socket, primary);
    socket.once('close', () => this.links.delete(socket));
    return socket;
  }

  private async askAll(): Promise<TcpAddress | null | undefined> {
    const answers = await Promise.all(this.clients.map((client) => this.ask(client)));
    const [newest] = answers
      .filter((answer) => answer !== undefined)
      .sort((a, b) => Number(b.primary !== null) - Number(a.primary !== null) || b.epoch - a.epoch);
    const primary = newest?.primary;
    if (primary === null) this.complaints.tell(`no sentinel knows ${this.address.name}`, undefined);
    for (const [socket, { host, port }] of primary ? this.links : []) {
      const isPrimary = host === primary?.host && port === primary.port;
      if (!isPrimary) socket.destroy(new Error('another Redis is the primary now'));
    }
    return primary;
  }

  private async ask(client: Redis): Promise<Answer | undefined> {
    const { username, password } = this.address;
    try {
      return await this.query(client).catch(async (error: Error) => {
        if (!/^NOAUTH/.test(error.message) || !password) throw error;
        await (username ? client.auth(username, password) : client.auth(password));
        return this.query(client);
      });
    } catch (error) {
      // Why there is no connection has been told.
      if (client.status === 'ready') {
        this.complaints.tell('a sentinel does not tell which Redis is the primary', error);
      }
      return undefined;
    }
  }

  private async query(client: Redis): Promise<Answer> {
    const tell = (what: string) => client.call('SENTINEL', what, this.address.name ?? '');
    const [primary, about] = await Promise.all([
      tell('GET-MASTER-ADDR-BY-NAME') as Promise<[host: string, port: string] | null>,
      // Of a name that it does not know it tells nothing.
      (tell('MASTER') as Promise<string[]>).catch((): string[] => []),
    ]);
    const epoch = Number(about[about.indexOf('config-epoch') + 1] ?? 0) || 0;
    return { primary: primary && { host: primary[0], port: Number(primary[1]) }, epoch };
  }
}
