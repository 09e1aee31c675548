import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from '../../../../test/support/until';
import { onEachDatabase } from '../schema/spec-kit';
import { dayOf, daysAfter } from './bill-day';
import { BillRoom } from './bill-room.spec-kit';
import { aPayment, billOf } from './pay-peer.spec-kit';
import { ReconciliationRow } from './reconciliation.entity';
import { ReconciliationService } from './reconciliation.service';

onEachDatabase('a wish to have a day compared', (bench) => {
  const books = new BillRoom(bench);
  const { pay } = books;
  test.beforeEach(() => {
    pay.wanted.length = 0;
  });

  const dayAgo = (days: number) => daysAfter(dayOf(new Date()), -days);
  const rowOf = (day: string) => books.rowOf(day);
  /** Gives its moment. */
  const wish = async (day: string) => {
    await books.room.get(ReconciliationService).reconcile({ day });
    return (await rowOf(day)).wanted_time?.toISOString();
  };
  const compare = (day: string) => books.carryOn(day);

  test('is told to the pay service by its moment, which stays until it is done', async () => {
    const day = dayAgo(3);
    pay.instead = { outcome: 'unknown', reason: 'no answer' };
    const first = await wish(day);
    await compare(day);
    pay.instead = undefined;
    const { compared_time } = await compare(day);
    assert.deepEqual(pay.wanted.slice(0, 2), [first, first]);
    // The fund flow is wanted after this comparison, so none of before is meant.
    assert.ok((pay.wanted[2] ?? '') >= (compared_time?.toISOString() ?? 'none'));
    await until('another moment', () => new Date().toISOString() > (first ?? ''));
    const again = await wish(day);
    assert.notEqual(again, first);
    await compare(day);
    assert.equal(pay.wanted[3], again);
  });

  test('that comes while the file of before is compared has another one compared', async () => {
    const day = dayAgo(4);
    const before = await wish(day);
    let open = (): void => undefined;
    pay.gate = new Promise((resolve) => {
      open = resolve;
    });
    const first = compare(day);
    await until('it has asked', () => pay.wanted.length === 1);
    await until('another moment', () => new Date().toISOString() > (before ?? ''));
    const again = await wish(day);
    open();
    assert.equal((await first).wanted_time?.toISOString(), again);
    assert.equal((await compare(day)).wanted_time, null);
    assert.deepEqual(pay.wanted.slice(0, 2), [before, again]);
  });

  test('that comes when all rows are compared and nothing is concluded has them anew', async () => {
    const day = dayAgo(5);
    await wish(day);
    const isRead = { bill_hash: 'a'.repeat(40), next_row: null, compared_time: null };
    await books.room.database.statements((manager) =>
      manager.update(ReconciliationRow, { day }, isRead),
    );
    const again = await wish(day);
    const { bill_hash, wanted_time } = await compare(day);
    assert.equal(pay.wanted[0], again);
    assert.notEqual(bill_hash, isRead.bill_hash);
    assert.equal(wanted_time, null);
  });

  for (const [what, ago, rows] of [
    ['the trade bill is the same', 6, [billOf(aPayment('1', new Date()))]],
    ['there is no trade bill', 7, undefined],
  ] as const) {
    test(`has another fund flow taken over where ${what}`, async () => {
      const day = dayAgo(ago);
      if (rows) pay.bills.set(day, [...rows]);
      const sums = { rows: 0, incoming: 0, outgoing: 0, fees: 0, withdrawals: 0, kinds: [] };
      pay.asked.length = 0;
      for (const digit of ['a', 'b', 'b']) {
        const flow = { bill_hash: digit.repeat(40), ...sums };
        pay.fundflow = { outcome: 'success', ...flow };
        await wish(day);
        const { fundflow, kept_time } = await compare(day);
        assert.ok(kept_time);
        assert.deepEqual(JSON.parse(fundflow ?? ''), flow);
        const piece = { day, kind: 'fundflow', piece: 0 } as const;
        const file = await books.room.get(ReconciliationService).billFile(piece);
        assert.equal(file.bill_hash, flow.bill_hash);
      }
      // What is kept already is not fetched again.
      const fetched = pay.asked.filter((one) => one.startsWith('bytes'));
      const flows = ['bytes of fundflow', 'bytes of fundflow'];
      assert.deepEqual(fetched, [...(rows ? ['bytes of trade'] : []), ...flows]);
    });
  }
});
