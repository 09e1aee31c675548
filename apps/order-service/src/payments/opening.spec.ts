import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import type { OrderInput } from '@saoma/contracts/order';
import { MerchantOrderRow, PayKeyRow } from '../ledger/merchant-order.entity';
import { PayEventRow } from '../ledger/pay-event.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { RefundBook } from '../refunds/refund-book';
import { onEachDatabase } from '../schema/spec-kit';
import { aShopOrder, money, OrderRoom } from '../spec-kit';
import { Opening } from './opening';
import { PaymentBook } from './payment-book';
import { Settlement } from './settlement';

type Order = Partial<OrderInput<'openPayment'>>;

onEachDatabase("a shop's own order", (bench) => {
  let room: OrderRoom;
  let other: OrderRoom;
  test.before(async () => {
    room = await OrderRoom.open(bench);
    other = await room.instance(2);
  });
  test.after(async () => {
    await other.close();
    await room.close();
  });

  const open = (change: Order, at = room) => at.get(Opening).openPayment(aShopOrder(change));
  const number = async (change: Order) => (await open(change)).payment.out_trade_no;
  const ofNumber = (merchant_order_no: string) =>
    room.database.statements((manager) => manager.findBy(PayLogRow, { merchant_order_no }));
  const close = (out_trade_no: string) =>
    room.get(Settlement).closeOrders(out_trade_no, 'closed by us');
  const pay = (out_trade_no: string) => {
    const paid = money(out_trade_no, { total_fee: 1_200 });
    return room.get(Settlement).updateOrderStatus(paid, 'notice');
  };
  /** Many at once, at two order services. */
  const race = (merchant_order_no: string, changes: readonly Order[]) =>
    Promise.allSettled(
      changes.map((change, n) => open({ merchant_order_no, ...change }, n % 2 ? other : room)),
    );
  const keysOf = async (merchant_order_no: string) => {
    const [row] = await ofNumber(merchant_order_no);
    const { out_trade_no = '' } = row ?? {};
    return room.database.statements((manager) => manager.countBy(PayKeyRow, { out_trade_no }));
  };
  const reused = { code: 'payment/number-reused' };

  test('opens one payment over no order, which says what the shop said', async () => {
    const merchant_order_no = randomUUID();
    const said = { merchant_order_no, body: '茶', return_url: 'https://shop.example.com/done' };
    const { is_new, key_kept, payment } = await open({ ...said, metadata: { table: '7' } });
    assert.deepEqual({ is_new, key_kept }, { is_new: true, key_kept: true });
    const { order_list, trade_state, total_fee, metadata } = payment;
    assert.deepEqual(
      { order_list, trade_state, total_fee },
      {
        order_list: '',
        trade_state: 'NOTPAY',
        total_fee: 1_200,
      },
    );
    assert.deepEqual({ ...payment, ...said }, payment);
    assert.deepEqual(metadata, { table: '7' });
    const events = await room.database.statements((manager) =>
      manager.findBy(PayEventRow, { out_trade_no: payment.out_trade_no }),
    );
    const detail = JSON.stringify({ total_fee: 1_200, merchant_order_no });
    assert.deepEqual(
      events.map(({ kind, actor, detail }) => ({ kind, actor, detail })),
      [{ kind: 'payment.created', actor: 'shop:cinema', detail }],
    );
  });

  test('is the same payment again, whatever the order of its metadata', async () => {
    const merchant_order_no = randomUUID();
    const first = await open({ merchant_order_no, metadata: { a: '1', b: '2' } });
    const again = await open({ merchant_order_no, metadata: { b: '2', a: '1' } });
    assert.deepEqual(again, { ...first, is_new: false });
    assert.equal((await ofNumber(merchant_order_no)).length, 1);
  });

  test('is the same payment with metadata that says nothing as without', async () => {
    for (const [said, again] of [
      [null, {}],
      [{}, null],
    ]) {
      const merchant_order_no = randomUUID();
      const first = await open({ merchant_order_no, metadata: said });
      assert.equal(first.payment.metadata, null);
      const repeated = await open({ merchant_order_no, metadata: again });
      assert.deepEqual(repeated, { ...first, is_new: false });
    }
  });

  test('with another content is refused by its name, and nothing is changed', async () => {
    const merchant_order_no = randomUUID();
    const { payment } = await open({ merchant_order_no, metadata: { a: '1' } });
    const before = await ofNumber(merchant_order_no);
    const differences: [Order, string][] = [
      [{ total_fee: 1_201 }, 'total_fee'],
      [{ body: '别的' }, 'body'],
      [{ payer: 'anna' }, 'user_id'],
      [{ return_url: 'https://shop.example.com/' }, 'return_url'],
      [{ metadata: null }, 'metadata'],
      [{ metadata: { a: '2' } }, 'metadata'],
      [{ body: '别的', total_fee: 1 }, 'total_fee, body'],
    ];
    for (const [difference, named] of differences) {
      const wanted = { merchant_order_no, metadata: { a: '1' }, ...difference };
      const detail = `payment ${payment.out_trade_no} has another ${named}`;
      await assert.rejects(open(wanted), { ...reused, detail });
    }
    assert.deepEqual(await ofNumber(merchant_order_no), before);
  });

  test('a number is its shop’s, to the letter and to the blank', async () => {
    const id = randomUUID();
    const numbers = [`${id}a`, `${id}A`, `${id}a `, ` ${id}a`, `${id}á`];
    const made = new Set<string>();
    for (const merchant_order_no of numbers) made.add(await number({ merchant_order_no }));
    for (const user_id of ['Cinema', 'bakery']) {
      made.add(await number({ user_id, merchant_order_no: numbers[0] ?? '' }));
    }
    assert.equal(made.size, numbers.length + 2);
  });

  test('of 20 at once at two services one opens it, and all have it', async () => {
    const merchant_order_no = randomUUID();
    const answers = await race(merchant_order_no, Array(20).fill({}));
    const made = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    assert.equal(made.length, 20);
    assert.equal(made.filter(({ is_new }) => is_new).length, 1);
    const [row, ...more] = await ofNumber(merchant_order_no);
    assert.deepEqual(more, []);
    const numbers = new Set(made.map(({ payment }) => payment.out_trade_no));
    assert.deepEqual([...numbers], [row?.out_trade_no]);
  });

  test('of two at once with two contents one is refused', async () => {
    for (let round = 0; round < 5; round += 1) {
      const merchant_order_no = randomUUID();
      const answers = await race(merchant_order_no, [{ total_fee: 100 }, { total_fee: 200 }]);
      const [refusal, ...more] = answers.filter(({ status }) => status === 'rejected');
      assert.deepEqual(more, []);
      assert.equal((refusal as PromiseRejectedResult).reason.code, 'payment/number-reused');
      assert.equal((await ofNumber(merchant_order_no)).length, 1);
    }
  });

  test('that was closed unpaid opens one new payment, of whatever content', async () => {
    const merchant_order_no = randomUUID();
    const first = await number({ merchant_order_no });
    await close(first);
    const contents = Array.from({ length: 10 }, (_, n) => ({ total_fee: 1_000 + (n % 2) }));
    const answers = await race(merchant_order_no, contents);
    const opened = answers.filter((one) => one.status === 'fulfilled' && one.value.is_new);
    assert.equal(opened.length, 1);
    const rows = await ofNumber(merchant_order_no);
    const states = rows.map(({ trade_state }) => trade_state).sort();
    assert.deepEqual(states, ['0', '2']);
    const [current, ...others] = await room.database.statements((manager) =>
      manager.findBy(MerchantOrderRow, { merchant_order_no }),
    );
    assert.deepEqual(others, []);
    const unpaid = rows.find(({ trade_state }) => trade_state === '0');
    assert.equal(current?.out_trade_no, unpaid?.out_trade_no);
  });

  test('that is being closed is the same payment, and no new one', async () => {
    const merchant_order_no = randomUUID();
    const out_trade_no = await number({ merchant_order_no });
    await room.get(PaymentBook).wishClosed(await room.payLog(out_trade_no), 'shop:cinema');
    const { is_new, payment } = await open({ merchant_order_no });
    assert.deepEqual({ is_new, closing: payment.closing }, { is_new: false, closing: true });
    assert.equal(payment.out_trade_no, out_trade_no);
  });

  test('is opened beside its close only when that is done', async () => {
    for (let round = 0; round < 5; round += 1) {
      const merchant_order_no = randomUUID();
      const first = await number({ merchant_order_no });
      await Promise.all([close(first), race(merchant_order_no, [{}, {}, {}])]);
      const rows = await ofNumber(merchant_order_no);
      const payable = rows.filter(({ trade_state }) => trade_state === '0');
      assert.ok(payable.length <= 1);
    }
  });

  test('that is paid is the same payment; one with late money waits until it is back', async () => {
    const paid = randomUUID();
    const settled = await number({ merchant_order_no: paid });
    assert.equal(await pay(settled), 'settled');
    const again = await open({ merchant_order_no: paid });
    assert.equal(again.payment.out_trade_no, settled);
    assert.equal(again.payment.trade_state, 'SUCCESS');

    const late = randomUUID();
    const closed = await number({ merchant_order_no: late });
    await close(closed);
    assert.equal(await pay(closed), 'recorded');
    assert.equal((await open({ merchant_order_no: late })).payment.out_trade_no, closed);
    const other = open({ merchant_order_no: late, total_fee: 900 });
    await assert.rejects(other, {
      ...reused,
      detail: /another total_fee; it is closed, but money/,
    });
    const [refund] = await room.database.statements((manager) =>
      manager.findBy(RefundRow, { out_trade_no: closed }),
    );
    assert.ok(refund);
    await room.get(RefundBook).write(refund, { is: 'succeeded', refund_fee: 1_200 });
    const fresh = await open({ merchant_order_no: late });
    assert.equal(fresh.is_new, true);
    assert.equal(fresh.payment.trade_state, 'NOTPAY');
  });

  test('has a key for each repeat, up to twenty', async () => {
    const merchant_order_no = randomUUID();
    const kept: boolean[] = [];
    for (let repeats = 0; repeats < 22; repeats += 1) {
      kept.push((await open({ merchant_order_no })).key_kept);
    }
    assert.deepEqual(kept, [...Array(20).fill(true), false, false]);
    assert.equal(await keysOf(merchant_order_no), 20);
  });

  test('has no more keys of 50 repeats at once at two services', async () => {
    const merchant_order_no = randomUUID();
    await open({ merchant_order_no });
    const answers = await race(merchant_order_no, Array(50).fill({}));
    const kept = answers.filter((one) => one.status === 'fulfilled' && one.value.key_kept);
    assert.equal(kept.length, 19);
    assert.equal(await keysOf(merchant_order_no), 20);
  });
});
