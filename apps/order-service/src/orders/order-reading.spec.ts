import assert from 'node:assert/strict';
import test from 'node:test';
import type { ToldOrder } from '@saoma/contracts/orders';
import { OrderItemRow, OrderRow } from '../ledger/order.entity';
import { onEachDatabase } from '../schema/spec-kit';
import { aCheckout, OrderRoom } from '../spec-kit';

const user_id = 'shopper';
const [ordersMade, linesOfEach] = [60, 40];
/** Far below the longest frame between two services, which has 4 MiB. */
const pageBytesMax = 512 * 1024 + 100;

/** Orders with as many long lines as a shop of long titles makes. */
async function fill(room: OrderRoom): Promise<string[]> {
  const [first] = (await room.checkout(user_id)).order_ids;
  const { orders, items } = await room.rows();
  const order = orders.find(({ order_id }) => order_id === first);
  const line = items.find(({ order_id }) => order_id === first);
  const numbers = Array.from({ length: ordersMade }, (_, index) =>
    `${first}`.replace(/.../, `9${10 + index}`),
  );
  const title = '𠮷'.repeat(200);
  await room.database.transaction(async (manager) => {
    for (const [index, order_id] of numbers.entries()) {
      await manager.insert(OrderRow, { ...order, order_id, cart_id: `cart-${index}` });
      const lines = Array.from({ length: linesOfEach }, (_, item) => ({
        ...line,
        order_id,
        item_id: String(1000 + item),
        title,
      }));
      await manager.insert(OrderItemRow, lines);
    }
  });
  return [...orders.map(({ order_id }) => order_id), ...numbers].sort().reverse();
}

onEachDatabase('a long list of orders', (bench) => {
  test('comes in pages of bounded size that end early, and no order is lost or cut', async () => {
    const room = await OrderRoom.open(bench);
    const numbers = await fill(room);
    const seen: ToldOrder[] = [];
    let cursor: string | null = null;
    do {
      const page = await room.orders.listOrders({ user_id, cursor, limit: 100 });
      assert.ok(Buffer.byteLength(JSON.stringify(page)) <= pageBytesMax);
      assert.ok(page.orders.length > 0);
      seen.push(...page.orders);
      cursor = page.cursor;
    } while (cursor !== null);
    assert.deepEqual(
      seen.map(({ order_id }) => order_id),
      numbers,
    );
    const long = seen.filter(({ items }) => items.length > 1);
    assert.equal(long.length, ordersMade);
    for (const { items } of long) assert.equal(items.length, linesOfEach);
    await room.close();
  });

  test('of short orders has as many as were asked for', async () => {
    const room = await OrderRoom.open(bench);
    for (let count = 0; count < 3; count += 1) {
      await room.put(user_id, '1001', 1);
      await room.orders.add(aCheckout(user_id));
    }
    const { orders, cursor } = await room.orders.listOrders({ user_id, cursor: null, limit: 2 });
    assert.deepEqual([orders.length, cursor], [2, orders[1]?.order_id]);
    await room.close();
  });
});

onEachDatabase('the orders that an operator sees', (bench) => {
  test('are everybody’s, of one buyer or of one payment; a shopper sees their own', async () => {
    const room = await OrderRoom.open(bench);
    const first = await room.checkout('anna');
    const second = await room.checkout('berta');
    const third = await room.checkout('anna');
    const made = [first, second, third].flatMap(({ order_ids }) => order_ids).reverse();
    const numbers = async (change: object) => {
      const wanted = { user_id: 'otto', operator: true, cursor: null, limit: 20, ...change };
      const { orders } = await room.orders.listOrders(wanted);
      return orders.map(({ order_id }) => order_id);
    };
    const own = [...first.order_ids, ...third.order_ids].reverse();
    const { out_trade_no } = second;
    assert.deepEqual(await numbers({}), made);
    assert.deepEqual(await numbers({ limit: 2, cursor: made[3] }), made.slice(4, 6));
    assert.deepEqual(await numbers({ buyer: 'anna' }), own);
    assert.deepEqual(await numbers({ out_trade_no }), [...second.order_ids].reverse());
    assert.deepEqual(await numbers({ out_trade_no, buyer: 'anna' }), []);
    const shopper = { user_id: 'anna', operator: false };
    assert.deepEqual(await numbers({ ...shopper, buyer: 'berta' }), own);
    assert.deepEqual(await numbers({ ...shopper, out_trade_no }), []);
    const [order_id = ''] = second.order_ids;
    const order = await room.orders.getOrder({ user_id: 'otto', operator: true, order_id });
    assert.deepEqual(order.receiver, aCheckout('berta').receiver);
    await assert.rejects(room.orders.getOrder({ ...shopper, order_id }), {
      code: 'order/not-found',
    });
    await room.close();
  });
});
