import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  cartListText,
  parseCartList,
  type StoredCart,
  withItem,
  withoutOrdered,
} from './stored-cart';

const tea = { item_id: '1001', seller_id: 'chaye' };
const cup = { item_id: '1002', seller_id: 'chaye' };
const rice = { item_id: '2001', seller_id: 'liangpu' };

/** The carts without their drawn ids. */
const shape = (carts: readonly StoredCart[]) =>
  carts.map(({ seller_id, order_item_list }) => [
    seller_id,
    ...order_item_list.map(({ item_id, num }) => `${item_id}×${num}`),
  ]);

const filled = () => withItem(withItem(withItem([], tea, 2), rice, 1), cup, 3);

test('there is one cart per seller, its lines as first put in', () => {
  const carts = filled();
  assert.deepEqual(shape(carts), [
    ['chaye', '1001×2', '1002×3'],
    ['liangpu', '2001×1'],
  ]);
  assert.deepEqual(shape(withItem(carts, tea, 5)), [
    ['chaye', '1001×5', '1002×3'],
    ['liangpu', '2001×1'],
  ]);
});

test('a cart keeps its cart_id however it is edited, and a new one gets a new id', () => {
  const carts = filled();
  const [chaye, liangpu] = carts;
  const edited = withItem(withItem(withItem(carts, cup, 0), tea, 9), rice, 0);
  assert.equal(edited[0]?.cart_id, chaye?.cart_id);
  assert.equal(edited.length, 1);
  const again = withItem(edited, rice, 1);
  assert.notEqual(again[1]?.cart_id, liangpu?.cart_id);
});

test('an item that has moved to another seller moves to that cart', () => {
  const moved = withItem(filled(), { ...tea, seller_id: 'liangpu' }, 4);
  assert.deepEqual(shape(moved), [
    ['chaye', '1002×3'],
    ['liangpu', '2001×1', '1001×4'],
  ]);
});

test('a value of the hash comes back as it was put; an empty cart has none', () => {
  const carts = filled();
  assert.deepEqual(parseCartList(cartListText(carts)), carts);
  assert.equal(cartListText([]), null);
  assert.deepEqual(parseCartList(null), []);
});

test('a poisoned value counts as an empty cart', () => {
  const [cart] = filled() as [StoredCart, StoredCart];
  const line = { item_id: '1001', num: 1 };
  const poisons: unknown[] = [
    null,
    7,
    'x',
    {},
    [[]],
    [{ ...cart, cart_id: 'x' }],
    [{ ...cart, cart_id: undefined }],
    [{ ...cart, seller_id: '' }],
    [{ ...cart, order_item_list: [] }],
    [{ ...cart, order_item_list: [line, line] }],
    [cart, { ...cart, seller_id: 'other', order_item_list: [{ item_id: '7', num: 1 }] }],
    [cart, { ...cart, cart_id: crypto.randomUUID() }],
    ...[0, -1, 201, 1.5, '1', null].map((num) => [
      { ...cart, order_item_list: [{ ...line, num }] },
    ]),
    ...['', 'x', 1001, '1'.repeat(21)].map((item_id) => [
      { ...cart, order_item_list: [{ item_id, num: 1 }] },
    ]),
    [
      {
        ...cart,
        order_item_list: Array.from({ length: 101 }, (_, i) => ({ item_id: `${i}`, num: 1 })),
      },
    ],
  ];
  for (const poison of poisons) {
    assert.deepEqual(parseCartList(JSON.stringify(poison)), [], JSON.stringify(poison));
  }
  for (const text of ['', '{', '[', 'undefined', '\u0000']) {
    assert.deepEqual(parseCartList(text), [], text);
  }
});

test('a price that somebody wrote into the hash is not read', () => {
  const poison = filled().map((cart) => ({
    ...cart,
    order_item_list: cart.order_item_list.map((line) => ({ ...line, price: 1, total_fee: 1 })),
  }));
  assert.deepEqual(parseCartList(JSON.stringify(poison)), parseCartList(cartListText(poison)));
  assert.doesNotMatch(JSON.stringify(parseCartList(JSON.stringify(poison))), /"(price|total_fee)"/);
});

test('what was ordered leaves the cart; what was added meanwhile stays under a new cart_id', () => {
  const carts = filled();
  const [chaye, liangpu] = carts as [StoredCart, StoredCart];
  const ordered = new Map([
    [chaye.cart_id, new Map(chaye.order_item_list.map(({ item_id, num }) => [item_id, num]))],
  ]);
  assert.deepEqual(withoutOrdered(carts, ordered), [liangpu]);
  const more = withItem(withItem(carts, tea, 5), { item_id: '1009', seller_id: 'chaye' }, 1);
  const rest = withoutOrdered(more, ordered);
  assert.deepEqual(shape(rest), [
    ['chaye', '1001×3', '1009×1'],
    ['liangpu', '2001×1'],
  ]);
  assert.notEqual(rest[0]?.cart_id, chaye.cart_id);
  assert.deepEqual(rest[1], liangpu);
});

test('taking out the same order twice takes nothing off a second time', () => {
  const orders = fc.dictionary(fc.constantFrom('1', '2', '3'), fc.integer({ min: 1, max: 200 }));
  fc.assert(
    fc.property(orders, orders, (before, after) => {
      const seller_id = 'chaye';
      let carts: StoredCart[] = withItem([], { item_id: '9', seller_id }, 1);
      for (const [item_id, num] of Object.entries(before)) {
        carts = withItem(carts, { item_id, seller_id }, num);
      }
      const taken = carts.map(
        ({ cart_id, order_item_list }) =>
          [cart_id, new Map(order_item_list.map(({ item_id, num }) => [item_id, num]))] as const,
      );
      for (const [item_id, num] of Object.entries(after)) {
        carts = withItem(carts, { item_id, seller_id }, num);
      }
      const once = withoutOrdered(carts, new Map(taken));
      assert.deepEqual(withoutOrdered(once, new Map(taken)), once);
    }),
    { seed: 20_261_125 },
  );
});
