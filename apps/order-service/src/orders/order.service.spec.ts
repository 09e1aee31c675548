import assert from 'node:assert/strict';
import test from 'node:test';
import { hasRedis } from '../../../../test/support/machine';
import { Redis } from '../../../../test/support/redis';
import { TcpProxy } from '../../../../test/support/tcp-proxy';
import { ItemRow } from '../catalogue/item.entity';
import { RedisStore } from '../redis/redis-store';
import { onEachDatabase, StatementCounter } from '../schema/spec-kit';
import { aCheckout, Shop } from './spec-kit';

const user_id = 'shopper';
const items = ['1001', '1002', '2001', '2002', '3001', '3002'];

onEachDatabase('checkout', (bench) => {
  test('two sellers at 59.90 and 8.20 become two orders and one payment of exactly 6810 fen', async () => {
    const shop = await Shop.open(bench);
    await shop.put(user_id, '1001', 1);
    await shop.put(user_id, '2001', 1);
    const answer = await shop.add(user_id);
    const { orders, items, payLogs } = await shop.rows();
    assert.deepEqual(answer, {
      order_ids: orders.map((order) => order.order_id),
      out_trade_no: payLogs[0]?.out_trade_no,
      total_fee: 6810,
    });
    assert.deepEqual(
      orders.map(({ seller_id, payment, status }) => [seller_id, payment, status]),
      [
        ['chaye', 5990, '1'],
        ['liangpu', 820, '1'],
      ],
    );
    assert.deepEqual(
      items.map(({ order_id, ...line }) => line),
      [
        {
          item_id: '1001',
          seller_id: 'chaye',
          title: '龙井茶 250 g · Longjing tea',
          price: 5990,
          num: 1,
          total_fee: 5990,
        },
        {
          item_id: '2001',
          seller_id: 'liangpu',
          title: '东北大米 1 kg · Rice',
          price: 820,
          num: 1,
          total_fee: 820,
        },
      ],
    );
    const [payLog, ...others] = payLogs;
    assert.equal(others.length, 0);
    assert.deepEqual(
      [payLog?.user_id, payLog?.total_fee, payLog?.trade_state, payLog?.pay_type],
      [user_id, 6810, '0', '1'],
    );
    assert.equal(payLog?.order_list, answer.order_ids.join(','));
    assert.ok(payLog?.next_look_time && payLog.next_look_time > payLog.create_time);
    for (const order of orders) assert.deepEqual(order.create_time, payLog?.create_time);
  });

  test('afterwards the cart is empty and the hash payLog holds the columns of the pay log', async () => {
    const shop = await Shop.open(bench);
    await shop.fill(user_id);
    const { out_trade_no, order_ids } = await shop.add(user_id);
    assert.equal(await shop.store.cartList.get(user_id), null);
    const [row] = (await shop.rows()).payLogs;
    assert.deepEqual(JSON.parse((await shop.store.payLog.get(user_id)) ?? ''), {
      out_trade_no,
      user_id,
      create_time: row?.create_time.toISOString(),
      pay_time: null,
      total_fee: 21350,
      transaction_id: null,
      trade_state: '0',
      pay_type: '1',
      order_list: order_ids.join(','),
    });
  });

  test('cash on delivery has orders, but no payment', async () => {
    const shop = await Shop.open(bench);
    await shop.fill(user_id);
    const answer = await shop.add(user_id, { payment_type: '2' });
    assert.deepEqual(Object.keys(answer), ['order_ids', 'total_fee']);
    const { orders, payLogs } = await shop.rows();
    assert.deepEqual(payLogs, []);
    assert.deepEqual(
      orders.map(({ out_trade_no, payment_type }) => [out_trade_no, payment_type]),
      [
        [null, '2'],
        [null, '2'],
      ],
    );
    assert.equal(await shop.store.payLog.get(user_id), null);
  });

  test('three lines of two sellers take 9 statements and one commit', async () => {
    const counter = new StatementCounter();
    const shop = await Shop.open(bench, { counter });
    await shop.fill(user_id);
    counter.restart();
    await shop.add(user_id, { idempotency_key: 'key' });
    assert.equal(counter.statements.length, 9, counter.statements.join('\n'));
    assert.equal(counter.commits, 1);
  });

  test('an empty cart is refused', async () => {
    const shop = await Shop.open(bench);
    await assert.rejects(shop.add(user_id), { code: 'cart/empty' });
    await assert.rejects(shop.add(user_id, { idempotency_key: 'key' }), { code: 'cart/empty' });
  });

  test('what no payment can ask for is refused, and nothing is written', async () => {
    const shop = await Shop.open(bench);
    const row = { seller_id: 'dear', title: 'x', image: '' };
    await shop.database.read((manager) =>
      manager.insert(ItemRow, [
        { ...row, item_id: '9001', price: 99_999_999 },
        { ...row, item_id: '9002', price: 1 },
        { ...row, item_id: '9003', price: 0 },
      ]),
    );
    await shop.put(user_id, '9003', 1);
    await assert.rejects(shop.add(user_id), { code: 'cart/empty' });
    await shop.put(user_id, '9001', 1);
    await shop.put(user_id, '9002', 2);
    const before = await shop.store.cartList.get(user_id);
    await assert.rejects(shop.add(user_id), { code: 'cart/too-large' });
    assert.deepEqual(await shop.rows(), { orders: [], items: [], payLogs: [] });
    assert.equal(await shop.store.cartList.get(user_id), before);
    await shop.put(user_id, '9002', 1);
    assert.equal((await shop.add(user_id)).total_fee, 100_000_000);
  });

  test('a hundred sellers become a hundred orders of one payment', async () => {
    const shop = await Shop.open(bench);
    const rows = Array.from({ length: 100 }, (_, index) => ({
      item_id: `${8000 + index}`,
      seller_id: `seller ${index}`,
      title: 'x',
      price: 7,
      image: '',
    }));
    await shop.database.read((manager) => manager.insert(ItemRow, rows));
    for (const { item_id } of rows) await shop.put(user_id, item_id, 1);
    const { order_ids, total_fee } = await shop.add(user_id);
    assert.equal(new Set(order_ids).size, 100);
    assert.equal(total_fee, 700);
    assert.equal((await shop.rows()).payLogs[0]?.order_list, order_ids.join(','));
  });
});

onEachDatabase('a checkout that is repeated', (bench) => {
  test('with its key answers the same, byte for byte, whatever the cart holds by then', async () => {
    const shop = await Shop.open(bench);
    await shop.fill(user_id);
    const first = await shop.add(user_id, { idempotency_key: 'key' });
    assert.equal(
      JSON.stringify(await shop.add(user_id, { idempotency_key: 'key' })),
      JSON.stringify(first),
    );
    await shop.put(user_id, '3001', 1);
    assert.deepEqual(await shop.add(user_id, { idempotency_key: 'key' }), first);
    assert.equal((await shop.rows()).orders.length, 2);
    assert.equal((await shop.carts.getCart({ user_id })).total_fee, 1280, 'new lines stay');
  });

  test('with its key but another body is refused', async () => {
    const shop = await Shop.open(bench);
    await shop.fill(user_id);
    await shop.add(user_id, { idempotency_key: 'key' });
    const { receiver } = aCheckout(user_id);
    for (const change of [
      { payment_type: '2' as const },
      { receiver: { ...receiver, address: 'elsewhere' } },
    ]) {
      const again = shop.add(user_id, { idempotency_key: 'key', ...change });
      await assert.rejects(again, { code: 'idempotency/key-reused' });
    }
    assert.equal((await shop.rows()).orders.length, 2);
  });

  test('keys of different users, or that differ in case or blanks, are different keys', async () => {
    const shop = await Shop.open(bench);
    const answers = [];
    for (const [user, idempotency_key] of [
      ['a', 'key'],
      ['b', 'key'],
      ['a', 'Key'],
      ['a', 'key '],
    ] as const) {
      await shop.put(user, '1001', 1);
      answers.push(await shop.add(user, { idempotency_key }));
    }
    assert.equal(new Set(answers.map((answer) => answer.out_trade_no)).size, 4);
  });

  test('20 times at once with one key, over two instances, makes one order set', async () => {
    const shop = await Shop.open(bench);
    const other = shop.instance(2);
    await shop.fill(user_id);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? shop : other).add(user_id, { idempotency_key: 'key' }),
      ),
    );
    assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
    const { orders, payLogs } = await shop.rows();
    assert.deepEqual([orders.length, payLogs.length], [2, 1]);
  });

  test('20 clicks at once without a key make one order set', async () => {
    const shop = await Shop.open(bench);
    const other = shop.instance(2);
    await shop.fill(user_id);
    const clicks = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? shop : other).add(user_id)),
    );
    const answers = clicks.map((click) =>
      click.status === 'fulfilled' ? JSON.stringify(click.value) : click.reason.code,
    );
    const kinds = new Set(answers.filter((answer) => answer !== 'cart/empty'));
    assert.equal(kinds.size, 1, [...kinds].join('\n'));
    const { orders, payLogs } = await shop.rows();
    assert.deepEqual([orders.length, payLogs.length], [2, 1]);
    assert.equal(await shop.store.cartList.get(user_id), null);
  });

  test('by clicks with different keys makes one order set, and each key keeps its answer', async () => {
    const shop = await Shop.open(bench);
    await shop.fill(user_id);
    const keys = Array.from({ length: 8 }, (_, index) => `key ${index}`);
    const ask = (idempotency_key: string) => shop.add(user_id, { idempotency_key });
    const clicks = await Promise.allSettled(keys.map(ask));
    assert.equal((await shop.rows()).orders.length, 2);
    await shop.put(user_id, '3001', 1);
    for (const [index, click] of clicks.entries()) {
      if (click.status === 'fulfilled') {
        assert.deepEqual(await ask(keys[index] ?? ''), click.value);
      } else assert.equal(click.reason.code, 'cart/empty');
    }
    assert.equal((await shop.rows()).orders.length, 2);
  });

  test('by a click that wants it otherwise is never answered with the orders of the first', async () => {
    const shop = await Shop.open(bench);
    await shop.fill(user_id);
    const clicks = await Promise.allSettled([
      shop.add(user_id),
      shop.add(user_id, { payment_type: '2' }),
    ]);
    const refused = clicks.flatMap((click) =>
      click.status === 'rejected' ? [click.reason.code] : [],
    );
    assert.equal(refused.length, 1);
    assert.match(refused[0], /^cart\/(changed|empty)$/);
    assert.equal(new Set((await shop.rows()).orders.map((order) => order.payment_type)).size, 1);
  });
});

/** What is left when a process dies between its commit and the emptying of the cart. */
async function ordered(shop: Shop, idempotency_key: string | null = null) {
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
      const shop = await Shop.open(bench);
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
    const shop = await Shop.open(bench);
    const answer = await ordered(shop, 'key');
    assert.deepEqual(await shop.add(user_id, { idempotency_key: 'key' }), answer);
    assert.equal(await shop.store.cartList.get(user_id), null);
  });

  test('and edited since keeps only what was not ordered, which is a new order', async () => {
    const shop = await Shop.open(bench);
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
      const shop = await Shop.open(bench);
      await ordered(shop);
      await shop.put(user_id, item_id, num);
      await assert.rejects(shop.add(user_id), { code: 'cart/changed' }, `${item_id}×${num}`);
      assert.equal((await shop.rows()).orders.length, 2);
    }
  });

  test('is not answered by its orders when a seller was taken out of it since', async () => {
    const shop = await Shop.open(bench);
    await ordered(shop);
    await shop.put(user_id, '2001', 0);
    await assert.rejects(shop.add(user_id), { code: 'cart/changed' });
    assert.deepEqual((await shop.carts.getCart({ user_id })).lines, []);
    assert.equal((await shop.rows()).orders.length, 2);
  });

  test('can be cleared and filled again for another order', async () => {
    const shop = await Shop.open(bench);
    const first = await ordered(shop);
    await shop.carts.clearCart({ user_id });
    await shop.fill(user_id);
    assert.notEqual((await shop.add(user_id)).out_trade_no, first.out_trade_no);
    assert.equal((await shop.rows()).orders.length, 4);
  });

  test("of somebody else is not ordered, not told, and gets an id of one's own", async () => {
    const shop = await Shop.open(bench);
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
      const shop = await Shop.open(bench);
      const other = shop.instance(2);
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

onEachDatabase('orders', (bench) => {
  test('are listed newest first, page by page, with their lines, and only to their owner', async () => {
    const shop = await Shop.open(bench);
    const made: string[] = [];
    for (const _ of [1, 2, 3]) {
      await shop.fill(user_id);
      const { order_ids } = await shop.add(user_id);
      made.unshift(...[...order_ids].reverse());
    }
    await shop.fill('other');
    await shop.add('other');
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await shop.orders.listOrders({ user_id, cursor, limit: 4 });
      seen.push(...page.orders.map((order) => order.order_id));
      for (const order of page.orders) {
        const total = order.items.reduce((sum, line) => sum + line.total_fee, 0);
        assert.equal(order.payment, total);
        assert.ok(order.items.length > 0);
      }
      cursor = page.cursor;
    } while (cursor);
    assert.deepEqual(seen, made);
    const nobody = await shop.orders.listOrders({ user_id: 'nobody', cursor: null, limit: 4 });
    assert.deepEqual(nobody, { orders: [], cursor: null });
  });

  test('a page takes two statements', async () => {
    const counter = new StatementCounter();
    const shop = await Shop.open(bench, { counter });
    for (const _ of [1, 2, 3]) {
      await shop.fill(user_id);
      await shop.add(user_id);
    }
    counter.restart();
    await shop.orders.listOrders({ user_id, cursor: null, limit: 20 });
    assert.equal(counter.statements.length, 2);
  });

  test('one is shown to its owner as it was ordered; a foreign one is as unknown as none', async () => {
    const shop = await Shop.open(bench);
    await shop.put(user_id, '1001', 2);
    const { order_ids, out_trade_no } = await shop.add(user_id);
    const [order_id = ''] = order_ids;
    await shop.database.read((m) => m.update(ItemRow, { item_id: '1001' }, { price: 1 }));
    const { create_time, ...order } = await shop.orders.getOrder({ user_id, order_id });
    assert.match(create_time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(order, {
      order_id,
      out_trade_no,
      seller_id: 'chaye',
      status: '1',
      payment: 11980,
      payment_type: '1',
      items: [
        {
          item_id: '1001',
          seller_id: 'chaye',
          title: '龙井茶 250 g · Longjing tea',
          price: 5990,
          num: 2,
          total_fee: 11980,
        },
      ],
      receiver: aCheckout(user_id).receiver,
      payment_time: null,
    });
    const notFound = { code: 'order/not-found' };
    for (const [who, what] of [
      ['other', order_id],
      ['Shopper', order_id],
      [user_id, '1'],
      [user_id, `${order_id}0`],
      [user_id, `0${order_id}`],
    ] as const) {
      const wanted = shop.orders.getOrder({ user_id: who, order_id: what });
      await assert.rejects(wanted, notFound, `${who} ${what}`);
    }
  });
});

if (hasRedis) {
  onEachDatabase('Redis that goes away during a checkout', (bench) => {
    test('costs neither the order nor its payment; the cart is emptied by the next try', async (t) => {
      const redis = await Redis.start();
      const proxy = await TcpProxy.start(redis.port);
      const store = new RedisStore(`redis://127.0.0.1:${proxy.port}`);
      t.after(() => Promise.all([store.close(), proxy.stop(), redis.stop()]));
      await store.untilReady();
      const shop = await Shop.open(bench, { store });
      await shop.fill(user_id);
      // The cart is still read: one question, one answer.
      proxy.cutAfter(2);
      const answer = await shop.add(user_id);
      assert.equal((await shop.rows()).orders.length, 2);
      await store.untilReady();
      assert.equal((await shop.carts.getCart({ user_id })).total_fee, 21350);
      assert.deepEqual(await shop.add(user_id), answer);
      assert.equal((await shop.carts.getCart({ user_id })).total_fee, 0);
      assert.equal((await shop.rows()).orders.length, 2);
    });
  });
}
