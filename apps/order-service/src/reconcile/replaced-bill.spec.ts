import assert from 'node:assert/strict';
import test from 'node:test';
import type { BillRow } from '@saoma/contracts/bills';
import { startOfBeijingDay } from '@saoma/platform/beijing';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { OrderRow } from '../ledger/order.entity';
import { PayEventRow } from '../ledger/pay-event.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { onEachDatabase } from '../schema/spec-kit';
import { dayOf, daysAfter } from './bill-day';
import { BillRoom } from './bill-room.spec-kit';
import { aPayment, aRefund, billOf, billOfRefund, hashOf } from './pay-peer.spec-kit';
import { FindingRow, ReconciliationRow } from './reconciliation.entity';
import { ReconciliationService } from './reconciliation.service';

const hour = 3_600_000;
const day = daysAfter(dayOf(new Date()), -7);
const next = daysAfter(day, 1);
/** So long after the day has begun in Beijing. */
const at = (ms: number) => new Date(startOfBeijingDay(day).getTime() + ms);

onEachDatabase('a bill that WeChat has replaced', (bench) => {
  const books = new BillRoom(bench);
  const { pay } = books;
  test.beforeEach(async () => {
    pay.bills.clear();
    pay.refunds.clear();
    pay.instead = undefined;
    await books.empty(FindingRow, ReconciliationRow, AnomalyRow);
    await books.empty(PayLogRow, RefundRow, OrderRow, PayEventRow);
  });

  const compare = (rows: BillRow[], name = day) => books.compare(name, rows);
  const told = async (name = day) => {
    const asked = { day: name, cursor: null, limit: 100 };
    const { state, findings } = await books.room
      .get(ReconciliationService)
      .getReconciliation(asked);
    const standing = findings.filter(({ ended }) => ended === null).map(({ kind }) => kind);
    const over = findings.flatMap(({ kind, ended }) => (ended === null ? [] : [[kind, ended]]));
    return { state, standing, over };
  };
  const anomalies = () => books.room.database.statements((m) => m.find(AnomalyRow));
  const resolve = (note: string) =>
    books.room.database.statements((m) =>
      m.update(AnomalyRow, { state: 'OPEN' }, { state: 'RESOLVED', note, resolved_by: 'olga' }),
    );
  const saysNoMore = (rows: BillRow[]) =>
    `beside the newer bill of ${day} it is not so any more: SHA1 ${hashOf(rows)}`;

  const ours = aPayment('1', at(hour));
  const unpaid = Object.assign(aPayment('2', null), { trade_state: '0' });
  const refund = aRefund(ours, at(2 * hour));
  const good = [billOf(ours), billOfRefund(refund)];
  const stranger = billOf(aPayment('99', at(hour)));
  const [, ofRefund = stranger] = good;
  const classes: readonly (readonly [string, FindingRow['kind'], BillRow[]])[] = [
    ['of an unknown payment', 'CHANNEL_ONLY', [...good, stranger]],
    ['of another amount', 'AMOUNT', [{ ...billOf(ours), fee: 99 }, ofRefund]],
    ['of a second transaction', 'TRANSACTION', [...good, { ...billOf(ours), transaction_id: 'X' }]],
    ['of what is not paid', 'STATE', [...good, billOf(aPayment('2', at(hour)))]],
    [
      'of an unknown refund',
      'REFUND_CHANNEL_ONLY',
      [...good, { ...ofRefund, out_refund_no: 'r9', out_trade_no: '99' }],
    ],
    ['of another amount of a refund', 'REFUND_AMOUNT', [billOf(ours), { ...ofRefund, fee: 41 }]],
    [
      'of another transaction of a refund',
      'TRANSACTION',
      [billOf(ours), { ...ofRefund, transaction_id: 'X' }],
    ],
  ];
  for (const [what, kind, rows] of classes) {
    test(`ends what only the former said, with words: a row ${what}`, async () => {
      await books.write(ours, unpaid, refund);
      await compare(rows);
      assert.deepEqual(await told(), { state: 'DIFFERENT', standing: [kind], over: [] });
      const [open] = await anomalies();
      assert.equal(open?.state, 'OPEN');

      await compare(good);
      const why = saysNoMore(good);
      assert.deepEqual(await told(), { state: 'MATCHED', standing: [], over: [[kind, why]] });
      const [ended, ...more] = await anomalies();
      assert.deepEqual(more, []);
      assert.deepEqual([ended?.state, ended?.note, ended?.resolved_by], ['RESOLVED', why, null]);
      const kinds = { kind: 'anomaly.resolved' } as const;
      assert.equal(await books.room.database.statements((m) => m.countBy(PayEventRow, kinds)), 1);

      // And if the next file has it again, somebody hears of it again.
      await compare([...rows].reverse());
      assert.deepEqual(await told(), { state: 'DIFFERENT', standing: [kind], over: [] });
      assert.deepEqual(
        (await anomalies()).map((row) => [row.state, row.note]),
        [['OPEN', why]],
      );
    });

    test(`leaves as they left it what an operator has resolved: a row ${what}`, async () => {
      await books.write(ours, unpaid, refund);
      await compare(rows);
      await resolve('it was ours');
      const before = await anomalies();
      await compare(good);
      assert.deepEqual(await anomalies(), before);
      assert.equal((await told()).state, 'MATCHED');
      await compare([...rows].reverse());
      assert.deepEqual(await anomalies(), before);
      assert.equal((await told()).state, 'DIFFERENT');
    });
  }

  test('is told in its own words where it still differs, also by another amount', async () => {
    await books.write(ours);
    const differs = (fee: number) => [{ ...billOf(ours), fee }];
    const says = async () =>
      (await anomalies()).map(({ state, total_fee, err_code_des }) => [
        ...[state, total_fee, err_code_des],
      ]);
    const words = (fee: number) =>
      `bill of ${day}, bill: ${fee} fen SUCCESS, here: 100 fen SUCCESS`;
    await compare(differs(99));
    await compare(differs(98));
    assert.deepEqual(await says(), [['OPEN', 98, words(98)]]);
    await resolve('98 is right');
    await compare([...differs(98), stranger]);
    assert.deepEqual((await says())[0], ['RESOLVED', 98, words(98)]);
    await compare(differs(97));
    assert.deepEqual((await says())[0], ['OPEN', 97, words(97)]);
    const { standing, over } = await told();
    assert.deepEqual([standing, over.map(([kind]) => kind)], [['AMOUNT'], ['CHANNEL_ONLY']]);
  });

  test('has what was in no bill: that ends, and its history is there', async () => {
    await books.write(ours, refund);
    await compare([stranger]);
    const lacks = ['CHANNEL_ONLY', 'LOCAL_ONLY', 'REFUND_LOCAL_ONLY'];
    assert.deepEqual((await told()).standing.sort(), lacks);
    await compare(good);
    const { state, standing, over } = await told();
    assert.deepEqual([state, standing], ['MATCHED', []]);
    const has = `the bill of ${day} has it: SHA1 ${hashOf(good)}`;
    assert.deepEqual(over.sort(), [
      ['CHANNEL_ONLY', saysNoMore(good)],
      ['LOCAL_ONLY', has],
      ['REFUND_LOCAL_ONLY', has],
    ]);
    assert.ok((await anomalies()).every((row) => row.state === 'RESOLVED'));
  });

  test('was not whole before: that stays told as history', async () => {
    await books.write(ours);
    pay.instead = { outcome: 'refused', reason: 'it is cut' };
    await compare(good);
    await compare(good, next);
    assert.deepEqual(await told(), { state: 'REFUSED', standing: ['TOTALS'], over: [] });
    pay.instead = undefined;
    await compare([billOf(ours)]);
    const why = `a whole file has come: SHA1 ${hashOf([billOf(ours)])}`;
    assert.deepEqual(await told(), { state: 'MATCHED', standing: [], over: [['TOTALS', why]] });
    const ends = (await anomalies()).map((row) => [row.out_trade_no, row.state, row.note]);
    assert.deepEqual(ends.sort(), [
      [day, 'RESOLVED', why],
      [next, 'OPEN', ''],
    ]);
  });

  test('ends nothing that WeChat itself says when it is asked', async () => {
    await books.write(ours, refund);
    pay.refunds.set(refund.out_refund_no, { ...refund, status: 'REFUNDCLOSE' });
    const failed = [billOf(ours), { ...ofRefund, state: 'FAIL' }];
    await compare(failed);
    assert.deepEqual((await told()).standing, ['REFUND_FAILED']);
    await compare(good);
    assert.deepEqual(await told(), { state: 'DIFFERENT', standing: ['REFUND_FAILED'], over: [] });
    assert.deepEqual(
      (await anomalies()).map((row) => row.state),
      ['OPEN'],
    );
    // Once WeChat says as we do, the next file ends it.
    pay.refunds.set(refund.out_refund_no, refund);
    const another = [...good].reverse();
    await compare(another);
    const over = [['REFUND_FAILED', saysNoMore(another)]];
    assert.deepEqual(await told(), { state: 'MATCHED', standing: [], over });
    assert.equal((await anomalies())[0]?.state, 'RESOLVED');
  });

  test('ends nothing that other news has told', async () => {
    await books.write(ours);
    await compare([...good.slice(0, 1), { ...billOf(ours), transaction_id: 'X' }]);
    const [first] = await anomalies();
    assert.ok(first);
    const kind = 'transaction-reused';
    const other = { ...first, kind, anomaly_id: '1' } as const;
    await books.room.database.statements((m) => m.insert(AnomalyRow, other));
    await compare(good.slice(0, 1));
    const open = (await anomalies()).filter((row) => row.state === 'OPEN');
    assert.deepEqual(
      open.map((row) => row.kind),
      [kind],
    );
  });

  test('ends nothing while it is read, nor if it is gone before its end', async () => {
    await books.write(ours);
    const rows = [billOf(ours), stranger];
    await compare(rows);
    pay.pageMax = 1;
    pay.bills.set(day, [billOf(ours), ofRefund]);
    let pages = 0;
    pay.onPage = () => {
      pages += 1;
      if (pages === 2) pay.instead = { outcome: 'refused', reason: 'it is cut' };
    };
    await books.room.get(ReconciliationService).reconcile({ day });
    await books.carryOn(day);
    pay.onPage = () => undefined;
    const { standing, over } = await told();
    assert.deepEqual([standing, over], [['CHANNEL_ONLY', 'TOTALS'], []]);
    pay.instead = undefined;
    await compare(rows);
    pay.pageMax = 1_000;
    assert.deepEqual((await told()).standing, ['CHANNEL_ONLY']);
    const open = (await anomalies()).filter((row) => row.state === 'OPEN');
    assert.deepEqual(
      open.map((row) => row.kind),
      ['bill-channel-only'],
    );
  });

  for (const first of ['the new one of the same day', 'that of the other day']) {
    test(`has lost a row to the other day’s bill: it stays told, ${first} first`, async () => {
      const late = billOf(aPayment('99', at(24 * hour - 1_000)));
      await books.write(ours);
      await compare([billOf(ours), late]);
      const both = [() => compare([billOf(ours)]), () => compare([late], next)];
      if (first === 'that of the other day') both.reverse();
      for (const one of both) await one();
      assert.deepEqual([(await told()).state, (await told(next)).state], ['MATCHED', 'DIFFERENT']);
      const [one, ...more] = await anomalies();
      assert.deepEqual(more, []);
      const words = `bill of ${next}, bill: 100 fen SUCCESS`;
      assert.deepEqual([one?.state, one?.err_code_des], ['OPEN', words]);
      await compare([stranger], next);
      const end = (await anomalies()).filter((row) => row.transaction_id === late.transaction_id);
      assert.deepEqual(
        end.map((row) => [row.state, row.out_trade_no]),
        [['OPEN', '99']],
      );
    });
  }
});
