import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { hasRedis } from '../../../../test/support/machine';
import { freePort } from '../../../../test/support/ports';
import { Redis } from '../../../../test/support/redis';
import { TcpProxy } from '../../../../test/support/tcp-proxy';
import { until } from '../../../../test/support/until';
import { redisAddress } from './redis-address';
import { RedisStore } from './redis-store';
import { MemoryStore, type SharedStore } from './shared-store';

const unavailable = { code: 'service/unavailable' };

/** A store, and what it warns of: other stores of this process may have troubles of their own. */
function openedAt(url: string) {
  const told: string[] = [];
  const logger = { warn: (words: string) => told.push(words) };
  return { store: new RedisStore(redisAddress.parse(url), '', logger), told };
}

function sameTests(store: () => SharedStore): void {
  test('a value that was put is there, a missing one is null', async () => {
    const { cartList, payLog } = store();
    await cartList.put('user', '{"价":1}');
    assert.equal(await cartList.get('user'), '{"价":1}');
    assert.equal(await cartList.get('User'), null);
    assert.equal(await payLog.get('user'), null);
  });

  test('a value is replaced only if it is still the expected one', async () => {
    const { cartList } = store();
    const replace = (expected: string | null, next: string | null) =>
      cartList.replace('replaced', { expected, next });
    assert.equal(await replace('a', 'b'), false);
    assert.equal(await replace(null, 'a'), true);
    assert.equal(await replace(null, 'b'), false);
    assert.equal(await replace('b', 'c'), false);
    assert.equal(await cartList.get('replaced'), 'a');
    assert.equal(await replace('a', 'b'), true);
    assert.equal(await replace('b', null), true);
    assert.equal(await cartList.get('replaced'), null);
  });

  test('a value is removed only if it is of the payment', async () => {
    const { payLog } = store();
    const others = ['17', '"17"', 'null', '', 'out_trade_no 17', '["17"]', '{"out_trade_no":17}'];
    for (const value of [...others, '{"out_trade_no":"170","order_list":"17"}']) {
      await payLog.put('kept', value);
      await payLog.removePayment('kept', '17');
      assert.equal(await payLog.get('kept'), value);
    }
    await payLog.put('removed', '{ "total_fee": 1, "out_trade_no" : "17" }');
    await payLog.removePayment('other', '17');
    assert.notEqual(await payLog.get('removed'), null);
    await payLog.removePayment('removed', '17');
    assert.equal(await payLog.get('removed'), null);
  });

  test('of 50 parallel replacements of one value exactly one is done', async () => {
    const { cartList } = store();
    await cartList.put('raced', 'before');
    const done = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        cartList.replace('raced', { expected: 'before', next: `${index}` }),
      ),
    );
    assert.equal(done.filter(Boolean).length, 1);
  });

  test('a bell is heard', async () => {
    const heard: string[] = [];
    store().onRing((out_trade_no) => heard.push(out_trade_no));
    await until('the bell to be heard', () => {
      store().ring('1700000000000000001');
      return heard.includes('1700000000000000001');
    });
  });
}

describe('memory instead of Redis', () => {
  const memory = new MemoryStore();
  sameTests(() => memory);

  test('more than 10,000 users push out those who came first', async () => {
    const { cartList } = new MemoryStore();
    for (let user = 0; user <= 10_000; user += 1) await cartList.put(`${user}`, 'cart');
    assert.equal(await cartList.get('0'), null);
    assert.equal(await cartList.get('1'), 'cart');
    assert.equal(await cartList.get('10000'), 'cart');
  });
});

if (hasRedis) {
  describe('Redis', () => {
    let redis: Redis;
    let store: RedisStore;
    before(async () => {
      redis = await Redis.start();
      store = new RedisStore(redisAddress.parse(redis.url));
      await store.untilReady();
    });
    after(async () => {
      await store.close();
      await redis.stop();
    });
    sameTests(() => store);

    test('the hashes have the names of the lesson, and the user is the field', async () => {
      await store.cartList.put('user-1', 'a cart');
      await store.payLog.put('user-1', 'a pay log');
      const there = await redis.use(async (client) => [
        await client.hget('cartList', 'user-1'),
        await client.hget('payLog', 'user-1'),
      ]);
      assert.deepEqual(there, ['a cart', 'a pay log']);
    });

    test('a prefix stands before every key and channel', async (t) => {
      const rights = ['on', '>pass', '~shop1:*', '&shop1:*', '+@all'];
      await redis.use((client) => client.call('ACL', 'SETUSER', 'shop1', ...rights));
      const address = redisAddress.parse(redis.url.replace('//', '//shop1:pass@'));
      const [prefixed, bare] = [new RedisStore(address, 'shop1:'), new RedisStore(address)];
      t.after(() => Promise.all([prefixed.close(), bare.close()]));
      await Promise.all([prefixed.untilReady(), bare.untilReady()]);
      await prefixed.probe();
      await prefixed.cartList.put('user-1', 'a cart');
      await prefixed.payLog.replace('user-1', { expected: null, next: 'a pay log' });
      await assert.rejects(bare.probe(), unavailable);
      await assert.rejects(bare.payLog.get('user-1'), unavailable);
      const keys = await redis.use((client) => client.keys('shop1:*'));
      assert.deepEqual(keys.sort(), ['shop1:cartList', 'shop1:payLog', 'shop1:saoma:probe']);
      const heard: string[] = [];
      prefixed.onRing((out_trade_no) => heard.push(out_trade_no));
      await until('the bell to be heard', () => {
        prefixed.ring('1');
        return heard.includes('1');
      });
    });

    test('a key that is no hash fails as unavailable', async () => {
      await redis.use((client) => client.set('cartList', 'poison'));
      await assert.rejects(store.cartList.get('user'), unavailable);
      await redis.flush();
      assert.equal(await store.cartList.get('user'), null);
    });

    test('a Redis whose memory is full refuses what is written, gives what is there', async () => {
      await store.cartList.put('early', 'a cart');
      await redis.use((client) => client.config('SET', 'maxmemory', '1'));
      await assert.rejects(store.cartList.put('late', 'a cart'), unavailable);
      assert.equal(await store.cartList.get('early'), 'a cart');
      await redis.use((client) => client.config('SET', 'maxmemory', '0'));
      await store.cartList.put('late', 'a cart');
    });

    test('while Redis is away commands fail at once, and it is found again', async () => {
      const heard: string[] = [];
      store.onRing((out_trade_no) => heard.push(out_trade_no));
      await redis.kill();
      await assert.rejects(store.cartList.get('user'), unavailable);
      await assert.rejects(store.cartList.put('user', 'x'), unavailable);
      const change = { expected: null, next: 'x' };
      await assert.rejects(store.cartList.replace('user', change), unavailable);
      store.ring('1');
      await redis.restart();
      await until('Redis to be found again', () =>
        store.cartList.put('user', 'x').then(() => true),
      );
      await until('the bell to be heard again', () => {
        store.ring('2');
        return heard.includes('2');
      });
    });

    test('a Redis that goes silent fails as unavailable, and is found again', async (t) => {
      const proxy = await TcpProxy.start(redis.port);
      const { store: far, told } = openedAt(`redis://127.0.0.1:${proxy.port}`);
      t.after(() => Promise.all([far.close(), proxy.stop()]));
      const heard: string[] = [];
      far.onRing((out_trade_no) => heard.push(out_trade_no));
      await until('both of its connections to be of use', async () => {
        await far.probe();
        far.ring('1');
        return heard.includes('1');
      });
      proxy.blackHole();
      await assert.rejects(far.cartList.get('user'), unavailable);
      await until('the silent connection to be given up', () =>
        far.cartList.get('user').then(
          () => false,
          ({ cause }) => /writeable/.test(String(cause)),
        ),
      );
      assert.deepEqual(told, ['Redis does not answer: no answer in time']);
      proxy.heal();
      await until('Redis to be found again', () => far.cartList.put('user', 'y').then(() => true));
    });

    test('a process that stood still hears the answer that has arrived meanwhile', async (t) => {
      const { store: late, told } = openedAt(redis.url);
      t.after(() => late.close());
      await late.untilReady();
      await late.cartList.put('user', 'a cart');
      const answer = late.cartList.get('user');
      // Longer than a server may be silent.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
      assert.equal(await answer, 'a cart');
      assert.deepEqual(told, []);
    });

    test('a service starts without a Redis that is away', async (t) => {
      const host = `127.0.0.1:${await freePort()}`;
      const { store: nobody, told } = openedAt(`redis://${host}`);
      t.after(() => nobody.close());
      await nobody.untilReady();
      await assert.rejects(nobody.cartList.get('user'), unavailable);
      const words = `ECONNREFUSED: connect ECONNREFUSED ${host}`;
      assert.deepEqual(told, [`Redis cannot be reached: ${words}`]);
    });
  });
}
