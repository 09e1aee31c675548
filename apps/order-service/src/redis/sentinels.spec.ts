import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { ConfigError } from '@saoma/platform/config';
import { hasRedis } from '../../../../test/support/machine';
import { Redis } from '../../../../test/support/redis';
import { Sentinel, sentinelOver } from '../../../../test/support/sentinel';
import { until } from '../../../../test/support/until';
import { projectRoot } from '../../../../test/tidy/tree';
import { redisAddress } from './redis-address';
import { RedisStore } from './redis-store';

/** What docs/operating.md tells to set at each server. */
const page = readFileSync(join(projectRoot(), 'docs/operating.md'), 'utf8');
const documented = (page.match(/^min-replicas-.+$/gm) ?? []).flatMap((line) => line.split(' '));

/** Shoppers who put something into their carts, one after the other, whatever happens. */
class Shoppers {
  /** Whose cart was put away, in turn. */
  private readonly served: string[] = [];
  private servedBeforeFailure: number | undefined;
  private isOpen = true;
  private readonly shopping: Promise<void>;

  constructor(private readonly store: RedisStore) {
    this.shopping = this.shop();
  }

  private async shop(): Promise<void> {
    for (let user = 0; this.isOpen; user += 1) {
      try {
        await this.store.cartList.put(`shopper-${user}`, 'a cart');
        this.served.push(`shopper-${user}`);
      } catch {
        this.servedBeforeFailure ??= this.served.length;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  /** Resolves when so many more have been served. */
  async more(count: number): Promise<void> {
    const enough = this.served.length + count;
    await until('shoppers to be served', () => this.served.length >= enough);
  }

  /** How many have been served by now. */
  get count(): number {
    return this.served.length;
  }

  async goHome(): Promise<void> {
    this.isOpen = false;
    await this.shopping;
  }

  /**
   * They go home. Who was served among the first `count`, or after the first one who was not, has
   * a cart; who was served between them may have lost it.
   */
  async haveTheirCarts({ sentinel, count }: { sentinel: Sentinel; count: number }) {
    await this.goHome();
    const carts = new Set(await sentinel.use((client) => client.hkeys('cartList')));
    const mayBeLost = new Set(this.served.slice(count, this.servedBeforeFailure ?? count));
    const lost = this.served.filter((user) => !carts.has(user) && !mayBeLost.has(user));
    assert.deepEqual(lost, []);
  }
}

if (hasRedis) {
  describe('a Redis with sentinels', () => {
    let sentinel: Sentinel;
    let store: RedisStore;
    let other: RedisStore;
    let shoppers: Shoppers;
    const heard = new Set<string>();

    before(async () => {
      sentinel = await Sentinel.start({ replicas: 2 });
      const address = redisAddress.parse(sentinel.url);
      [store, other] = [new RedisStore(address), new RedisStore(address)];
      await Promise.all([store.untilReady(), other.untilReady()]);
      other.onRing((out_trade_no) => heard.add(out_trade_no));
    });
    after(async () => {
      await Promise.all([store.close(), other.close()]);
      await sentinel.stop();
    });
    beforeEach(async () => {
      shoppers = new Shoppers(store);
      await shoppers.more(100);
    });

    afterEach(() => shoppers.goHome());

    /** All who have been served by now are known to the replicas, too. */
    const replicated = async () => {
      const { count } = shoppers;
      const answer = await sentinel.use(async (client) => {
        await client.set('saoma-test:until', count);
        return client.wait(2, 10_000);
      });
      assert.equal(answer, 2);
      return count;
    };
    const bellIsHeard = async (from: RedisStore) => {
      const out_trade_no = `${heard.size + 1}`;
      await until('a bell to be heard', () => {
        from.ring(out_trade_no);
        return heard.has(out_trade_no);
      });
    };
    const goesOn = async (count: number) => {
      const mark = `${shoppers.count}`;
      await until('the store to write to the new primary', async () => {
        await store.payLog.put('mark', mark);
        return (await sentinel.use((client) => client.hget('payLog', 'mark'))) === mark;
      });
      await shoppers.more(100);
      await store.probe();
      await bellIsHeard(store);
      await shoppers.haveTheirCarts({ sentinel, count });
    };
    const setAtAll = (...settings: string[]) =>
      Promise.all(
        sentinel.servers.map((server) => server.use((client) => client.config('SET', ...settings))),
      );
    const isReplica = (server: Redis) =>
      server.use(async (client) => ((await client.role()) as string[])[0] === 'slave');

    test('killed: the next one takes over, with every cart that it had been told of', async () => {
      await setAtAll(...documented);
      const count = await replicated();
      const dead = await sentinel.killPrimary();
      const primary = await sentinel.movedFrom(dead);
      await goesOn(count);
      const last = sentinel.servers.find((server) => server !== dead && server !== primary);
      await last?.kill();
      await until('it to take no writes without a replica', () =>
        store.probe().then(
          () => false,
          ({ message }) => /takes no writes/.test(message),
        ),
      );
      await store.cartList.get('shopper-0');
      await sentinel.restart();
      await until('it to take writes', () => store.probe().then(() => true));
      assert.ok(await isReplica(dead));
      await setAtAll('min-replicas-to-write', '0');
    });

    test('frozen: the next one takes over; the old one comes back, and gets nothing', async () => {
      const count = await replicated();
      const silent = await sentinel.freezePrimary();
      await sentinel.movedFrom(silent);
      await shoppers.more(100);
      sentinel.thaw();
      await goesOn(count);
      await sentinel.untilWhole();
      assert.ok(await isReplica(silent));
      await store.probe();
    });

    test('a planned change: an old primary that nobody has told is left all the same', async () => {
      await sentinel.forgetsOldPrimaries();
      const count = await replicated();
      const old = await sentinel.failOver();
      await sentinel.movedFrom(old);
      await goesOn(count);
      assert.equal(await isReplica(old), false);
      const clients = await old.use((client) => client.client('LIST'));
      assert.doesNotMatch(String(clients), /name= .*cmd=(hset|publish|set|subscribe)/);
      await sentinel.remembersOldPrimaries();
      await sentinel.untilWhole();
    });

    test('a planned change of a primary that was paused before loses nothing', async () => {
      const paused = await sentinel.primary();
      await paused.use((client) => client.call('CLIENT', 'PAUSE', '10000', 'WRITE'));
      await sentinel.failOver();
      await sentinel.movedFrom(paused);
      await goesOn(Number.POSITIVE_INFINITY);
      await paused.use((client) => client.call('CLIENT', 'UNPAUSE'));
      await sentinel.untilWhole();
    });

    test('a sentinel that knows nothing of the last changes is not believed', async (t) => {
      const left = await Redis.start();
      const stale = await sentinelOver(left.port);
      t.after(() => Promise.all([stale.stop(), left.stop()]));
      const url = sentinel.url.replace('//', `//127.0.0.1:${stale.port},`);
      const late = new RedisStore(redisAddress.parse(url));
      t.after(() => late.close());
      await late.untilReady();
      await until('the store to be found', () => late.probe().then(() => true));
      await late.payLog.put('late', 'a pay log');
      assert.equal(await store.payLog.get('late'), 'a pay log');
    });

    test('of three sentinels one is silent and one dead: the third one is enough', async (t) => {
      const [silent, dead] = sentinel.sentinels;
      silent?.signal('SIGSTOP');
      await dead?.kill();
      const late = new RedisStore(redisAddress.parse(sentinel.url));
      t.after(() => late.close());
      await late.untilReady();
      await until('the store to be found', () => late.probe().then(() => true));
      await bellIsHeard(late);
      sentinel.thaw();
      await sentinel.restart();
    });

    test('without a sentinel the primary is kept, and who starts has no Redis', async (t) => {
      await Promise.all(sentinel.sentinels.map((each) => each.kill()));
      const late = new RedisStore(redisAddress.parse(sentinel.url));
      t.after(() => late.close());
      await late.untilReady();
      await assert.rejects(late.probe(), { code: 'service/unavailable' });
      await shoppers.more(100);
      await store.probe();
      await sentinel.restart();
      await until('Redis to be found', () => late.probe().then(() => true));
      await shoppers.haveTheirCarts({ sentinel, count: shoppers.count });
    });

    test('a name that the sentinels do not know is told, and nothing is started', async (t) => {
      const stranger = new RedisStore(redisAddress.parse(`${sentinel.url}s`));
      t.after(() => stranger.close());
      await assert.rejects(stranger.untilReady(), (error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, /REDIS_URL: no sentinel knows shops$/);
        return true;
      });
    });
  });
}
