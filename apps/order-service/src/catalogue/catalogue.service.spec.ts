import assert from 'node:assert/strict';
import test from 'node:test';
import type { CatalogueItem } from '@saoma/contracts/cart';
import { onEachDatabase } from '../schema/spec-kit';
import { OrderRoom } from '../spec-kit';
import { CatalogueService } from './catalogue.service';
import { ItemRow } from './item.entity';

const user_id = 'shopper';
const lamp: CatalogueItem = {
  item_id: '5001',
  seller_id: 'wenju',
  title: '台灯 😀',
  price: 12900,
  image: 'https://img.shop.example/lamp.jpg',
  on_sale: true,
};

onEachDatabase('the catalogue', (bench) => {
  const open = async () => {
    const shop = await OrderRoom.open(bench);
    return { shop, catalogue: shop.get(CatalogueService) };
  };
  const numbers = (items: readonly { readonly item_id: string }[]) =>
    items.map(({ item_id }) => item_id);

  test('an item is put in and changed; what is not on sale is not listed', async () => {
    const { catalogue } = await open();
    const others = await catalogue.page();
    assert.deepEqual(await catalogue.put(lamp), lamp);
    const { on_sale: _, ...shown } = lamp;
    assert.deepEqual(await catalogue.page(), [...others, shown]);
    const changed = { ...lamp, seller_id: 'deng', title: '灯', price: 0, image: '' };
    await catalogue.put(changed);
    assert.deepEqual((await catalogue.findNow(['5001'])).get('5001'), changed);
    await catalogue.put({ ...changed, on_sale: false });
    assert.deepEqual(await catalogue.page(), others);
    assert.equal((await catalogue.findNow(['5001'])).get('5001')?.on_sale, false);
    await Promise.all([1, 2, 3, 4].map((price) => catalogue.put({ ...lamp, price })));
    assert.equal((await catalogue.page()).length, others.length + 1);
  });

  test('a page has 500 items and one more, whatever rows cannot be sold', async () => {
    const { shop, catalogue } = await open();
    const rows = Array.from({ length: 1_600 }, (_, index) => ({
      ...lamp,
      item_id: `${90_000 + index}`,
      price: index < 510 ? -1 : 1,
      on_sale: index % 8 === 7 ? ('0' as const) : ('1' as const),
    }));
    for (let from = 0; from < rows.length; from += 400) {
      await shop.database.statements((m) => m.insert(ItemRow, rows.slice(from, from + 400)));
    }
    const expected = rows.filter(({ price, on_sale }) => price > 0 && on_sale === '1');
    const first = await catalogue.page('89999');
    assert.deepEqual(numbers(first), numbers(expected.slice(0, 501)));
    const second = await catalogue.page(first[499]?.item_id);
    assert.deepEqual(numbers(second), numbers(expected.slice(500)));
    assert.deepEqual(await catalogue.page('99999'), []);
  });

  test('what is off sale is only taken out of a cart, and the cart says what it is', async () => {
    const { shop, catalogue } = await open();
    await catalogue.put(lamp);
    await shop.put(user_id, '1001', 1);
    await shop.put(user_id, '5001', 2);
    await catalogue.put({ ...lamp, on_sale: false });
    const off = { code: 'item/not-found' };
    for (const num of [1, 2, 3]) await assert.rejects(shop.put(user_id, '5001', num), off);
    await assert.rejects(shop.put('another', '5001', 0), off);
    const cart = await shop.carts.getCart({ user_id });
    assert.deepEqual(
      cart.lines.map(({ item_id, num, on_sale }) => [item_id, num, on_sale]),
      [
        ['1001', 1, undefined],
        ['5001', 2, false],
      ],
    );
    assert.deepEqual(numbers((await shop.put(user_id, '5001', 0)).lines), ['1001']);
  });

  test('a cart that holds what is off sale is not ordered, and stays as it is', async () => {
    const { shop, catalogue } = await open();
    await catalogue.put(lamp);
    await shop.put(user_id, '1001', 1);
    await shop.put(user_id, '5001', 2);
    await catalogue.put({ ...lamp, on_sale: false });
    const kept = await shop.store.cartList.get(user_id);
    for (const change of [{}, { payment_type: '2' as const }, { idempotency_key: 'k' }]) {
      await assert.rejects(shop.add(user_id, change), { code: 'cart/off-sale' });
    }
    assert.deepEqual(await shop.rows(), { orders: [], items: [], payLogs: [] });
    assert.equal(await shop.store.cartList.get(user_id), kept);
    await catalogue.put(lamp);
    const made = await shop.add(user_id, { idempotency_key: 'k' });
    assert.equal(made.total_fee, 5990 + 2 * 12900);
    await catalogue.put({ ...lamp, on_sale: false });
    assert.deepEqual(await shop.add(user_id, { idempotency_key: 'k' }), made);
  });
});
