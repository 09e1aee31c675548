import { Logger } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import { Complaints } from '@saoma/platform/complaints';
import { within } from '@saoma/platform/within';
import { Redis, type RedisOptions } from 'ioredis';
import { SharedStore, UserHash, type UserPage, usersPerPage } from './shared-store';

const connectMsMax = 1_000;
/** A command that takes longer counts as failed: the database must answer without it. */
const commandMsMax = 500;
/** A connection that owes an answer for so long is given up, and made anew. */
const silenceMsMax = 2_000;
const reconnectMsMax = 1_000;
/** How often the subscriber asks whether its connection still leads somewhere. */
const probeEveryMs = 1_000;
/** How long what is written to see that Redis takes writes stays there. */
const probeLifeMs = 60_000;

/** Compares and sets in one step. An absent field is `expected` when ARGV[2] is empty. */
const replaceScript = `
  local value = redis.call('HGET', KEYS[1], ARGV[1])
  if (value or '') ~= ARGV[2] then return 0 end
  if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1])
  else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
  return 1`;

/** Looks and removes in one step. */
const removeIfScript = `
  local value = redis.call('HGET', KEYS[1], ARGV[1])
  if value and string.find(value, ARGV[2], 1, true) then redis.call('HDEL', KEYS[1], ARGV[1]) end
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

  async removeIf(user_id: string, text: string): Promise<void> {
    await this.answered(this.redis.eval(removeIfScript, 1, this.key, user_id, text));
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
  if (name === 'ReplyError') return 'refuses the command';
  return /timed out/i.test(message) ? 'does not answer' : 'cannot be reached';
}

/** Redis, shared by all instances. Commands fail fast while it is away; it is found again. */
export class RedisStore extends SharedStore {
  private readonly complaints = new Complaints(new Logger('redis'));
  private readonly prober: NodeJS.Timeout;
  private probing = false;
  private readonly commands: Redis;
  private readonly subscriber: Redis;
  private readonly channel: string;
  private readonly probeKey: string;
  readonly cartList: UserHash;
  readonly payLog: UserHash;

  /** `prefix` stands before every key and channel, for a Redis that others use too. */
  constructor(url: string, prefix = '') {
    super();
    this.channel = `${prefix}saoma:settled`;
    this.probeKey = `${prefix}saoma:probe`;
    this.commands = this.connect(url, {
      commandTimeout: commandMsMax,
      socketTimeout: silenceMsMax,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
    });
    this.subscriber = this.connect(url, { maxRetriesPerRequest: null });
    const answered: Answered = (command) => this.answered(command);
    this.cartList = new RedisHash(this.commands, answered, `${prefix}cartList`);
    this.payLog = new RedisHash(this.commands, answered, `${prefix}payLog`);
    this.prober = setInterval(() => this.probeSubscriber(), probeEveryMs).unref();
  }

  async probe(): Promise<void> {
    await this.answered(this.commands.set(this.probeKey, '1', 'PX', probeLifeMs));
  }

  /** Waits a moment for a Redis that is there; a service starts without one that is away. */
  async untilReady(): Promise<void> {
    if (this.commands.status === 'ready') return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, connectMsMax);
      this.commands.once('ready', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  ring(out_trade_no: string): void {
    this.commands.publish(this.channel, out_trade_no).catch((err: unknown) => {
      this.complaints.tell('a changed payment was not announced', err);
    });
  }

  onRing(listener: (out_trade_no: string) => void): void {
    this.subscriber.on('message', (_channel, out_trade_no) => listener(out_trade_no));
    this.subscriber.subscribe(this.channel).catch((err: unknown) => {
      this.complaints.tell('cannot subscribe to changed payments', err);
    });
  }

  async close(): Promise<void> {
    clearInterval(this.prober);
    this.commands.disconnect();
    this.subscriber.disconnect();
  }

  private async answered<T>(command: Promise<T>): Promise<T> {
    try {
      return await command;
    } catch (cause) {
      const trouble = `Redis ${troubleOf(cause as Error)}`;
      this.complaints.tell(trouble, cause);
      throw new AppError('service/unavailable', { detail: trouble, cause });
    }
  }

  /** A subscriber that hears nothing cannot tell a quiet shop from a dead connection: it asks. */
  private async probeSubscriber(): Promise<void> {
    if (this.subscriber.status !== 'ready' || this.probing) return;
    this.probing = true;
    const answer = this.subscriber.ping().then(
      () => true,
      () => false,
    );
    if (!(await within(silenceMsMax, answer, () => false))) this.subscriber.disconnect(true);
    this.probing = false;
  }

  private connect(url: string, options: RedisOptions): Redis {
    const redis = new Redis(url, {
      connectTimeout: connectMsMax,
      retryStrategy: (times) => Math.min(times * 100, reconnectMsMax),
      // The command fails with Redis's own words; the next one takes the new connection.
      reconnectOnError: ({ message }) => wrongServer.test(message),
      ...options,
    });
    redis.on('error', (error) => this.complaints.tell('Redis cannot be reached', error));
    return redis;
  }
}
