import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Item, itemsPageMax } from '@saoma/contracts/cart';
import { demoItems } from '../../apps/order-service/src/catalogue/demo-items';
import { ask } from '../support/http';
import { onEveryStore } from '../support/on-stores';
import type { Shopper } from '../support/shopper';
import type { System } from '../support/system';

const [items, visitors, orders, linesOfEach] = [1_000, 100, 100, 40];
/** As long as the columns let them be. */
const title = '券'.repeat(200);
const image = `/img/${'i'.repeat(490)}`;

const rows = (count: number, row: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => `(${row(index)})`).join(', ');

function fillShop(system: System): Promise<void> {
  const row = (index: number) => `'9${1000 + index}', 'chaye', '${title}', 990, '${image}'`;
  return system.change(
    `INSERT INTO tb_item (item_id, seller_id, title, price, image) VALUES ${rows(items, row)}`,
  );
}

/** Orders of a shopper who has ordered much: cash on delivery, so that nobody has to pay. */
async function fillOrders(system: System, user_id: string): Promise<void> {
  const id = (index: number) => `1000000000000000${100 + index}`;
  const order = (index: number) =>
    `'${id(index)}', '${user_id}', 'chaye', 'cart-${index}', 990, '2', '1',
    '2026-01-01 00:00:00.000', '王小明', '13800138000', '北京'`;
  await system.change(`INSERT INTO tb_order (order_id, user_id, seller_id, cart_id, payment,
    payment_type, status, create_time, receiver_name, receiver_mobile, receiver_address)
    VALUES ${rows(orders, order)}`);
  for (let first = 0; first < orders; first += 20) {
    const line = (index: number) =>
      `'${id(first + Math.floor(index / linesOfEach))}', '${9000 + (index % linesOfEach)}', 'chaye',
      '${title}', 990, 1, 990`;
    await system.change(`INSERT INTO tb_order_item (order_id, item_id, seller_id, title, price,
      num, total_fee) VALUES ${rows(20 * linesOfEach, line)}`);
  }
}

/** How many items a visitor sees who reads page after page. */
async function readCatalogue(url: string): Promise<number> {
  let count = 0;
  for (let path: string | undefined = '/api/items'; path !== undefined; ) {
    const { status, text, headers, json } = await ask('GET', url + path);
    assert.equal(status, 200, text.slice(0, 500));
    const page = json() as Item[];
    assert.ok(page.length <= itemsPageMax);
    count += page.length;
    path = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
  }
  return count;
}

/** Buys and pays from the cart to the paid order. */
async function buyAndPay(system: System, shopper: Shopper): Promise<void> {
  const { out_trade_no } = await shopper.buy();
  const { code_url } = await shopper.createNative();
  const waiting = shopper.queryPayStatus(out_trade_no);
  await system.sandbox.pay(code_url);
  assert.deepEqual(await waiting, { success: true, message: '支付成功' });
}

onEveryStore('a crowd', {}, (system) => {
  it('of 100 visitors opens a shop of 1,000 items, and money goes on beside it', async () => {
    const shopper = await system().shopper();
    await fillShop(system());
    const crowd = Array.from({ length: visitors }, () => readCatalogue(system().url()));
    await buyAndPay(system(), shopper);
    for (const count of await Promise.all(crowd)) assert.equal(count, items + demoItems.length);
  });

  it('of six long lists of one shopper is answered, and money goes on beside it', async () => {
    const shopper = await system().shopper();
    await fillOrders(system(), shopper.user_id);
    const other = await system().shopper();
    const lists = Array.from({ length: 6 }, async () => {
      const seen = new Set<string>();
      for (let query = '?limit=100'; query !== ''; ) {
        const page = await shopper.orders(query);
        for (const order of page.orders) {
          assert.equal(order.items.length, linesOfEach);
          seen.add(order.order_id);
        }
        query = page.cursor === null ? '' : `?limit=100&cursor=${page.cursor}`;
      }
      return seen.size;
    });
    await buyAndPay(system(), other);
    assert.deepEqual(await Promise.all(lists), [orders, orders, orders, orders, orders, orders]);
  });
});
