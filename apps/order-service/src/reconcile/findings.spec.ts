import assert from 'node:assert/strict';
import test from 'node:test';
import type { BillRow } from '@saoma/contracts/bills';
import { startOfBeijingDay } from '@saoma/platform/beijing';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { onEachDatabase } from '../schema/spec-kit';
import { dayOf, daysAfter } from './bill-day';
import { BillRoom } from './bill-room.spec-kit';
import { aPayment, aRefund, billOf, billOfRefund, hashOf } from './pay-peer.spec-kit';
import { FindingRow, ReconciliationRow } from './reconciliation.entity';

const hour = 3_600_000;
const day = daysAfter(dayOf(new Date()), -7);
/** So long after the day has begun in Beijing. */
const at = (ms: number) => new Date(startOfBeijingDay(day).getTime() + ms);

onEachDatabase('what was found on a day', (bench) => {
  const books = new BillRoom(bench);
  const { pay } = books;
  const ours = aPayment('1', at(hour));
  const other = aPayment('2', at(hour));
  const refund = aRefund(ours, at(2 * hour));
  test.beforeEach(async () => {
    pay.instead = undefined;
    pay.refund = (no) => pay.refundOf(no);
    pay.refunds.clear();
    await books.empty(FindingRow, ReconciliationRow, AnomalyRow, PayLogRow, RefundRow);
    await books.write(ours, other, refund);
  });

  const carryOn = () => books.carryOn(day);
  const compare = (rows?: BillRow[]) => books.compare(day, rows);
  const change = (some: Partial<FindingRow>) =>
    books.room.database.statements((m) => m.update(FindingRow, { day }, some));
  const found = () => books.room.database.statements((m) => m.findBy(FindingRow, { day }));
  const anomalies = () => books.room.database.statements((m) => m.find(AnomalyRow));

  const both = [billOf(ours), billOf(other)];
  const failed: BillRow = { ...billOfRefund(refund), state: 'FAIL' };
  for (const [kind, rows, newer] of [
    ['REFUND_FAILED', [...both, failed], [...both, billOfRefund(refund)]],
    ['REFUND_LOCAL_ONLY', both, [...both].reverse()],
  ] as const) {
    test(`is told a day after nobody could say, also when looked at anew: ${kind}`, async () => {
      pay.refunds.set(refund.out_refund_no, refund);
      await compare([...rows]);
      const [first, ...more] = await found();
      assert.deepEqual([first?.kind, more, await anomalies()], [kind, [], []]);
      assert.ok(first?.done_time);

      const create_time = new Date(Date.now() - 25 * hour);
      await change({ create_time });
      pay.refund = () => ({ outcome: 'unknown', reason: 'no answer' });
      await compare([...newer]);
      assert.deepEqual([(await found())[0]?.done_time, await anomalies()], [null, []]);
      await carryOn();
      assert.deepEqual(await anomalies(), []);
      await change({ create_time });
      await carryOn();
      assert.deepEqual(
        (await anomalies()).map((row) => row.state),
        ['OPEN'],
      );
    });
  }

  test('is over, and nobody is told of it, if a neighbour ends it meanwhile', async () => {
    const ended = 'the bill of the next day has it';
    pay.refund = async (no) => {
      await change({ ended });
      return pay.refundOf(no);
    };
    await compare(both);
    const [row] = await found();
    assert.deepEqual([row?.kind, row?.ended, row?.done], ['REFUND_LOCAL_ONLY', ended, '']);
    assert.deepEqual(await anomalies(), []);
  });

  test('says truly why it is over that a file was not whole', async () => {
    const good = [...both, billOfRefund(refund)];
    const isRefused = async () => {
      pay.instead = { outcome: 'refused', reason: 'it is cut' };
      await compare();
      pay.instead = undefined;
    };
    const why = async () => {
      const refused = (await found()).find((row) => row.kind === 'TOTALS');
      const told = (await anomalies()).find((row) => row.kind === 'bill-totals');
      assert.deepEqual([told?.state, told?.note.split('\n').at(-1)], ['RESOLVED', refused?.ended]);
      return refused?.ended;
    };
    await isRefused();
    await compare();
    assert.equal(await why(), 'WeChat says that nothing happened on that day');
    await isRefused();
    await compare(good);
    assert.equal(await why(), `a whole file has come: SHA1 ${hashOf(good)}`);
    await isRefused();
    await compare();
    assert.equal(await why(), 'WeChat has it no more');
  });
});
