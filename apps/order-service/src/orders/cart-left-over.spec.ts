import assert from 'node:assert/strict';
import test from 'node:test';
import { hasRedis } from '../../../../test/support/machine';
import { Redis } from '../../../../test/support/redis';
import { TcpProxy } from '../../../../test/support/tcp-proxy';
import { until } from '../../../../test/support/until';
import { redisAddress } from '../redis/redis-address';
import { RedisStore } from '../redis/redis-store';
import { onEachDatabase } from '../schema/spec-kit';
import { OrderRoom } from '../spec-kit';

const user_id = 'shopper';
const items = ['1001', '1002', '2001', '2002', '3001', '3002'];

/** What is left when a process dies between its commit and the emptying of the cart. */
async function ordered(shop: OrderRoom, idempotency_key: string | null = null) {
  await shop.fill(user_id);
  const cart = (await shop.store.cartList.get(user_id)) ?? '';
  const answer = await shop.add(user_id, { idempotency_key });
  await shop.store.cartList.put(user_id, cart);
  return answer;
}

onEachDatabase('a cart that was ordered but not emptied', (bench) => {
  const numbers = (cart: { lines: readonly { item_id: string; num: number }[] }) =>
    cart.lines.map(({ item_id, num }) => `${item_id}×${num}`);

  for (const payment_type of ['1', '2'] as const) {
    test(`answers its orders once more and is emptied, payment_type ${payment_type}`, async () => {
      const shop = await OrderRoom.open(bench);
      await shop.fill(user_id);
      const cart = (await shop.store.cartList.get(user_id)) ?? '';
      const answer = await shop.add(user_id, { payment_type });
      await shop.store.cartList.put(user_id, cart);
      assert.deepEqual(await shop.add(user_id, { payment_type }), answer);
      assert.equal((await shop.rows()).orders.length, 2);
      await assert.rejects(shop.add(user_id, { payment_type }), { code: 'cart/empty' });
    });
  }

  test('is emptied by a repeat of the key', async () => {
    const shop = await OrderRoom.open(bench);
    const answer = await ordered(shop, 'key');
    assert.deepEqual(await shop.add(user_id, { idempotency_key: 'key' }), answer);
    assert.equal(await shop.store.cartList.get(user_id), null);
  });

  test('and edited since keeps only what was not ordered, which is a new order', async () => {
    const shop = await OrderRoom.open(bench);
    await ordered(shop);
    await shop.put(user_id, '1001', 5);
    await shop.put(user_id, '1002', 1);
    await shop.put(user_id, '3001', 1);
    await assert.rejects(shop.add(user_id), { code: 'cart/changed' });
    assert.deepEqual(numbers(await shop.carts.getCart({ user_id })), ['1001×3', '3001×1']);
    assert.equal((await shop.add(user_id)).total_fee, 3 * 5990 + 1280);
    assert.equal((await shop.rows()).orders.length, 4);
  });

  test('is not answered by its orders when it holds more, less or other pieces since', async () => {
    for (const [item_id, num] of [
      ['1001', 1],
      ['1001', 3],
      ['1002', 0],
      ['3001', 1],
    ] as const) {
      const shop = await OrderRoom.open(bench);
      await ordered(shop);
      await shop.put(user_id, item_id, num);
      await assert.rejects(shop.add(user_id), { code: 'cart/changed' }, `${item_id}×${num}`);
      assert.equal((await shop.rows()).orders.length, 2);
    }
  });

  test('is not answered by its orders when a seller was taken out of it since', async () => {
    const shop = await OrderRoom.open(bench);
    await ordered(shop);
    await shop.put(user_id, '2001', 0);
    await assert.rejects(shop.add(user_id), { code: 'cart/changed' });
    assert.deepEqual((await shop.carts.getCart({ user_id })).lines, []);
    assert.equal((await shop.rows()).orders.length, 2);
  });

  test('can be cleared and filled again for another order', async () => {
    const shop = await OrderRoom.open(bench);
    const first = await ordered(shop);
    await shop.carts.clearCart({ user_id });
    await shop.fill(user_id);
    assert.notEqual((await shop.add(user_id)).out_trade_no, first.out_trade_no);
    assert.equal((await shop.rows()).orders.length, 4);
  });

  test("of somebody else is not ordered, not told, and gets an id of one's own", async () => {
    const shop = await OrderRoom.open(bench);
    await shop.fill('victim');
    const cart = (await shop.store.cartList.get('victim')) ?? '';
    await shop.add('victim');
    await shop.store.cartList.put(user_id, cart);
    await assert.rejects(shop.add(user_id), { code: 'cart/changed' });
    const own = await shop.add(user_id);
    const { orders } = await shop.rows();
    assert.deepEqual(
      orders.filter((order) => order.user_id === user_id).map((order) => order.order_id),
      own.order_ids,
    );
    assert.equal(orders.length, 4);
  });

  test('items put in while checkouts run are each ordered exactly once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const shop = await OrderRoom.open(bench);
      const other = await shop.instance(2);
      const puts = items.map((item_id, index) => shop.put(user_id, item_id, index + 1));
      const clicks = Array.from({ length: 6 }, (_, i) => (i % 2 ? shop : other).add(user_id));
      await Promise.all([...puts, Promise.allSettled(clicks)]);
      while ((await shop.carts.getCart({ user_id })).lines.length > 0) {
        await shop.add(user_id).catch((error) => assert.equal(error.code, 'cart/changed'));
      }
      const { items: lines } = await shop.rows();
      assert.deepEqual(
        lines.map(({ item_id, num }) => `${item_id}×${num}`).sort(),
        items.map((item_id, index) => `${item_id}×${index + 1}`),
      );
    }
  });
});

if (hasRedis) {
  onEachDatabase('Redis that goes away during a checkout', (bench) => {
    test('costs neither order nor payment; the cart is emptied by the next try', async (t) => {
      const redis = await Redis.start();
      const proxy = await TcpProxy.start(redis.port);
      const store = new RedisStore(redisAddress.parse(`redis://127.0.0.1:${proxy.port}`));
      t.after(() => Promise.all([store.close(), proxy.stop(), redis.stop()]));
      await store.untilReady();
      const shop = await OrderRoom.open(bench, { store });
      await shop.fill(user_id);
      // The cart is still read, but what would empty it does not arrive.
      proxy.listen((bytes) => bytes.includes('eval') && proxy.reset());
      const answer = await shop.add(user_id);
      proxy.listen(() => undefined);
      assert.equal((await shop.rows()).orders.length, 2);
      await until('Redis to be found again', () => store.probe().then(() => true));
      assert.equal((await shop.carts.getCart({ user_id })).total_fee, 21350);
      assert.deepEqual(await shop.add(user_id), answer);
      assert.equal((await shop.carts.getCart({ user_id })).total_fee, 0);
      assert.equal((await shop.rows()).orders.length, 2);
    });

    test('and stays away does not keep a repeated key from its answer', async (t) => {
      const redis = await Redis.start();
      const store = new RedisStore(redisAddress.parse(`redis://127.0.0.1:${redis.port}`));
      t.after(() => Promise.all([store.close(), redis.stop()]));
      await store.untilReady();
      const shop = await OrderRoom.open(bench, { store });
      await shop.fill(user_id);
      const answer = await shop.add(user_id, { idempotency_key: 'key' });
      await redis.stop();
      assert.deepEqual(await shop.add(user_id, { idempotency_key: 'key' }), answer);
      await assert.rejects(shop.add(user_id, { idempotency_key: 'other' }), {
        code: 'service/unavailable',
      });
    });
  });
}
