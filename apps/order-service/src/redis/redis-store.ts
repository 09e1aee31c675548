import { Logger } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import { Complaints } from '@saoma/platform/complaints';
import { ConfigError } from '@saoma/platform/config';
import { within } from '@saoma/platform/within';
import type { Redis, RedisOptions } from 'ioredis';
import { storeMetrics } from '../metrics';
import { AnsweringRedis } from './answering-redis';
import type { RedisAddress } from './redis-address';
import { Sentinels } from './sentinels';
import { SharedStore, UserHash, type UserPage, usersPerPage } from './shared-store';

const connectMsMax = 1_000;
const reconnectMsMax = 1_000;
/** How often each connection is asked whether it still leads somewhere. */
const pingEveryMs = 750;
/** A connection that owes so many answers in turn is given up, and made anew. */
const missedMax = 2;
/** How long what is written to see that Redis takes writes stays there. */
const probeLifeMs = 60_000;

/** Compares and sets in one step. An absent field is `expected` when ARGV[2] is empty. */
const replaceScript = `
  local value = redis.call('HGET', KEYS[1], ARGV[1])
  if (value or '') ~= ARGV[2] then return 0 end
  if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1])
  else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
  return 1`;

/** Looks and removes in one step. Whoever of the shop writes here too may write what is no JSON. */
const removePaymentScript = `
  local isJson, value = pcall(cjson.decode, redis.call('HGET', KEYS[1], ARGV[1]))
  if isJson and type(value) == 'table' and value.out_trade_no == ARGV[2] then
    redis.call('HDEL', KEYS[1], ARGV[1])
  end
  return 1`;

type Answered = <T>(command: Promise<T>) => Promise<T>;

class RedisHash extends UserHash {
  constructor(
    private readonly redis: Redis,
    private readonly answered: Answered,
    private readonly key: string,
  ) {
    super();
  }

  get(user_id: string): Promise<string | null> {
    return this.answered(this.redis.hget(this.key, user_id));
  }

  async put(user_id: string, value: string): Promise<void> {
    await this.answered(this.redis.hset(this.key, user_id, value));
  }

  async replace(user_id: string, change: { expected: string | null; next: string | null }) {
    const { expected, next } = change;
    const done = await this.answered(
      this.redis.eval(replaceScript, 1, this.key, user_id, expected ?? '', next ?? ''),
    );
    return done === 1;
  }

  async removePayment(user_id: string, out_trade_no: string): Promise<void> {
    await this.answered(this.redis.eval(removePaymentScript, 1, this.key, user_id, out_trade_no));
  }

  async page(cursor: string): Promise<UserPage> {
    const scan = this.redis.hscan(this.key, cursor, 'COUNT', usersPerPage);
    const [next, flat] = await this.answered(scan);
    const values = flat.flatMap((user_id, at): [string, string][] =>
      at % 2 === 0 ? [[user_id, flat[at + 1] ?? '']] : [],
    );
    return { cursor: next, values };
  }
}

/** What Redis says of its own role or state: another connection may lead to one that is well. */
const wrongServer = /^(READONLY|LOADING|MASTERDOWN|UNBLOCKED|CLUSTERDOWN)\b/;

/** Why nothing can be had of Redis just now, in words that end `Redis ...`. */
function troubleOf({ message, name }: Error): string {
  if (/^(READONLY|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|MISCONF)\b/.test(message)) {
    return 'takes no writes';
  }
  if (/^OOM\b/.test(message)) return 'is full';
  if (/^(NOAUTH|WRONGPASS|NOPERM)\b/.test(message)) return 'refuses our user';
  if (/^WRONGTYPE\b/.test(message)) return 'holds something else under our key';
  if (/^(MOVED|ASK|CROSSSLOT)\b/.test(message)) return 'is a cluster';
  if (name === 'ReplyError') return 'refuses the command';
  return silence.test(message) ? 'does not answer' : 'cannot be reached';
}

/** What ioredis, or we, say of a server that is silent. */
const silence = /timed out|ETIMEDOUT|^no answer/i;
/** What ioredis says of a command without a connection, but not why there is none. */
const noConnection = /^(Reached the max retries|Stream isn't writeable|Connection is closed)/;

/** Redis, shared by all instances. Commands fail fast while it is away; it is found again. */
export class RedisStore extends SharedStore {
  private readonly complaints: Complaints;
  private readonly sentinels: Sentinels | undefined;
  /** Why there is no connection, while there is none: of either, since both lead to one server. */
  private lost: Error | undefined;
  private readonly commands: Redis;
  private readonly subscriber: Redis;
  private readonly channel: string;
  private readonly probeKey: string;
  readonly cartList: UserHash;
  readonly payLog: UserHash;
  readonly forgottenUsers: UserHash;

  /** `prefix` stands before every key and channel, for a Redis that others use too. */
  constructor(
    private readonly address: RedisAddress,
    prefix = '',
    logger: Pick<Logger, 'warn'> = new Logger('redis'),
  ) {
    super();
    this.complaints = new Complaints(logger);
    this.channel = `${prefix}saoma:settled`;
    this.probeKey = `${prefix}saoma:probe`;
    const options = optionsOf(address);
    if (address.name) this.sentinels = new Sentinels(address, this.complaints, options);
    this.commands = this.connect(options, 'commands');
    this.subscriber = this.connect(options, 'subscriber');
    this.subscriber.on('ready', () => this.subscribe());
    const answered: Answered = (command) => this.answered(command);
    this.cartList = new RedisHash(this.commands, answered, `${prefix}cartList`);
    this.payLog = new RedisHash(this.commands, answered, `${prefix}payLog`);
    this.forgottenUsers = new RedisHash(this.commands, answered, `${prefix}forgottenUsers`);
  }

  async probe(): Promise<void> {
    await this.answered(this.commands.set(this.probeKey, '1', 'PX', probeLifeMs));
  }

  /** Waits a moment for a Redis that is there; a service starts without one that is away. */
  async untilReady(): Promise<void> {
    if ((await this.sentinels?.primary()) === null) {
      throw new ConfigError(`REDIS_URL: no sentinel knows ${this.address.name}`);
    }
    if (this.commands.status === 'ready') return;
    await within(connectMsMax, new Promise((resolve) => this.commands.once('ready', resolve)));
  }

  ring(out_trade_no: string): void {
    this.commands.publish(this.channel, out_trade_no).catch((err: Error) => {
      this.complain('a changed payment was not announced', err, { out_trade_no });
    });
  }

  onRing(listener: (out_trade_no: string) => void): void {
    this.subscriber.on('message', (_channel, out_trade_no) => listener(out_trade_no));
  }

  async close(): Promise<void> {
    this.commands.disconnect();
    this.subscriber.disconnect();
    this.sentinels?.close();
  }

  private async answered<T>(command: Promise<T>): Promise<T> {
    try {
      return await command;
    } catch (cause) {
      const root = this.rootOf(cause as Error);
      const trouble = `Redis ${troubleOf(root ?? (cause as Error))}`;
      if (root) this.tell(root);
      throw new AppError('service/unavailable', { detail: trouble, cause });
    }
  }

  /** What the server or the network said; undefined: that is told when it is known. */
  private rootOf(error: Error): Error | undefined {
    return noConnection.test(error.message) ? this.lost : error;
  }

  private tell(root: Error): void {
    const trouble = troubleOf(root);
    // A server that is silent has no words: whoever waits for it has, each time others.
    this.complaints.tell(
      `Redis ${trouble}`,
      trouble === 'does not answer' ? { message: 'no answer in time' } : root,
    );
  }

  /** A server that is silent is told of as such, whoever has met it; all else as `what`. */
  private complain(what: string, error: Error, example?: object): void {
    const root = this.rootOf(error);
    if (root && silence.test(root.message)) this.tell(root);
    else this.complaints.tell(what, root, example);
  }

  private subscribe(): void {
    this.subscriber.subscribe(this.channel).catch((err: Error) => {
      this.complain('cannot subscribe to changed payments', err);
    });
  }

  private connect(options: RedisOptions, connection: 'commands' | 'subscriber'): Redis {
    const { Connector } = this.sentinels ?? {};
    const redis = new AnsweringRedis({
      ...options,
      ...this.address.hosts[0],
      ...(Connector && { Connector }),
    });
    redis.on('error', (error) => {
      const root = this.rootOf(error);
      if (!root) return;
      this.lost = root;
      this.tell(root);
    });
    // It was lost if it had been there.
    redis.on('ready', () => {
      this.lost = undefined;
      redis.stream.once('close', () => storeMetrics.redisReconnects.add({ connection }));
    });
    leaveWhenSilent(redis);
    return redis;
  }
}

const optionsOf = ({ username, password, db, isEncrypted }: RedisAddress): RedisOptions => ({
  ...{ username, password, db },
  ...(isEncrypted && { tls: {} }),
  connectTimeout: connectMsMax,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  // `subscribe` does that at each `ready`, and says why if it fails.
  autoResubscribe: false,
  disableClientInfo: true,
  retryStrategy: (times) => Math.min(times * 100, reconnectMsMax),
  // The command fails with Redis's own words; the next one takes the new connection.
  reconnectOnError: ({ message }) => wrongServer.test(message),
});

/**
 * Who hears nothing cannot tell a quiet shop from a dead connection: it asks. (ioredis has a
 * `socketTimeout`, but what is left of it after a loss ends the next connection, too.)
 */
function leaveWhenSilent(redis: Redis): void {
  let missed = 0;
  const ping = async () => {
    if (redis.status !== 'ready') return;
    const { stream } = redis;
    const answers = await redis.ping().then(
      () => true,
      ({ name }: Error) => name === 'ReplyError',
    );
    missed = answers ? 0 : missed + 1;
    if (missed >= missedMax) stream.destroy(new Error('no answer'));
  };
  const pinger = setInterval(ping, pingEveryMs).unref();
  redis.on('ready', () => {
    missed = 0;
  });
  redis.once('end', () => clearInterval(pinger));
}
