import assert from 'node:assert/strict';
import test from 'node:test';
import { IsNull } from 'typeorm';
import { OrderRow } from '../ledger/order.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { OrderPhones } from '../orders/order-phones';
import { onEachDatabase, StatementCounter } from '../schema/spec-kit';
import { aCheckout, aShopOrder, money, OrderRoom } from '../spec-kit';
import { Opening } from './opening';
import { PaymentService } from './payment.service';
import { Settlement } from './settlement';

const all = { cursor: null, limit: 20, trade_state: null, from: null, to: null };
const minute = (of: number) => new Date(Date.UTC(2026, 0, 1, 0, of));

onEachDatabase('what an operator looks for', (bench) => {
  const counter = new StatementCounter();
  let room: OrderRoom;
  test.before(async () => {
    room = await OrderRoom.open(bench, { logger: counter });
  });
  test.after(() => room.close());

  const page = async (change: object) => {
    const wanted = { user_id: 'otto', operator: true, ...all, ...change };
    const { payments, cursor } = await room.get(PaymentService).listPayments(wanted);
    return { numbers: payments.map(({ out_trade_no }) => out_trade_no), cursor };
  };
  const found = async (q: string, change: object = {}) => (await page({ q, ...change })).numbers;
  const buy = async (user_id: string, mobile: string) => {
    const { receiver } = aCheckout(user_id);
    await room.fill(user_id);
    const made = await room.add(user_id, { receiver: { ...receiver, mobile } });
    return { ...made, out_trade_no: made.out_trade_no ?? '' };
  };
  const settle = (out_trade_no: string, change: object = {}) => {
    const paid = money(out_trade_no, { total_fee: 21_350, ...change });
    return room
      .get(Settlement)
      .updateOrderStatus(paid, 'query')
      .then(() => paid.transaction_id);
  };

  test('is found by any of its numbers, its payer or its phone, and by nothing else', async () => {
    const { out_trade_no, order_ids } = await buy('anna', '13900139000');
    const transaction_id = await settle(out_trade_no);
    const other = await buy('berta', '13700137000');
    for (const q of [out_trade_no, transaction_id, ...order_ids, 'anna', '13900139000']) {
      assert.deepEqual(await found(q), [out_trade_no], q);
      assert.deepEqual(await found(` ${q} `.trim()), [out_trade_no], q);
    }
    for (const q of ['Anna', 'ann', '1390013900', '1', 'n’est', "' OR 1=1 --", '%', '王小明']) {
      assert.deepEqual(await found(q), [], q);
    }
    assert.deepEqual(await found(''), [other.out_trade_no, out_trade_no]);
    assert.deepEqual(await found('', { payer: 'anna' }), [out_trade_no]);
    assert.deepEqual(await found(other.out_trade_no, { payer: 'anna' }), []);
    assert.deepEqual(await found('berta', { payer: 'anna' }), []);
  });

  test('is found by a long number however its digits are parted and written', async () => {
    const { out_trade_no } = await buy('lena', '13300133000');
    await settle(out_trade_no, { transaction_id: '4200948058201234567890123456' });
    const parted = ['4200 9480 5820 1234 5678 9012 3456', '4200-9480-5820-1234567890123456'];
    for (const q of [...parted, '４２００９４８０５８２０１２３４５６７８９０１２３４５６']) {
      assert.deepEqual(await found(q), [out_trade_no], q);
    }
    assert.deepEqual(await found('4200 9480 x820 1234 5678 9012 3456'), []);
  });

  test('is found by the phone number however it is written here and there', async () => {
    const mainland = await buy('cora', '+86 138 1234 5678');
    const abroad = await buy('cora', '+852 9123 4567');
    for (const q of ['13812345678', '138-1234-5678', '+86 13812345678', '008613812345678']) {
      assert.deepEqual(await found(q), [mainland.out_trade_no], q);
    }
    assert.deepEqual(await found('１３８１２３４５６７８'), [mainland.out_trade_no]);
    assert.deepEqual(await found('(+852) 91234567'), [abroad.out_trade_no]);
    assert.deepEqual(await found('91234567'), []);
  });

  test('is found by the shop’s own number to the letter, whatever is in it', async () => {
    const numbers = [
      'A%',
      'A_1',
      'A',
      "A'1",
      'A\\1',
      'A "1"',
      'A  1',
      'e\u0301',
      '１３９',
      '+86-1',
    ];
    const made = new Map<string, string>();
    for (const merchant_order_no of numbers) {
      const order = aShopOrder({ merchant_order_no, user_id: 'bakery', payer: 'gina' });
      const { payment } = await room.get(Opening).openPayment(order);
      made.set(merchant_order_no, payment.out_trade_no);
    }
    for (const [number, out_trade_no] of made) {
      assert.deepEqual(await found(number), [out_trade_no], number);
      const own = { user_id: 'bakery', operator: false, shop: true, merchant_order_no: number };
      assert.deepEqual((await page(own)).numbers, [out_trade_no], number);
    }
    for (const q of ['a%', 'A1', 'AX1', '%', 'A 1', '\u00e9', '139', '861', 'A%%']) {
      assert.deepEqual(await found(q), [], q);
      const own = { user_id: 'bakery', operator: false, shop: true, merchant_order_no: q };
      assert.deepEqual((await page(own)).numbers, [], q);
    }
  });

  test('is listed without metadata, and without reading it, for whoever says so', async () => {
    const order = aShopOrder({ merchant_order_no: 'C-1', metadata: { table: '7' } });
    const { payment } = await room.get(Opening).openPayment(order);
    for (const q of ['C-1', payment.user_id]) {
      const wanted = { user_id: 'otto', operator: true, ...all, q, limit: 1 };
      const list = async (change: object) => {
        counter.restart();
        const { payments } = await room.get(PaymentService).listPayments({ ...wanted, ...change });
        return { payments, isRead: counter.sent.some(({ sql }) => /metadata/.test(sql)) };
      };
      assert.deepEqual(await list({}), { payments: [payment], isRead: true });
      const without = [{ ...payment, metadata: null }];
      assert.deepEqual(await list({ metadata: false }), { payments: without, isRead: false });
    }
  });

  test('is found by its shop by the number, which means the latest payment of it', async () => {
    const merchant_order_no = ' B-7 ';
    const numberOf = async (user_id: string, change: object = {}) => {
      const order = aShopOrder({ merchant_order_no, user_id, payer: 'hana', ...change });
      return (await room.get(Opening).openPayment(order)).payment.out_trade_no;
    };
    const first = await numberOf('bakery');
    await room.get(Settlement).closeOrders(first, 'closed by us');
    const second = await numberOf('bakery');
    const others = await numberOf('cinema', { payer: 'ivan' });
    await numberOf('bakery', { merchant_order_no: 'B-7' });
    const by = async (viewer: object) => (await page({ merchant_order_no, ...viewer })).numbers;
    const bakery = { user_id: 'bakery', operator: false, shop: true };
    assert.deepEqual(await by(bakery), [second]);
    assert.deepEqual(await by({ ...bakery, trade_state: 'CLOSED' }), []);
    assert.deepEqual(await by({ ...bakery, limit: 1, cursor: second }), []);
    assert.deepEqual(await by({ ...bakery, user_id: 'cinema' }), [others]);
    assert.deepEqual(await by({ ...bakery, user_id: 'kiosk' }), []);
    // Without the role it is a shopper who is called as the shop is.
    assert.deepEqual(await by({ user_id: 'bakery', operator: false }), []);
    const both = { ...bakery, operator: true };
    assert.deepEqual(await by({ ...both, q: 'hana' }), [second]);
    assert.deepEqual(await by({ ...both, q: '13900139000' }), []);
  });

  test('is found by money that came late, twice or not as it should', async () => {
    const late = await buy('dora', '13600136000');
    await room.get(Settlement).closeOrders(late.out_trade_no, 'nobody paid it');
    const lateMoney = await settle(late.out_trade_no);
    const laterMoney = await settle(late.out_trade_no);
    const twice = await buy('dora', '13600136000');
    await settle(twice.out_trade_no);
    const secondMoney = await settle(twice.out_trade_no);
    const wrong = await buy('dora', '13600136000');
    const wrongMoney = await settle(wrong.out_trade_no, { total_fee: 1 });
    assert.deepEqual(await found(lateMoney), [late.out_trade_no]);
    assert.deepEqual(await found(laterMoney), [late.out_trade_no]);
    assert.deepEqual(await found(secondMoney), [twice.out_trade_no]);
    assert.deepEqual(await found(`${twice.out_trade_no}-${secondMoney}`), [twice.out_trade_no]);
    assert.deepEqual(await found(wrongMoney), [wrong.out_trade_no]);
    assert.deepEqual(await found('dora', { trade_state: 'CLOSED' }), [late.out_trade_no]);
    assert.deepEqual(await found('13600136000', { trade_state: 'SUCCESS' }), [twice.out_trade_no]);
    assert.deepEqual(await found(wrongMoney, { trade_state: 'SUCCESS' }), []);
  });

  test('comes in pages, newest first and each once, in whichever ways it is found', async () => {
    // A user who is called like a phone number that others gave.
    const user_id = '13500135000';
    const made: string[] = [];
    for (const [index, who] of [user_id, 'emma', user_id, 'emma', 'emma', user_id].entries()) {
      const { out_trade_no } = await buy(who, index % 3 === 0 ? '13100131000' : user_id);
      const create_time = minute(index === 2 ? 3 : index);
      await room.database.transaction(async (manager) => {
        await manager.update(PayLogRow, { out_trade_no }, { create_time });
        await manager.update(OrderRow, { out_trade_no }, { create_time });
      });
      made.push(out_trade_no);
    }
    const [first, second, third, , fifth, sixth] = made;
    const seen: string[][] = [];
    let cursor: string | null = null;
    do {
      const next: Awaited<ReturnType<typeof page>> = await page({ q: user_id, limit: 2, cursor });
      seen.push(next.numbers);
      cursor = next.cursor;
    } while (cursor !== null);
    assert.deepEqual(seen, [[sixth, fifth], [third, second], [first]]);
    const period = { from: minute(1).toISOString(), to: minute(5).toISOString() };
    assert.deepEqual(await found(user_id, period), [fifth, third, second]);
  });

  test('is found by the phone also if a release that knew no such column wrote it', async () => {
    const { out_trade_no } = await buy('fay', '+86 132 0013 2000');
    const kept = await buy('fay', '1'.repeat(20));
    await room.database.statements(async (manager) => {
      await manager.update(OrderRow, { user_id: 'fay' }, { receiver_phone: null });
      const unreadable = { receiver_mobile: 'call me' };
      await manager.update(OrderRow, { out_trade_no: kept.out_trade_no }, unreadable);
    });
    assert.deepEqual(await found('13200132000'), []);
    await room.get(OrderPhones).fillIn();
    assert.deepEqual(await found('13200132000'), [out_trade_no]);
    const left = await room.database.statements((manager) =>
      manager.countBy(OrderRow, { receiver_phone: IsNull() }),
    );
    assert.equal(left, 0);
  });
});
