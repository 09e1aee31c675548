import assert from 'node:assert/strict';
import test from 'node:test';
import { onEachDatabase } from '../schema/spec-kit';
import { aCheckout, OrderRoom } from '../spec-kit';

const user_id = 'shopper';

onEachDatabase('a checkout that is repeated', (bench) => {
  test('with its key answers the same, byte for byte, whatever the cart holds', async () => {
    const shop = await OrderRoom.open(bench);
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
    const shop = await OrderRoom.open(bench);
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

  test('keys of other users, or that differ in case or blanks, are different keys', async () => {
    const shop = await OrderRoom.open(bench);
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
    const shop = await OrderRoom.open(bench);
    const other = await shop.instance(2);
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
    const shop = await OrderRoom.open(bench);
    const other = await shop.instance(2);
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

  test('by clicks with different keys makes one order set; each key keeps its answer', async () => {
    const shop = await OrderRoom.open(bench);
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

  test("by a click that wants it otherwise is not answered with the first's orders", async () => {
    const shop = await OrderRoom.open(bench);
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
