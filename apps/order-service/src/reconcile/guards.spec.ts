import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { AppError } from '@saoma/contracts/errors';
import { startOfBeijingDay } from '@saoma/platform/beijing';
import { IsNull } from 'typeorm';
import { until } from '../../../../test/support/until';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { onEachDatabase } from '../schema/spec-kit';
import type { OrderRoom } from '../spec-kit';
import { dayOf, daysAfter, firstKept, lastReady, readyFrom } from './bill-day';
import { BillRoom } from './bill-room.spec-kit';
import { aPayment, billOf, hashOf } from './pay-peer.spec-kit';
import { BillFileRow, FindingRow, ReconciliationRow } from './reconciliation.entity';
import { ReconciliationService } from './reconciliation.service';

const minute = 60_000;
const hour = 60 * minute;
const dayMs = 24 * hour;

onEachDatabase('the comparison with a bill', (bench) => {
  const books = new BillRoom(bench);
  const { pay } = books;
  test.beforeEach(async () => {
    Object.assign(pay, { instead: undefined, gate: undefined, fundflow: { outcome: 'none' } });
    pay.bills.clear();
    pay.asked.length = 0;
    await books.empty(BillFileRow, FindingRow, ReconciliationRow, PayLogRow, AnomalyRow);
  });

  const day = (ago: number) => daysAfter(dayOf(new Date()), -ago);
  /** So long after a day has begun in Beijing. */
  const at = (name: string, ms: number) => new Date(startOfBeijingDay(name).getTime() + ms);
  const service = () => books.room.get(ReconciliationService);
  const wanted = (name: string, some: Partial<ReconciliationRow> = {}) =>
    Object.assign(ReconciliationRow.wanted(name, new Date()), some);
  const rowOf = (name: string) => books.rowOf(name);
  const compare = (name: string, by?: OrderRoom) => books.carryOn(name, by);
  const daysIn = async () => {
    const order = { next_try_time: 'ASC' } as const;
    const rows = await books.room.database.statements((m) => m.find(ReconciliationRow, { order }));
    return rows.map((row) => row.day);
  };

  test('ends without a word where another process has taken the day over', async () => {
    const other = await books.room.instance(2);
    const name = day(3);
    const paid = aPayment('1', at(name, hour));
    pay.bills.set(name, [{ ...billOf(paid), fee: 99 }]);
    await books.write(paid, wanted(name));
    const findings = () => books.room.database.statements((m) => m.find(FindingRow));
    let open = (): void => undefined;
    pay.gate = new Promise((resolve) => {
      open = resolve;
    });
    const first = compare(name);
    await until('the first has asked', () => pay.asked.length === 1);
    pay.gate = undefined;
    const done = await compare(name, other);
    const found = await findings();
    assert.deepEqual([done.state, found.length], ['DIFFERENT', 1]);
    open();
    assert.deepEqual([await first, await findings()], [done, found]);
    await other.close();
  });

  test('waits with a day that is not over, and so do days of a clock that was ahead', async () => {
    const [today, ahead] = [day(0), new Date(Date.now() + hour)];
    const compared = { wanted_time: null, next_try_time: null };
    await books.write(
      wanted(today),
      wanted(day(3), { ...compared, compared_time: new Date(Date.now() - hour) }),
      wanted(day(2), { ...compared, compared_time: ahead }),
    );
    assert.deepEqual((await compare(today)).next_try_time, readyFrom(today));
    assert.deepEqual(pay.asked, []);
    const now = new Date();
    await books.room.database.transaction((manager) => service().forgetFuture(manager, now));
    const rows = await Promise.all([day(3), day(2)].map(rowOf));
    assert.deepEqual(
      rows.map((row) => [row.wanted_time, row.next_try_time]),
      [
        [null, null],
        [now, now],
      ],
    );
  });

  test('is wanted of every day since the first payment, also when nothing ran', async () => {
    const last = lastReady(new Date());
    const [first, known] = [daysAfter(last, -5), daysAfter(last, -2)];
    const other = await books.room.instance(3);
    await other.get(ReconciliationService).openDays(new Date());
    assert.deepEqual(await daysIn(), []);
    const paid = aPayment('1', at(first, hour));
    await books.write(paid, wanted(known, { next_try_time: new Date(0) }));
    await other.get(ReconciliationService).openDays(new Date());
    const missed = [-5, -4, -3, -1, 0].map((days) => daysAfter(last, days));
    assert.deepEqual(await daysIn(), [known, ...missed]);

    await books.room.database.statements(async (manager) => {
      await manager.createQueryBuilder().delete().from(ReconciliationRow).execute();
      const create_time = new Date(Date.now() - 200 * dayMs);
      await manager.update(PayLogRow, { out_trade_no: '1' }, { create_time });
    });
    // Whoever has opened the days of today has nothing left to do.
    await other.get(ReconciliationService).openDays(new Date());
    assert.deepEqual(await daysIn(), []);
    await books.room.database.transaction((manager) => service().forgetFuture(manager, new Date()));
    await service().openDays(new Date());
    const all = await daysIn();
    assert.deepEqual([all[0], all.at(-1)], [firstKept(new Date()), last]);
    await other.close();
  });

  test('wants the day before if something just after midnight is in no bill', async () => {
    for (const [ms, has] of [
      [minute - 1, true],
      [minute, false],
    ] as const) {
      const name = day(has ? 10 : 20);
      await books.write(aPayment(`${ms}`, at(name, ms)), wanted(name));
      await compare(name);
      assert.equal((await daysIn()).includes(daysAfter(name, -1)), has, `${ms}`);
    }
  });

  const unknown = { outcome: 'unknown', reason: 'no answer' } as const;
  const refused = { outcome: 'refused', reason: 'it is cut' } as const;
  const pauses = [
    ['WeChat gives no answer, at first', unknown, 0, minute],
    ['WeChat gives no answer for an hour', unknown, hour, 6 * minute],
    ['WeChat gives no answer for long', unknown, 100 * hour, 30 * minute],
    ['WeChat makes the file', { outcome: 'creating' }, 0, 30 * minute],
    ['the file is not whole', refused, 0, 6 * hour],
    ['nobody can have it any more', unknown, 0, null],
  ] as const;
  for (const [what, instead, sinceMs, pauseMs] of pauses) {
    test(`is tried again after a pause, or never: ${what}`, async () => {
      pay.instead = instead;
      const name = day(pauseMs === null ? 91 : 2);
      const before = Date.now();
      await books.write(wanted(name, { wanted_time: new Date(before - sinceMs) }));
      const { next_try_time, wanted_time } = await compare(name);
      assert.ok(wanted_time);
      const asked = { day: name, cursor: null, limit: 1 };
      const { under_way } = await service().getReconciliation(asked);
      assert.equal(under_way, pauseMs !== null);
      if (pauseMs === null) return assert.equal(next_try_time, null);
      const nextMs = Number(next_try_time) - pauseMs;
      // It grows with the time that the try itself took.
      const grownMs = (Date.now() - before) * 1.1;
      assert.ok(before <= nextMs && nextMs <= before + grownMs, `${nextMs - before}`);
    });
  }

  test('says nothing of a file that is gone before all of it was read, and waits', async () => {
    const name = day(3);
    const paid = aPayment('1', at(name, hour));
    const half = { bill_hash: 'a'.repeat(40), bill_rows: 2, next_row: 1 };
    await books.write(paid, wanted(name, half));
    const isWaiting = async () => {
      const row = await compare(name);
      assert.deepEqual([row.state, row.compared_time], ['WAITING', null]);
      assert.ok(row.next_try_time && row.reason);
      assert.deepEqual(await books.room.database.statements((m) => m.find(FindingRow)), []);
    };
    await isWaiting();
    pay.instead = { outcome: 'changed', bill_hash: 'b'.repeat(40) };
    await isWaiting();
    pay.instead = undefined;
    await isWaiting();
    pay.bills.set(name, [billOf(paid)]);
    assert.equal((await compare(name)).state, 'MATCHED');
  });

  test('keeps a file in pieces that a column takes, and gives none of half a file', async () => {
    const name = day(4);
    const file = [randomBytes(150_000), randomBytes(10)];
    const bill = [billOf(aPayment('1', at(name, hour)))];
    pay.bills.set(name, bill);
    pay.bytes = ({ offset }) => ({
      ...{ outcome: 'success', bill_hash: hashOf(bill) },
      gzip_base64: (file[offset] ?? Buffer.alloc(0)).toString('base64'),
      next_offset: offset === 0 ? 1 : null,
    });
    pay.fundflow = unknown;
    await books.write(aPayment('1', at(name, hour)), wanted(name));
    assert.equal((await compare(name)).kept_time, null);
    pay.fundflow = { outcome: 'none' };
    assert.ok((await compare(name)).kept_time);
    // What was kept of one file is not fetched again for the other one.
    assert.equal(pay.asked.filter((what) => what === 'bytes of trade').length, 2);

    const read = async () => {
      const pieces: Buffer[] = [];
      for (let piece: number | null = 0; piece !== null; ) {
        const told = await service().billFile({ day: name, kind: 'trade', piece });
        assert.equal(told.bill_hash, hashOf(bill));
        pieces.push(Buffer.from(told.bytes_base64, 'base64'));
        piece = told.next_piece;
      }
      return pieces;
    };
    const pieces = await read();
    assert.deepEqual(Buffer.concat(pieces), Buffer.concat(file));
    assert.deepEqual(
      pieces.map(({ length }) => length),
      [60_000, 60_000, 30_000, 10],
    );
    await books.room.database.statements((m) => m.delete(BillFileRow, { day: name, piece: -1 }));
    const noFile = (error: unknown) =>
      error instanceof AppError && error.code === 'reconciliation/no-file';
    await assert.rejects(read(), noFile);
    const cut = service().billFile({ day: name, kind: 'trade', piece: 3 });
    await assert.rejects(cut, noFile);
  });

  test('takes back what was in no bill once one has it, also the neighbour’s', async () => {
    const [name, next] = [day(6), day(5)];
    const late = aPayment('1', at(next, -minute / 2));
    const whole = aPayment('2', at(name, hour));
    await books.write(late, whole, wanted(name), wanted(next));
    pay.bills.set(name, []);
    const states = async () => {
      const rows = await Promise.all([name, next].map(rowOf));
      const standing = { ended: IsNull() };
      const found = await books.room.database.statements((m) => m.findBy(FindingRow, standing));
      const alarms = await books.room.database.statements((m) => m.find(AnomalyRow));
      return {
        days: rows.map(({ state }) => state),
        found: found.map((row) => `${row.day} ${row.out_trade_no}`).sort(),
        open: alarms.filter(({ state }) => state === 'OPEN').map((row) => row.out_trade_no),
      };
    };
    for (const each of [name, next]) await compare(each);
    const differs = {
      days: ['DIFFERENT', 'DIFFERENT'],
      found: [`${name} 2`, `${next} 1`],
      open: ['2', '1'],
    };
    assert.deepEqual(await states(), differs);

    pay.bills.set(name, [billOf(late), billOf(whole)]);
    await service().reconcile({ day: name });
    await compare(name);
    assert.deepEqual(await states(), { days: ['MATCHED', 'NO_BILL'], found: [], open: [] });

    // And if the next file has lost them again, somebody hears of it again.
    pay.bills.set(name, []);
    await service().reconcile({ day: name });
    await compare(name);
    const { found, open } = await states();
    assert.deepEqual(
      [found, open.sort()],
      [
        [`${name} 1`, `${name} 2`],
        ['1', '2'],
      ],
    );
  });
});
