import { Logger } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import { Redis, type RedisOptions } from 'ioredis';
import { SharedStore, UserHash } from './shared-store';

const connectMsMax = 1_000;
/** A command that takes longer counts as failed: the database must answer without it. */
const commandMsMax = 500;
/** A connection that owes an answer for so long is given up, and made anew. */
const silenceMsMax = 2_000;
const reconnectMsMax = 1_000;
const channel = 'saoma:settled';

/** Compares and sets in one step. An absent field is `expected` when ARGV[2] is empty. */
const replaceScript = `
  local value = redis.call('HGET', KEYS[1], ARGV[1])
  if (value or '') ~= ARGV[2] then return 0 end
  if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1])
  else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
  return 1`;

class RedisHash extends UserHash {
  constructor(
    private readonly redis: Redis,
    private readonly key: string,
  ) {
    super();
  }

  get(user_id: string): Promise<string | null> {
    return answered(this.redis.hget(this.key, user_id));
  }

  async put(user_id: string, value: string): Promise<void> {
    await answered(this.redis.hset(this.key, user_id, value));
  }

  async replace(user_id: string, change: { expected: string | null; next: string | null }) {
    const { expected, next } = change;
    const done = await answered(
      this.redis.eval(replaceScript, 1, this.key, user_id, expected ?? '', next ?? ''),
    );
    return done === 1;
  }
}

async function answered<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (cause) {
    throw new AppError('service/unavailable', { detail: 'Redis does not answer', cause });
  }
}

/** Redis, shared by all instances. Commands fail fast while it is away; it is found again. */
export class RedisStore extends SharedStore {
  private readonly logger = new Logger('redis');
  private readonly commands: Redis;
  private readonly subscriber: Redis;
  readonly cartList: UserHash;
  readonly payLog: UserHash;

  constructor(url: string) {
    super();
    this.commands = this.connect(url, {
      commandTimeout: commandMsMax,
      socketTimeout: silenceMsMax,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
    });
    this.subscriber = this.connect(url, { maxRetriesPerRequest: null });
    this.cartList = new RedisHash(this.commands, 'cartList');
    this.payLog = new RedisHash(this.commands, 'payLog');
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
    this.commands.publish(channel, out_trade_no).catch((err: unknown) => {
      this.logger.warn(`a bell was lost: ${err}`);
    });
  }

  onRing(listener: (out_trade_no: string) => void): void {
    this.subscriber.on('message', (_channel, out_trade_no) => listener(out_trade_no));
    this.subscriber.subscribe(channel).catch((err: unknown) => {
      this.logger.warn(`not subscribed: ${err}`);
    });
  }

  async close(): Promise<void> {
    this.commands.disconnect();
    this.subscriber.disconnect();
  }

  private connect(url: string, options: RedisOptions): Redis {
    const redis = new Redis(url, {
      connectTimeout: connectMsMax,
      retryStrategy: (times) => Math.min(times * 100, reconnectMsMax),
      ...options,
    });
    let down = false;
    redis.on('error', (error) => {
      if (!down) this.logger.warn(`Redis is away: ${error.message}`);
      down = true;
    });
    redis.on('ready', () => {
      down = false;
    });
    return redis;
  }
}
