import assert from 'node:assert/strict';
import test from 'node:test';
import { ItemRow } from '../catalogue/item.entity';
import { onEachDatabase, StatementCounter } from '../schema/spec-kit';
import { aCheckout, OrderRoom } from '../spec-kit';

const user_id = 'shopper';

onEachDatabase('checkout', (bench) => {
  test('two sellers at 59.90 and 8.20 become two orders, one payment of 6810 fen', async () => {
    const shop = await OrderRoom.open(bench);
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

  test('afterwards the cart is empty and the hash payLog holds the pay log', async () => {
    const shop = await OrderRoom.open(bench);
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
    const shop = await OrderRoom.open(bench);
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

  test('three lines of two sellers take 6 statements, 7 with a key, and one commit', async () => {
    // A server's transaction is begun by its first statement.
    const begin = bench.kind === 'sqlite' ? 1 : 0;
    const counter = new StatementCounter();
    const shop = await OrderRoom.open(bench, { logger: counter });
    for (const [idempotency_key, statements] of [
      [null, begin + 6],
      ['key', begin + 7],
    ] as const) {
      await shop.fill(user_id);
      counter.restart();
      await shop.add(user_id, { idempotency_key });
      assert.equal(counter.statements.length, statements, counter.statements.join('\n'));
      assert.equal(counter.commits, 1);
    }
  });

  test('what is ordered costs what the catalogue says then, whatever was shown', async () => {
    const shop = await OrderRoom.open(bench);
    await shop.put(user_id, '1001', 1);
    await shop.database.statements((m) => m.update(ItemRow, { item_id: '1001' }, { price: 7 }));
    assert.equal((await shop.add(user_id)).total_fee, 7);
  });

  test('an empty cart is refused', async () => {
    const shop = await OrderRoom.open(bench);
    await assert.rejects(shop.add(user_id), { code: 'cart/empty' });
    await assert.rejects(shop.add(user_id, { idempotency_key: 'key' }), { code: 'cart/empty' });
  });

  test('what is free is ordered without a payment, whatever it shall be paid by', async () => {
    const shop = await OrderRoom.open(bench);
    const free = { seller_id: 'kind', title: 'x', image: '', price: 0, item_id: '9004' };
    await shop.database.statements((manager) => manager.insert(ItemRow, free));
    for (const payment_type of ['1', '2'] as const) {
      await shop.put(user_id, '9004', 3);
      const answer = await shop.add(user_id, { payment_type, idempotency_key: payment_type });
      assert.deepEqual([answer.total_fee, answer.out_trade_no], [0, undefined]);
      const again = await shop.add(user_id, { payment_type, idempotency_key: payment_type });
      assert.deepEqual(again, answer);
    }
    const { orders, payLogs } = await shop.rows();
    assert.deepEqual(payLogs, []);
    assert.deepEqual(
      orders.map(({ payment, payment_type, status }) => [payment, payment_type, status]),
      [
        [0, '2', '1'],
        [0, '2', '1'],
      ],
    );
    assert.equal(await shop.store.cartList.get(user_id), null);
  });

  test('what no payment can ask for is refused, and nothing is written', async () => {
    const shop = await OrderRoom.open(bench);
    const row = { seller_id: 'dear', title: 'x', image: '' };
    await shop.database.statements((manager) =>
      manager.insert(ItemRow, [
        { ...row, item_id: '9001', price: 99_999_999 },
        { ...row, item_id: '9002', price: 1 },
        { ...row, item_id: '9003', price: 0 },
      ]),
    );
    await shop.put(user_id, '9003', 1);
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
    const shop = await OrderRoom.open(bench);
    const rows = Array.from({ length: 100 }, (_, index) => ({
      item_id: `${8000 + index}`,
      seller_id: `seller ${index}`,
      title: 'x',
      price: 7,
      image: '',
    }));
    await shop.database.statements((manager) => manager.insert(ItemRow, rows));
    for (const { item_id } of rows) await shop.put(user_id, item_id, 1);
    const { order_ids, total_fee } = await shop.add(user_id);
    assert.equal(new Set(order_ids).size, 100);
    assert.equal(total_fee, 700);
    assert.equal((await shop.rows()).payLogs[0]?.order_list, order_ids.join(','));
  });
});

onEachDatabase('orders', (bench) => {
  test('are listed newest first, page by page, with their lines, to their owner only', async () => {
    const shop = await OrderRoom.open(bench);
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
    const shop = await OrderRoom.open(bench, { logger: counter });
    for (const _ of [1, 2, 3]) {
      await shop.fill(user_id);
      await shop.add(user_id);
    }
    counter.restart();
    await shop.orders.listOrders({ user_id, cursor: null, limit: 20 });
    assert.equal(counter.statements.length, 2);
  });

  test('one is shown to its owner as it was ordered; a foreign one is unknown', async () => {
    const shop = await OrderRoom.open(bench);
    await shop.put(user_id, '1001', 2);
    const { order_ids, out_trade_no } = await shop.add(user_id);
    const [order_id = ''] = order_ids;
    await shop.database.statements((m) => m.update(ItemRow, { item_id: '1001' }, { price: 1 }));
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
