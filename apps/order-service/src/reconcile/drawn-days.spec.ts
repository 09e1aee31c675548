import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { payService } from '@saoma/contracts/pay';
import { Like } from 'typeorm';
import { Seeded } from '../../../../test/proof/seeded';
import { type Handlers, Peer } from '../../../../test/support/peer';
import { freePort } from '../../../../test/support/ports';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { OrderRow } from '../ledger/order.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { entities } from '../schema/schema';
import { onEachDatabase } from '../schema/spec-kit';
import { OrderRoom } from '../spec-kit';
import { dayOf, daysAfter } from './bill-day';
import { DrawnDays } from './drawn.spec-kit';
import { shuffle } from './drawn-moments.spec-kit';
import { Reconciliation } from './reconciliation';
import { FindingRow, ReconciliationRow } from './reconciliation.entity';

/** `RECONCILED_DAYS=10000` and a seed of its own make it a long run. */
const { RECONCILED_DAYS = '200', RECONCILED_SEED } = process.env;
const daysInAll = Number(RECONCILED_DAYS);
const seed = Number(RECONCILED_SEED ?? Math.floor(Math.random() * 2 ** 31));

const totals = {
  ...{ order_fee: 0, refund_fee: 0, settlement_fee: 0, settlement_refund_fee: 0 },
  ...{ coupon_refund_fee: 0, service_fee: 0 },
};

/** A pay service that has drawn bills, a few rows at a time, and sometimes none at all. */
class DrawnPay {
  drawn: DrawnDays | undefined;
  /** Days whose file is cut short. */
  refused = new Set<string>();
  /** Fails so many times before it gives a page. */
  troubles = 0;
  pageMax = 3;
  /** Called before a page is given. */
  onPage: () => Promise<void> = async () => undefined;

  readonly handlers: Handlers<typeof payService> = {
    billRows: async ({ day, from_row }) => {
      await this.onPage();
      if (this.troubles > 0) {
        this.troubles -= 1;
        return { outcome: 'unknown', reason: 'no answer' };
      }
      const rows = this.drawn?.bills.get(day) ?? [];
      if (this.refused.has(day)) return { outcome: 'refused', reason: 'cut' };
      if (rows.length === 0) return { outcome: 'none' };
      const next = from_row + this.pageMax;
      return {
        outcome: 'success',
        bill_hash: hashOf(rows),
        rows: rows.slice(from_row, next),
        next_row: next < rows.length ? next : null,
        totals: { rows: rows.length, ...totals },
      };
    },
    billBytes: ({ day }) => ({
      outcome: 'success',
      bill_hash: hashOf(this.drawn?.bills.get(day) ?? []),
      gzip_base64: gzipSync(day).toString('base64'),
      next_offset: null,
    }),
    fundflow: () => ({ outcome: 'none' }),
    queryPayStatus: ({ out_trade_no }) =>
      this.drawn?.answerOf(out_trade_no) ?? { outcome: 'unknown', reason: '' },
    queryRefund: ({ out_refund_no }) =>
      this.drawn?.answerOfRefund(out_refund_no) ?? { outcome: 'unknown', reason: '' },
  };
}

const hashOf = (rows: readonly unknown[]) =>
  createHash('sha1').update(JSON.stringify(rows)).digest('hex');

onEachDatabase(`drawn days, seed ${seed}`, (bench) => {
  const pay = new DrawnPay();
  let peer: Peer;
  let rooms: OrderRoom[];

  test.before(async () => {
    peer = new Peer(payService, pay.handlers, await freePort());
    await peer.start();
    const env = { PAY_RPC: `tcp://127.0.0.1:${peer.port}` };
    const room = await OrderRoom.open(bench, { env });
    rooms = [room, await room.instance(2)];
  });
  test.after(async () => {
    for (const room of rooms.reverse()) await room.close();
    await peer.stop();
  });

  const rowsOf = <T>(ask: Parameters<OrderRoom['database']['statements']>[0]) =>
    rooms[0]?.database.statements(ask) as Promise<T>;

  async function empty(): Promise<void> {
    await rowsOf(async (manager) => {
      for (const entity of entities) {
        const { tableName } = manager.dataSource.getMetadata(entity);
        if (tableName !== 'tb_worker' && tableName !== 'tb_item') {
          await manager.query(`DELETE FROM ${tableName}`);
        }
      }
    });
  }

  const carryOn = async (room: OrderRoom | undefined, day: string) => {
    const row = await rowsOf<ReconciliationRow>((m) =>
      m.findOneByOrFail(ReconciliationRow, { day }),
    );
    await room?.get(Reconciliation).carryOn(row);
    return rowsOf<ReconciliationRow>((m) => m.findOneByOrFail(ReconciliationRow, { day }));
  };

  const want = (day: string) =>
    rowsOf((m) => m.save(ReconciliationRow, ReconciliationRow.wanted(day, new Date())));
  const wantAgain = (day: string) =>
    rowsOf((m) => m.update(ReconciliationRow, { day }, { wanted_time: new Date() }));

  const findings = () =>
    rowsOf<FindingRow[]>((m) => m.find(FindingRow, { order: { finding_id: 'ASC' } }));

  /** Two instances at once; the first stands still before one of its pages until the other ends. */
  async function race(day: string, pages: number): Promise<void> {
    let [count, release] = [0, (): void => undefined];
    const still = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isThere = (): void => undefined;
    const stands = new Promise<void>((resolve) => {
      isThere = resolve;
    });
    pay.onPage = async () => {
      count += 1;
      if (count !== pages) return;
      isThere();
      await still;
    };
    const first = carryOn(rooms[0], day);
    await Promise.race([stands, first]);
    pay.onPage = async () => undefined;
    await carryOn(rooms[1], day);
    release();
    await first;
  }

  async function compare(draw: Seeded, drawn: DrawnDays, day: string): Promise<void> {
    await want(day);
    if (draw.chance(15)) {
      // A former file lacks some of the rows.
      const whole = drawn.bills.get(day) ?? [];
      drawn.bills.set(
        day,
        whole.filter(() => draw.chance(60)),
      );
      await carryOn(rooms[0], day);
      drawn.bills.set(day, whole);
      await wantAgain(day);
    }
    pay.pageMax = 1 + draw.below(4);
    pay.troubles = draw.below(3);
    if (draw.chance(20)) await race(day, 1 + draw.below(4));
    for (let tries = 0; tries < 12; tries += 1) {
      const { wanted_time, state } = await carryOn(draw.pick(rooms), day);
      if (wanted_time === null || state === 'REFUSED') break;
    }
    if (!draw.chance(20)) return;
    const before = await findings();
    await wantAgain(day);
    await carryOn(draw.pick(rooms), day);
    const ids = (rows: readonly FindingRow[]) => rows.map(({ finding_id }) => finding_id);
    if (!pay.refused.has(day)) assert.deepEqual(ids(await findings()), ids(before));
  }

  async function check(drawn: DrawnDays, days: readonly string[]): Promise<void> {
    const compared = days.filter((day) => !pay.refused.has(day));
    const isJudged = (some: readonly string[]) => some.every((day) => compared.includes(day));
    const wanted = drawn.expected.filter((one) => isJudged(one.days));
    const found = (await findings()).filter(({ kind }) => kind !== 'TOTALS');
    const told = found.map((row) => `${row.kind} ${row.out_refund_no || row.out_trade_no}`);
    const names = wanted.map(({ kind, number }) => `${kind} ${number}`);
    assert.deepEqual(told.sort(), names.sort());

    const kind = Like('bill-%');
    const alarms = await rowsOf<AnomalyRow[]>((m) => m.findBy(AnomalyRow, { kind: kind as never }));
    const alarmed = alarms
      .filter((row) => row.kind !== 'bill-totals')
      .map((row) => (/-op-/.test(row.transaction_id) ? row.transaction_id : row.out_trade_no));
    const loud = wanted.filter(({ alarm }) => alarm).map(({ number }) => number);
    assert.deepEqual(alarmed.sort(), loud.sort());

    const back = drawn.healed.filter((one) => isJudged(one.days)).map(({ number }) => number);
    for (const out_trade_no of back) {
      const row = await rowsOf<PayLogRow>((m) => m.findOneByOrFail(PayLogRow, { out_trade_no }));
      assert.ok(row.trade_state === '1' || row.reserved_fee === row.total_fee, out_trade_no);
    }
    for (const day of days) {
      const { state } = await rowsOf<ReconciliationRow>((m) =>
        m.findOneByOrFail(ReconciliationRow, { day }),
      );
      const some = found.some((row) => row.day === day);
      const quiet = (drawn.bills.get(day) ?? []).length === 0 ? 'NO_BILL' : 'MATCHED';
      assert.equal(state, pay.refused.has(day) ? 'REFUSED' : some ? 'DIFFERENT' : quiet);
    }
  }

  test('every difference is found, and none is invented', async () => {
    const draw = new Seeded(seed);
    for (let done = 0; done < daysInAll; ) {
      const first = daysAfter(dayOf(new Date()), -80 + draw.below(70));
      const days = Array.from({ length: 1 + draw.below(3) }, (_, n) => daysAfter(first, n));
      const drawn = new DrawnDays(draw, days);
      await empty();
      await rowsOf(async (manager) => {
        await manager.insert(PayLogRow, drawn.payments);
        await manager.insert(OrderRow, drawn.orders);
        await manager.insert(RefundRow, drawn.refunds);
      });
      pay.drawn = drawn;
      pay.refused = new Set(days.filter(() => draw.chance(5)));
      const order = draw.chance(70) ? [...days] : shuffle(draw, [...days]);
      for (const day of order) await compare(draw, drawn, day);
      await check(drawn, days).catch((error: Error) => {
        const place = `seed ${seed}, after ${done} days, on ${order}`;
        throw new Error(`${place}: ${error.message}`, { cause: error });
      });
      done += days.length;
    }
  });
});
