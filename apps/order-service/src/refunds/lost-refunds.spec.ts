import assert from 'node:assert/strict';
import test from 'node:test';
import type { BillRow } from '@saoma/contracts/bills';
import type { Paid } from '@saoma/contracts/pay';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { automaticRefundNo, operatorRefundNo, RefundRow } from '../ledger/refund.entity';
import { OperatorService } from '../operator/operator.service';
import { Healing } from '../reconcile/healing';
import { FindingRow } from '../reconcile/reconciliation.entity';
import { onEachDatabase } from '../schema/spec-kit';
import { OldBooks } from './old-wechat.spec-kit';
import { RefundBook } from './refund-book';
import { RefundElsewhere } from './refund-elsewhere';
import type { Move } from './refund-move';

onEachDatabase('books of a backup that is older than WeChat’s', (bench) => {
  const books = new OldBooks(bench);
  const { wechat } = books;

  const refundsOf = async (out_trade_no: string) => {
    const rows = await books.room.database.statements((m) => m.findBy(RefundRow, { out_trade_no }));
    const all = rows.map((row) => `${row.out_refund_no} ${row.refund_fee} ${row.cause}`);
    return all.map((told) => told.replace(out_trade_no, '')).sort();
  };
  const anomaliesOf = async (out_trade_no: string) => {
    const rows = await books.room.database.statements((m) =>
      m.findBy(AnomalyRow, { out_trade_no }),
    );
    return rows.map(({ kind }) => kind).sort();
  };
  /** A payment that these books have as unpaid: nobody asked for a code when they were saved. */
  const paidSince = async () => {
    const { out_trade_no } = await books.room.checkout();
    return wechat.pays(out_trade_no);
  };

  test('learn of lost refunds with the lost money, by their numbers', async () => {
    const paid = await paidSince();
    const { out_trade_no } = paid;
    const number = (count: number) => operatorRefundNo(out_trade_no, count);
    wechat.refunded(paid, number(1), 1_000);
    // The second one WeChat had refused for good.
    wechat.refunded(paid, number(3), 500);
    const payment = await books.ask(out_trade_no);
    assert.equal(payment.trade_state, 'SUCCESS');
    const found = ['-op-1 1000 console', '-op-3 500 console'];
    assert.deepEqual(await refundsOf(out_trade_no), found);
    assert.deepEqual(await anomaliesOf(out_trade_no), ['refund-elsewhere', 'refund-elsewhere']);
    for (const count of [1, 3])
      assert.equal((await books.carryOn(number(count))).status, 'SUCCESS');
    const { trade_state, refund_fee, reserved_fee } = await books.room.payLog(out_trade_no);
    assert.deepEqual([trade_state, refund_fee, reserved_fee], ['3', 1_500, 1_500]);
    assert.equal((await books.wish(out_trade_no, 1)).out_refund_no, number(4));
    await books.ask(out_trade_no);
    assert.deepEqual(await refundsOf(out_trade_no), [...found, '-op-4 1 operator']);
  });

  test('refund as much as they have lost only once an operator has looked', async () => {
    const paid = await paidSince();
    const { out_trade_no } = paid;
    const first = operatorRefundNo(out_trade_no, 1);
    wechat.refunded(paid, first, 1_000);
    // One of the merchant console's is nobody's repeated wish.
    wechat.refunded(paid, 'console', 700);
    await books.ask(out_trade_no);
    await books.room.get(RefundElsewhere).adopt('console');
    await assert.rejects(books.wish(out_trade_no, 1_000), { code: 'refund/perhaps-made' });
    assert.equal((await books.room.payLog(out_trade_no)).reserved_fee, 1_700);
    for (const other of [999, 700]) await books.wish(out_trade_no, other);

    const told = { out_trade_no, transaction_id: first };
    const { anomaly_id } = await books.room.database.statements((m) =>
      m.findOneByOrFail(AnomalyRow, told),
    );
    const looked = { user_id: 'eve', anomaly_id, note: 'a second cup broke' };
    await books.room.get(OperatorService).resolveAnomaly(looked);
    assert.equal(
      (await books.wish(out_trade_no, 1_000)).out_refund_no,
      operatorRefundNo(out_trade_no, 5),
    );
  });

  test('learn of them when an operator asks about a paid payment', async () => {
    const paid = await books.settled();
    const { out_trade_no } = paid;
    wechat.refunded(paid, automaticRefundNo(paid), 10);
    await books.ask(out_trade_no);
    assert.deepEqual(await refundsOf(out_trade_no), [`-${paid.transaction_id} 10 console`]);
  });

  test('give no number away twice: what WeChat has takes the place of a wish', async () => {
    const paid = await books.settled();
    const { out_trade_no } = paid;
    const first = operatorRefundNo(out_trade_no, 1);
    wechat.refunded(paid, first, 1_000);
    assert.equal((await books.wish(out_trade_no, 500)).out_refund_no, first);
    const row = await books.carryOn(first);
    assert.deepEqual([row.refund_fee, row.cause, row.status], [1_000, 'console', 'PROCESSING']);
    assert.equal((await books.room.payLog(out_trade_no)).reserved_fee, 1_000);
    assert.deepEqual(await anomaliesOf(out_trade_no), ['refund-other-amount']);
    assert.equal((await books.carryOn(first)).status, 'SUCCESS');
    assert.equal((await books.room.payLog(out_trade_no)).refund_fee, 1_000);
  });

  test('put it in the place of the wish once, however many have asked WeChat', async () => {
    const paid = await books.settled();
    const { out_trade_no } = paid;
    const { out_refund_no } = await books.wish(out_trade_no, 500);
    wechat.refunded(paid, out_refund_no, 1_000);
    const wished = await books.room.database.statements((m) =>
      m.findOneByOrFail(RefundRow, { out_refund_no }),
    );
    const write = (move: Move) => books.room.get(RefundBook).write(wished, move);
    const other = { is: 'other-amount', told_fee: 1_000 } as const;
    await Promise.all([write(other), write(other), write(other)]);
    await write({ is: 'succeeded', refund_fee: 1_000 });
    const before = await books.room.payLog(out_trade_no);
    assert.deepEqual([before.reserved_fee, before.refund_fee], [1_000, 0]);
    assert.equal((await books.carryOn(out_refund_no)).status, 'SUCCESS');
    const after = await books.room.payLog(out_trade_no);
    assert.deepEqual([after.reserved_fee, after.refund_fee], [1_000, 1_000]);
  });

  test('leave an amount as it was wished if other refunds take the room', async () => {
    const paid = await books.settled();
    const { out_trade_no } = paid;
    const first = operatorRefundNo(out_trade_no, 1);
    wechat.refunded(paid, first, 1_000);
    for (const refund_fee of [300, 6_000]) await books.wish(out_trade_no, refund_fee);
    const { refund_fee, next_look_time } = await books.carryOn(first);
    assert.deepEqual([refund_fee, next_look_time], [300, null]);
    assert.deepEqual(await anomaliesOf(out_trade_no), ['refund-other-amount']);
  });

  test('have what waits for room as soon as there is some, also when WeChat was away', async () => {
    const paid = await books.settled();
    const { out_trade_no } = paid;
    const { out_refund_no } = await books.wish(out_trade_no, 6_810);
    wechat.refunded(paid, 'waits', 700);
    await assert.rejects(books.room.get(RefundElsewhere).adopt('waits'), {
      code: 'service/unavailable',
    });
    const { queryRefund } = wechat.handlers;
    const away = (asked: { out_refund_no: string }) =>
      asked.out_refund_no === 'waits'
        ? { outcome: 'unknown', reason: 'no answer' }
        : queryRefund(asked);
    Object.assign(wechat.handlers, { queryRefund: away });
    const stays = await books.carryOn(out_refund_no);
    // What stays unknown is looked at ever less often, and told once it lasts.
    assert.deepEqual([stays.status, stays.unknown_time !== null], ['PROCESSING', true]);
    assert.ok(stays.next_look_time);
    Object.assign(wechat.handlers, { queryRefund });
    assert.equal((await books.carryOn(out_refund_no)).status, 'REFUNDCLOSE');
    assert.deepEqual(await refundsOf(out_trade_no), ['-op-1 6810 operator', 'waits 700 console']);
    assert.equal((await books.room.payLog(out_trade_no)).reserved_fee, 700);
  });

  /** What becomes of a payment that a bill has as paid, and these books have not. */
  const heal = ({ out_trade_no, transaction_id, total_fee, pay_time: time }: Paid) => {
    const numbers = { out_trade_no, transaction_id, refund_id: null, out_refund_no: null };
    const fees = { fee: total_fee, settlement_fee: total_fee, coupon_fee: 0, service_fee: 0 };
    const words = { type: 'payment', trade_type: 'NATIVE', state: 'SUCCESS' } as const;
    const bill: BillRow = { ...numbers, ...fees, ...words, time, fee_type: 'CNY' };
    const facts = { kind: 'STATE', out_trade_no, out_refund_no: '', bill: JSON.stringify(bill) };
    return books.room.get(Healing).heal(Object.assign(new FindingRow(), facts));
  };

  test('settle by the bill what they never asked a code for', async () => {
    const paid = await paidSince();
    assert.deepEqual(await heal(paid), { is: 'over', done: 'settled by a query' });
    assert.equal((await books.room.payLog(paid.out_trade_no)).trade_state, '1');
  });

  test('tell no operator of one whose refund was carried on meanwhile', async () => {
    const paid = await paidSince();
    const { out_trade_no } = paid;
    const [first, second] = [1, 2].map((count) => operatorRefundNo(out_trade_no, count));
    wechat.refunded(paid, `${first}`, 1_000);
    const { queryRefund } = wechat.handlers;
    const meanwhile = async (asked: { out_refund_no: string }) => {
      if (asked.out_refund_no === second) await books.carryOn(`${first}`);
      return queryRefund(asked);
    };
    Object.assign(wechat.handlers, { queryRefund: meanwhile });
    assert.deepEqual(await heal(paid), { is: 'over', done: 'settled by a query' });
    Object.assign(wechat.handlers, { queryRefund });
    assert.equal((await books.room.payLog(out_trade_no)).trade_state, '3');
  });
});
