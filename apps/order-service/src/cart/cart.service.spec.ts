import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { hasRedis } from '../../../../test/support/machine';
import { Redis } from '../../../../test/support/redis';
import { CatalogueService } from '../catalogue/catalogue.service';
import { ItemRow } from '../catalogue/item.entity';
import { redisAddress } from '../redis/redis-address';
import { RedisStore } from '../redis/redis-store';
import { MemoryStore, type SharedStore } from '../redis/shared-store';
import { DatabaseBench } from '../schema/spec-kit';
import { OrderRoom } from '../spec-kit';
import { EndedCarts } from './ended-carts';

const bench = new DatabaseBench('sqlite');
before(() => bench.start());
after(() => bench.stop());

const stores = hasRedis ? (['memory', 'Redis'] as const) : (['memory'] as const);

for (const kind of stores) {
  describe(`the cart in ${kind}`, () => {
    let redis: Redis | undefined;
    const opened: SharedStore[] = [];
    before(async () => {
      if (kind === 'Redis') redis = await Redis.start();
    });
    after(async () => {
      for (const store of opened) await store.close();
      await redis?.stop();
    });
    /** A shop with a user whose cart nobody else knows. */
    const open = async (user: string) => {
      const store = redis ? new RedisStore(redisAddress.parse(redis.url)) : new MemoryStore();
      opened.push(store);
      await store.untilReady();
      return { shop: await OrderRoom.open(bench, { store }), user_id: `${user} ${kind}` };
    };

    test('shows what was put in, by seller, with exact sums of fen', async () => {
      const { shop, user_id } = await open('sums');
      assert.deepEqual(await shop.carts.getCart({ user_id }), { lines: [], total_fee: 0 });
      await shop.put(user_id, '1001', 1);
      await shop.put(user_id, '2001', 1);
      const cart = await shop.put(user_id, '1002', 3);
      assert.deepEqual(
        cart.lines.map(({ item_id, seller_id, price, num, total_fee }) => ({
          item_id,
          seller_id,
          price,
          num,
          total_fee,
        })),
        [
          { item_id: '1001', seller_id: 'chaye', price: 5990, num: 1, total_fee: 5990 },
          { item_id: '1002', seller_id: 'chaye', price: 2850, num: 3, total_fee: 8550 },
          { item_id: '2001', seller_id: 'liangpu', price: 820, num: 1, total_fee: 820 },
        ],
      );
      assert.equal(cart.total_fee, 15360);
      assert.deepEqual(await shop.carts.getCart({ user_id }), cart);
    });

    test('num sets the pieces, 0 takes the line out, clearing takes all out', async () => {
      const { shop, user_id } = await open('edits');
      await shop.fill(user_id);
      const cart = await shop.put(user_id, '1001', 200);
      assert.equal(cart.lines.find((line) => line.item_id === '1001')?.num, 200);
      const less = await shop.put(user_id, '1001', 0);
      assert.deepEqual(
        less.lines.map((line) => line.item_id),
        ['1002', '2001'],
      );
      assert.deepEqual(await shop.carts.clearCart({ user_id }), {});
      assert.deepEqual(await shop.carts.getCart({ user_id }), { lines: [], total_fee: 0 });
      assert.equal(await shop.store.cartList.get(user_id), null);
    });

    test('an unknown item is refused and changes nothing', async () => {
      const { shop, user_id } = await open('unknown');
      await shop.fill(user_id);
      const before = await shop.store.cartList.get(user_id);
      for (const item_id of ['9999', '01001', '1001 ']) {
        await assert.rejects(shop.put(user_id, item_id, 1), { code: 'item/not-found' });
      }
      assert.equal(await shop.store.cartList.get(user_id), before);
    });

    test('prices are those of the catalogue at every look; what it lacks drops out', async () => {
      const { shop, user_id } = await open('prices');
      await shop.fill(user_id);
      await shop.database.statements((m) => m.update(ItemRow, { item_id: '1001' }, { price: 1 }));
      await shop.database.statements((m) => m.delete(ItemRow, { item_id: '1002' }));
      const cart = await shop.carts.getCart({ user_id });
      assert.deepEqual(
        cart.lines.map(({ item_id, total_fee }) => [item_id, total_fee]),
        [
          ['1001', 2],
          ['2001', 820],
        ],
      );
      assert.equal(cart.total_fee, 822);
    });

    test('a row that cannot be sold hides itself and nothing else', async () => {
      const { shop, user_id } = await open('broken');
      for (const [item_id, price] of [
        ['7001', -1],
        ['7002', 100_000_001],
      ] as const) {
        const row = { item_id, seller_id: 'chaye', title: 'x', price, image: '' };
        await shop.database.statements((m) => m.insert(ItemRow, row));
        await assert.rejects(shop.put(user_id, item_id, 1), { code: 'item/not-found' });
      }
      assert.equal((await shop.get(CatalogueService).page()).length, 6);
    });

    test('more than 100 different items are refused', async () => {
      const { shop, user_id } = await open('large');
      const rows = Array.from({ length: 101 }, (_, index) => ({
        item_id: `${8000 + index}`,
        seller_id: `seller ${index % 7}`,
        title: 'x',
        price: 1,
        image: '',
      }));
      await shop.database.statements((m) => m.insert(ItemRow, rows));
      for (const { item_id } of rows.slice(0, 100)) await shop.put(user_id, item_id, 1);
      await assert.rejects(shop.put(user_id, '8100', 1), { code: 'cart/too-large' });
      const cart = await shop.put(user_id, '8099', 2);
      assert.equal(cart.lines.length, 100);
    });

    test('of 40 parallel changes none is lost, over two instances', async () => {
      const { shop, user_id } = await open('parallel');
      const other = await shop.instance(2);
      const items = ['1001', '1002', '2001', '2002', '3001', '3002'];
      await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          (index % 2 ? shop : other).put(user_id, items[index % 6] ?? '', index + 1),
        ),
      );
      const cart = await shop.carts.getCart({ user_id });
      assert.equal(cart.lines.length, 6);
      assert.equal(new Set(cart.lines.map((line) => line.num)).size, 6);
    });

    test('a poisoned value is an empty cart that can be filled again', async () => {
      const { shop, user_id } = await open('poisoned');
      for (const poison of ['', '{', '[{"cart_id":1}]', '[null]']) {
        await shop.store.cartList.put(user_id, poison);
        assert.deepEqual(await shop.carts.getCart({ user_id }), { lines: [], total_fee: 0 });
        await shop.put(user_id, '1001', 1);
        assert.equal((await shop.carts.getCart({ user_id })).total_fee, 5990);
      }
    });

    test('users are told apart byte for byte', async () => {
      const { shop, user_id } = await open('Byte');
      await shop.put(user_id, '1001', 1);
      for (const other of [`${user_id} `, user_id.toLowerCase(), `${user_id}\u0301`]) {
        assert.equal((await shop.carts.getCart({ user_id: other })).total_fee, 0);
      }
    });

    test('a cart ends when nobody has changed it for 90 days, others stay', async () => {
      const { shop, user_id } = await open('old');
      const daysLater = (days: number) => new Date(Date.now() + days * 86_400_000);
      await shop.put(user_id, '1001', 1);
      const today = await shop.carts.getCart({ user_id });
      await shop.get(EndedCarts).sweep(daysLater(89));
      assert.deepEqual(await shop.carts.getCart({ user_id }), today);
      // As an earlier version kept it: it ends 90 days after it was first met.
      const value = await shop.store.cartList.get(user_id);
      const old = (value ?? '').replace(/,"changed_on":"[^"]*"/g, '');
      await shop.store.cartList.put(`${user_id} of before`, old);
      await shop.get(EndedCarts).sweep(daysLater(92));
      assert.equal(await shop.store.cartList.get(user_id), null);
      assert.notEqual(await shop.store.cartList.get(`${user_id} of before`), null);
      await shop.get(EndedCarts).sweep(daysLater(184));
      assert.equal(await shop.store.cartList.get(`${user_id} of before`), null);
    });

    test('sweeps meet every old cart, and each only a part of them', async () => {
      const { shop, user_id } = await open('many');
      await shop.put(user_id, '1001', 1);
      const value = (await shop.store.cartList.get(user_id)) ?? '';
      const users = Array.from({ length: 900 }, (_, index) => `${user_id} ${index}`);
      for (const one of users) await shop.store.cartList.put(one, value);
      const left = async () => {
        const values = await Promise.all(users.map((one) => shop.store.cartList.get(one)));
        return values.filter((one) => one !== null).length;
      };
      const later = new Date(Date.now() + 92 * 86_400_000);
      await shop.get(EndedCarts).sweep(later);
      assert.ok((await left()) > 600);
      // Those of memory move up when others go, so that it takes a second round.
      for (let count = 0; count < 60; count += 1) await shop.get(EndedCarts).sweep(later);
      assert.equal(await left(), 0);
    });

    if (kind === 'memory') return;

    test('while Redis is away the cart is unavailable', async () => {
      const { shop, user_id } = await open('away');
      await redis?.kill();
      const unavailable = { code: 'service/unavailable' };
      await assert.rejects(shop.carts.getCart({ user_id }), unavailable);
      await assert.rejects(shop.put(user_id, '1001', 1), unavailable);
      await assert.rejects(shop.carts.clearCart({ user_id }), unavailable);
    });
  });
}
