import assert from 'node:assert/strict';
import test from 'node:test';
import { In } from 'typeorm';
import { CartService } from '../cart/cart.service';
import { OrderRow } from '../ledger/order.entity';
import { OperatorService } from '../operator/operator.service';
import { OrderPhones } from '../orders/order-phones';
import { PaymentService } from '../payments/payment.service';
import { Settlement } from '../payments/settlement';
import { onEachDatabase } from '../schema/spec-kit';
import { aCheckout, money, OrderRoom } from '../spec-kit';
import { ForgettingAgain } from './forgetting-again';
import { ForgottenRow, keptText } from './forgotten.entity';
import { PersonalDataService } from './personal-data.service';

const { receiver } = aCheckout('anna');
const words = Object.values(receiver);
const tables = ['tb_order', 'tb_order_item', 'tb_paylog', 'tb_refund', 'tb_anomaly'];
const others = ['tb_pay_event', 'tb_outbox', 'tb_idempotency', 'tb_item', 'tb_worker'];
const webhook = {
  SHOP_WEBHOOK_URL: 'https://shop.example/hook',
  SHOP_WEBHOOK_SECRET: `whsec_${Buffer.alloc(24).toString('base64')}`,
};

onEachDatabase('somebody who is forgotten', (bench) => {
  /** All that lies in the database, by table, as one text. */
  const everything = (room: OrderRoom) =>
    room.database.statements(async (manager) => {
      const all: Record<string, string> = {};
      for (const table of [...tables, ...others]) {
        all[table] = JSON.stringify(await manager.query(`SELECT * FROM ${table}`));
      }
      return all;
    });
  const forget = (room: OrderRoom, forgotten = 'anna') =>
    room.get(PersonalDataService).forget({ user_id: 'eve', forgotten });
  const payed = async (room: OrderRoom, user_id: string) => {
    await room.put(user_id, '1001', 1);
    const made = await room.add(user_id, { idempotency_key: 'key' });
    const out_trade_no = made.out_trade_no ?? '';
    await room.get(Settlement).updateOrderStatus(money(out_trade_no, { total_fee: 5990 }), 'query');
    return { ...made, out_trade_no };
  };

  test('is nowhere in the database any more; the money’s books stay as they were', async () => {
    const room = await OrderRoom.open(bench, { env: webhook });
    const { out_trade_no, order_ids } = await payed(room, 'anna');
    await room.put('anna', '2001', 1);
    await room.add('anna', { payment_type: '2' });
    await room.put('anna', '1002', 3);
    const before = await everything(room);
    for (const word of words) assert.ok(before.tb_order?.includes(word), word);
    const hash = /"request_hash":"([0-9a-f]{64})"/.exec(before.tb_idempotency ?? '')?.[1];
    assert.ok(hash);

    assert.deepEqual(await forget(room), { orders: 2, is_done: true });
    const after = await everything(room);
    for (const [table, text] of Object.entries(after)) {
      for (const word of [...words, hash]) assert.ok(!text.includes(word), `${word} in ${table}`);
    }
    const books = tables.filter((table) => table !== 'tb_order');
    for (const table of [...books, 'tb_outbox']) assert.equal(after[table], before[table], table);
    const [order_id = ''] = order_ids;
    const order = await room.orders.getOrder({ user_id: 'anna', order_id });
    assert.deepEqual([order.status, order.payment, order.items.length], ['2', 5990, 1]);
    assert.deepEqual(order.receiver, { name: '***', mobile: '***', address: '***' });
    assert.deepEqual((await room.get(CartService).getCart({ user_id: 'anna' })).lines, []);

    const wanted = { user_id: 'eve', operator: true, cursor: null };
    const { events } = await room.get(OperatorService).timeline({ ...wanted, out_trade_no });
    assert.deepEqual(
      [events.at(-1)?.kind, events.at(-1)?.actor],
      ['receiver.forgotten', 'operator:eve'],
    );
    const search = { ...wanted, limit: 20, trade_state: null, from: null, to: null };
    for (const q of [receiver.mobile, '***']) {
      assert.deepEqual(
        (await room.get(PaymentService).listPayments({ ...search, q })).payments,
        [],
      );
    }
    await room.get(OrderPhones).fillIn();
    assert.deepEqual(await forget(room), { orders: 0, is_done: true });
    assert.deepEqual(await everything(room), after);
    await room.close();
  });

  test('is somebody else’s no word, and can order again', async () => {
    const room = await OrderRoom.open(bench);
    await payed(room, 'anna');
    const berta = await payed(room, 'berta');
    await forget(room);
    const [order_id = ''] = berta.order_ids;
    const kept = await room.orders.getOrder({ user_id: 'berta', order_id });
    assert.deepEqual(kept.receiver, receiver);
    await room.put('anna', '1001', 1);
    const again = await room.add('anna', { idempotency_key: 'another' });
    const [next = ''] = again.order_ids;
    const order = await room.orders.getOrder({ user_id: 'anna', order_id: next });
    assert.deepEqual(order.receiver, receiver);
    await room.close();
  });

  test('is not while a payment can still be paid: nothing is changed then', async () => {
    const room = await OrderRoom.open(bench);
    await payed(room, 'anna');
    const { out_trade_no } = await room.checkout('anna');
    const before = await everything(room);
    await assert.rejects(forget(room), { code: 'user/still-paying' });
    assert.deepEqual(await everything(room), before);
    await room.get(Settlement).closeOrders(out_trade_no, 'nobody paid it');
    assert.deepEqual(await forget(room), { orders: 3, is_done: true });
    await room.close();
  });

  /** What a backup of before has of the receivers of these orders. */
  const restore = (room: OrderRoom, order_ids: readonly string[]) =>
    room.database.statements((manager) =>
      manager.update(
        OrderRow,
        { order_id: In(order_ids) },
        {
          receiver_name: receiver.name,
          receiver_mobile: receiver.mobile,
          receiver_address: receiver.address,
        },
      ),
    );
  const isReadable = async (room: OrderRoom, user_id: string, [order_id = '']: string[]) =>
    (await room.orders.getOrder({ user_id, order_id })).receiver.name === receiver.name;

  test('and is back with a restored backup is forgotten again, but for later orders', async () => {
    const room = await OrderRoom.open(bench);
    const anna = await payed(room, 'anna');
    const berta = await payed(room, 'berta');
    await forget(room);
    await room.put('anna', '1001', 1);
    const later = await room.add('anna', { payment_type: '2' });
    await restore(room, anna.order_ids);
    await room.database.statements((m) => m.clear(ForgottenRow));
    const restarted = await room.instance(2);
    await restarted.get(ForgettingAgain).sweep();
    assert.equal(await isReadable(room, 'anna', anna.order_ids), false);
    assert.equal(await isReadable(room, 'anna', later.order_ids), true);
    assert.equal(await isReadable(room, 'berta', berta.order_ids), true);
    const [row] = await room.database.statements((m) => m.find(ForgottenRow));
    assert.deepEqual([row?.user_id, row?.actor], ['anna', 'operator:eve']);

    await room.store.forgottenUsers.replace('anna', {
      expected: keptText(row as ForgottenRow),
      next: null,
    });
    await (await room.instance(3)).get(ForgettingAgain).sweep();
    assert.equal(await room.store.forgottenUsers.get('anna'), keptText(row as ForgottenRow));
    await room.close();
  });

  test('and is again while somebody else is at it is forgotten up to the later time', async () => {
    const room = await OrderRoom.open(bench);
    await forget(room);
    const row = () =>
      room.database.statements((m) => m.findOneByOrFail(ForgottenRow, { user_id: 'anna' }));
    const first = await row();
    const forgotten_time = new Date(first.forgotten_time.getTime() + 1_000);
    const later = { forgotten_time, actor: 'operator:frank' };
    await room.database.statements((m) => m.update(ForgottenRow, { user_id: 'anna' }, later));
    await room.get(PersonalDataService).forgetAgain(first);
    assert.deepEqual({ ...(await row()) }, { user_id: 'anna', ...later });
    await room.close();
  });

  test('is forgotten again as soon as nothing can be paid any more', async () => {
    const room = await OrderRoom.open(bench);
    const { out_trade_no, order_ids } = await room.checkout('anna');
    await room.get(Settlement).closeOrders(out_trade_no, 'nobody paid it');
    await forget(room);
    await restore(room, order_ids);
    const unpaid = await room.checkout('anna');
    const again = room.get(ForgettingAgain);
    await again.sweep();
    assert.equal(await isReadable(room, 'anna', order_ids), true);
    await room.get(Settlement).closeOrders(unpaid.out_trade_no, 'nobody paid it');
    await again.sweep();
    assert.equal(await isReadable(room, 'anna', order_ids), false);
    assert.equal(await isReadable(room, 'anna', unpaid.order_ids), true);
    await restore(room, order_ids);
    await again.sweep();
    assert.equal(await isReadable(room, 'anna', order_ids), true, 'it looks once after its start');
    await room.close();
  });
});
