import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { insertRows } from '../database/rows';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { OrderRow } from '../ledger/order.entity';
import { PayEventRow } from '../ledger/pay-event.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { SharedStore } from '../redis/shared-store';
import { onEachDatabase, StatementCounter } from '../schema/spec-kit';
import { money, OrderRoom } from '../spec-kit';
import { Settlement } from './settlement';

const webhook = {
  SHOP_WEBHOOK_URL: 'http://127.0.0.1:1/',
  SHOP_WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
};

onEachDatabase('settlement', (bench) => {
  const counter = new StatementCounter();
  let room: OrderRoom;
  const settlement = () => room.get(Settlement);
  const statuses = async (order_ids: string[]) => {
    const rows = await room.database.statements((manager) => manager.find(OrderRow));
    return order_ids.map((id) => rows.find((row) => row.order_id === id)?.status);
  };
  const refunds = (out_trade_no: string) =>
    room.database.statements((manager) => manager.findBy(RefundRow, { out_trade_no }));
  const kinds = async (out_trade_no: string) => {
    const rows = await room.database.statements((manager) =>
      manager.findBy(AnomalyRow, { out_trade_no }),
    );
    return rows.map((row) => row.kind);
  };

  test.before(async () => {
    room = await OrderRoom.open(bench, { env: webhook, logger: counter });
  });
  test.after(() => room.close());

  test('of 50 tellers at once one settles and 49 read already; both orders are paid', async () => {
    const { out_trade_no, order_ids } = await room.checkout();
    const paid = money(out_trade_no);
    const told = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        settlement().updateOrderStatus(paid, n % 2 ? 'notice' : 'query'),
      ),
    );
    assert.equal(told.filter((outcome) => outcome === 'settled').length, 1);
    assert.equal(told.filter((outcome) => outcome === 'already').length, 49);
    const row = await room.payLog(out_trade_no);
    assert.equal(row.trade_state, '1');
    assert.equal(row.transaction_id, paid.transaction_id);
    assert.deepEqual(await statuses(order_ids), ['2', '2']);
    assert.deepEqual(await refunds(out_trade_no), []);
  });

  test('a settlement is 6 statements and one commit, however many orders', async () => {
    const { out_trade_no, order_ids } = await room.checkout();
    const [one] = (await room.rows()).orders.filter((row) => row.out_trade_no === out_trade_no);
    const more = Array.from({ length: 998 }, (_, n) => ({
      ...(one as OrderRow),
      order_id: `${n}-${out_trade_no}`.slice(0, 20),
      cart_id: randomUUID(),
    }));
    const order_list = [...order_ids, ...more.map(({ order_id }) => order_id)].join(',');
    await room.database.transaction(async (manager) => {
      await insertRows(manager, OrderRow, more);
      await manager.update(PayLogRow, { out_trade_no }, { order_list });
    });
    counter.restart();
    const outcome = await settlement().updateOrderStatus(money(out_trade_no), 'notice');
    assert.equal(outcome, 'settled');
    const settling = counter.statements.filter((sql) => !sql.startsWith('BEGIN'));
    assert.equal(settling.length, 6, settling.join('\n').slice(0, 2_000));
    assert.equal(counter.commits, 1);
    assert.deepEqual(new Set(await statuses(order_list.split(','))), new Set(['2']));
  });

  test('the shop is told of each paid order once, in the settling transaction', async () => {
    const { out_trade_no, order_ids } = await room.checkout();
    const paid = money(out_trade_no);
    for (let n = 0; n < 3; n += 1) await settlement().updateOrderStatus(paid, 'notice');
    const told = await room.messages(out_trade_no);
    assert.deepEqual(
      told.map(({ type }) => type),
      ['payment.paid', 'order.paid', 'order.paid'],
    );
    const ids = told.flatMap(({ data }) => ('order_id' in data ? (data.order_id ?? []) : []));
    assert.deepEqual(ids.sort(), [...order_ids].sort());
    const events = await room.database.statements((manager) =>
      manager.findBy(PayEventRow, { out_trade_no, kind: 'payment.paid' }),
    );
    assert.equal(events.length, 1);
  });

  test('the shop is told of a close whether WeChat has money that did not fit', async () => {
    for (const total_fee of [6_810, 1]) {
      const { out_trade_no } = await room.checkout();
      if (total_fee === 1) {
        await settlement().updateOrderStatus(money(out_trade_no, { total_fee }), 'notice');
      }
      await settlement().closeOrders(out_trade_no, 'closed by us');
      const [told] = await room.messages(out_trade_no);
      assert.equal(told?.type, 'payment.closed');
      assert.equal(told.data.held, total_fee === 1);
    }
  });

  test('the cache entry goes only if it is of the settled payment', async () => {
    const { payLog } = room.get(SharedStore);
    const first = await room.checkout('cached');
    const second = await room.checkout('cached');
    await settlement().updateOrderStatus(money(first.out_trade_no), 'notice');
    const kept = JSON.parse((await payLog.get('cached')) ?? '{}');
    assert.equal(kept.out_trade_no, second.out_trade_no);
    await settlement().updateOrderStatus(money(second.out_trade_no), 'notice');
    assert.equal(await payLog.get('cached'), null);
  });

  const refused = [
    { title: 'one fen too little', change: { total_fee: 6809 }, kind: 'other-amount' },
    { title: 'one fen too much', change: { total_fee: 6811 }, kind: 'other-amount' },
    { title: 'another currency', change: { fee_type: 'USD' }, kind: 'other-currency' },
  ];
  for (const { title, change, kind } of refused) {
    test(`money of ${title} never pays and is in the operator's hands, once`, async () => {
      const { out_trade_no, order_ids } = await room.checkout();
      const paid = money(out_trade_no, change);
      for (let n = 0; n < 2; n += 1) {
        assert.equal(await settlement().updateOrderStatus(paid, 'notice'), 'recorded');
      }
      assert.equal((await room.payLog(out_trade_no)).trade_state, '0');
      assert.deepEqual(await statuses(order_ids), ['1', '1']);
      assert.deepEqual(await kinds(out_trade_no), [kind]);
      // The right money can still come.
      assert.equal(await settlement().updateOrderStatus(money(out_trade_no), 'query'), 'settled');
    });
  }

  test('money for a number that belongs to nobody is recorded, whatever the number', async () => {
    for (const out_trade_no of ['9999999999999999999', 'SHOP-B_77|x*']) {
      assert.equal(await settlement().updateOrderStatus(money(out_trade_no), 'notice'), 'recorded');
      assert.deepEqual(await kinds(out_trade_no), ['unknown-number']);
    }
  });

  test('a transaction is the money of one payment, whichever hears of it first', async () => {
    const taken = money((await room.checkout()).out_trade_no);
    await settlement().updateOrderStatus(taken, 'notice');
    const paid = (await room.checkout()).out_trade_no;
    await settlement().updateOrderStatus(money(paid), 'notice');
    const closed = (await room.checkout()).out_trade_no;
    await settlement().closeOrders(closed, 'closed by us');
    const open = (await room.checkout()).out_trade_no;
    const { transaction_id } = taken;
    for (const out_trade_no of [paid, closed, open]) {
      const again = money(out_trade_no, { transaction_id });
      assert.equal(await settlement().updateOrderStatus(again, 'notice'), 'recorded');
      assert.deepEqual(await kinds(out_trade_no), ['transaction-reused']);
      assert.deepEqual(await refunds(out_trade_no), []);
    }
    // Money that is on its way back pays nobody.
    const second = money(paid);
    await settlement().updateOrderStatus(second, 'notice');
    assert.equal((await refunds(paid)).length, 1);
    const other = (await room.checkout()).out_trade_no;
    const reused = money(other, { transaction_id: second.transaction_id });
    assert.equal(await settlement().updateOrderStatus(reused, 'notice'), 'recorded');
    assert.equal((await room.payLog(other)).trade_state, '0');
    assert.deepEqual(await kinds(other), ['transaction-reused']);
  });

  test('money after the close leaves payment and orders closed and begins one refund', async () => {
    const { out_trade_no, order_ids } = await room.checkout();
    assert.equal(await settlement().closeOrders(out_trade_no, 'closed by us'), true);
    const paid = money(out_trade_no);
    const told = await Promise.all(
      Array.from({ length: 10 }, () => settlement().updateOrderStatus(paid, 'notice')),
    );
    assert.ok(told.every((outcome) => outcome === 'recorded'));
    const row = await room.payLog(out_trade_no);
    assert.equal(row.trade_state, '2');
    assert.equal(row.transaction_id, paid.transaction_id);
    assert.deepEqual(await statuses(order_ids), ['6', '6']);
    const [refund, ...others] = await refunds(out_trade_no);
    assert.deepEqual(others, []);
    assert.equal(refund?.out_refund_no, `${out_trade_no}-${paid.transaction_id}`);
    assert.equal(refund?.refund_fee, 6810);
    assert.equal(refund?.cause, 'paid-after-close');
    assert.deepEqual(await kinds(out_trade_no), []);
  });

  test('a second transaction of a paid payment goes back and leaves it paid', async () => {
    const { out_trade_no, order_ids } = await room.checkout();
    const [first, second] = [money(out_trade_no), money(out_trade_no)];
    await settlement().updateOrderStatus(first, 'notice');
    for (let n = 0; n < 2; n += 1) {
      assert.equal(await settlement().updateOrderStatus(second, 'notice'), 'recorded');
    }
    const row = await room.payLog(out_trade_no);
    assert.equal(row.trade_state, '1');
    assert.equal(row.transaction_id, first.transaction_id);
    assert.deepEqual(await statuses(order_ids), ['2', '2']);
    const [refund, ...others] = await refunds(out_trade_no);
    assert.deepEqual(others, []);
    assert.equal(refund?.transaction_id, second.transaction_id);
    assert.equal(refund?.cause, 'second-transaction');
  });

  test('one transaction never pays two payments', async () => {
    const [one, other] = [await room.checkout(), await room.checkout()];
    const paid = money(one.out_trade_no);
    await settlement().updateOrderStatus(paid, 'notice');
    const again = { ...paid, out_trade_no: other.out_trade_no };
    assert.equal(await settlement().updateOrderStatus(again, 'notice'), 'recorded');
    assert.equal((await room.payLog(other.out_trade_no)).trade_state, '0');
    assert.deepEqual(await statuses(other.order_ids), ['1', '1']);
    assert.deepEqual(await kinds(other.out_trade_no), ['transaction-reused']);
  });

  test('if one order does not wait any more nothing is paid in part', async () => {
    const { out_trade_no, order_ids } = await room.checkout();
    const order_id = order_ids[0] ?? '';
    await room.database.statements((manager) =>
      manager.update(OrderRow, { order_id }, { status: '6' }),
    );
    assert.equal(await settlement().updateOrderStatus(money(out_trade_no), 'notice'), 'recorded');
    assert.equal((await room.payLog(out_trade_no)).trade_state, '0');
    assert.deepEqual(await statuses(order_ids), ['6', '1']);
    assert.deepEqual(await kinds(out_trade_no), ['orders-moved']);
  });

  test('paying and closing at once: one of them wins, and the orders follow it', async () => {
    for (let n = 0; n < 10; n += 1) {
      const { out_trade_no, order_ids } = await room.checkout();
      const [outcome, closed] = await Promise.all([
        settlement().updateOrderStatus(money(out_trade_no), 'notice'),
        settlement().closeOrders(out_trade_no, 'closed by us'),
      ]);
      const { trade_state } = await room.payLog(out_trade_no);
      assert.equal(trade_state, closed ? '2' : '1');
      assert.equal(outcome, closed ? 'recorded' : 'settled');
      assert.deepEqual(await statuses(order_ids), closed ? ['6', '6'] : ['2', '2']);
      assert.equal((await refunds(out_trade_no)).length, closed ? 1 : 0);
    }
  });
});
