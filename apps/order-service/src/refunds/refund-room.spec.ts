import assert from 'node:assert/strict';
import test from 'node:test';
import type { Paid } from '@saoma/contracts/pay';
import { automaticRefundNo, RefundRow } from '../ledger/refund.entity';
import { Settlement } from '../payments/settlement';
import { onEachDatabase } from '../schema/spec-kit';
import { money, OrderRoom } from '../spec-kit';
import { RefundBook } from './refund-book';
import { isInBooks, makeRoom } from './refund-room';

onEachDatabase('room for a refund that was made elsewhere', (bench) => {
  let room: OrderRoom;
  test.before(async () => {
    room = await OrderRoom.open(bench);
  });
  test.after(() => room.close());

  const take = (paid: Paid) => room.get(Settlement).updateOrderStatus(paid, 'notice');
  const moneyOf = ({ out_trade_no, transaction_id, total_fee }: Paid) => {
    return { out_trade_no, transaction_id, total_fee };
  };
  const roomFor = (paid: Paid, refund_fee: number) =>
    room.database.transaction((m) => makeRoom(m, { refund_fee, money: moneyOf(paid) }));
  const isKnown = (paid: Paid) =>
    room.database.statements((manager) => isInBooks(manager, moneyOf(paid)));
  const ours = (paid: Paid) => {
    const out_refund_no = automaticRefundNo(paid);
    return room.database.statements((m) => m.findOneByOrFail(RefundRow, { out_refund_no }));
  };
  const begins = async (paid: Paid, refund_fee: number) => {
    const { cause } = await ours(paid);
    const facts = { ...moneyOf(paid), out_refund_no: `${paid.transaction_id}C`, refund_fee };
    const refund = RefundRow.begun({ ...facts, reason: 'console', cause });
    await room.database.statements((manager) => manager.insert(RefundRow, refund));
  };

  const aClosedPayment = async () => {
    const { out_trade_no } = await room.checkout();
    await room.get(Settlement).closeOrders(out_trade_no, 'closed by us');
    return out_trade_no;
  };
  const aPaidPayment = async () => {
    const { out_trade_no } = await room.checkout();
    await take(money(out_trade_no));
    return out_trade_no;
  };

  const ways = { 'paid-after-close': aClosedPayment, 'second-transaction': aPaidPayment };
  for (const [cause, aPayment] of Object.entries(ways)) {
    test(`of ${cause} is there once ours has ended, for its cause`, async () => {
      const paid = money(await aPayment());
      assert.equal(await isKnown(paid), false);
      assert.equal(await roomFor(paid, 1), undefined);
      await take(paid);
      assert.equal(await isKnown(paid), true);
      assert.equal(await roomFor(paid, 1), undefined, 'ours may still take all');
      await room.get(RefundBook).write(await ours(paid), { is: 'closed', why: 'REFUNDCLOSE' });
      assert.equal(await roomFor(paid, 6_811), undefined);
      assert.equal(await roomFor(paid, 6_810), cause);
      await begins(paid, 1_000);
      assert.equal(await roomFor(paid, 5_811), undefined);
      assert.equal(await roomFor(paid, 5_810), cause);
      const other = { ...paid, total_fee: 6_811 };
      assert.equal(await roomFor(other, 1), undefined);
      assert.equal(await isKnown(other), false);
    });
  }

  test('is kept by money that a payer’s dead card has left with the merchant', async () => {
    const paid = money(await aClosedPayment());
    await take(paid);
    await room.get(RefundBook).write(await ours(paid), { is: 'changed' });
    assert.equal(await roomFor(paid, 1), undefined);
  });
});
