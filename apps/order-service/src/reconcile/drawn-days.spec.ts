import assert from 'node:assert/strict';
import test from 'node:test';
import { Like } from 'typeorm';
import { Seeded } from '../../../../test/proof/seeded';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { OrderRow } from '../ledger/order.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { entities } from '../schema/schema';
import { onEachDatabase } from '../schema/spec-kit';
import { OrderRoom } from '../spec-kit';
import { dayOf, daysAfter } from './bill-day';
import { DrawnDays } from './drawn.spec-kit';
import { formerOf } from './drawn-former.spec-kit';
import { shuffle } from './drawn-moments.spec-kit';
import { DrawnPay } from './drawn-pay.spec-kit';
import { Reconciliation } from './reconciliation';
import { FindingRow, ReconciliationRow } from './reconciliation.entity';

/** `RECONCILED_DAYS=10000` and a seed of its own make it a long run. */
const { RECONCILED_DAYS = '70', RECONCILED_SEED } = process.env;
const daysInAll = Number(RECONCILED_DAYS);
const seed = Number(RECONCILED_SEED ?? Math.floor(Math.random() * 2 ** 31));

onEachDatabase(`drawn days, seed ${seed}`, (bench) => {
  const draw = new Seeded(seed);
  let pay: DrawnPay;
  let rooms: OrderRoom[];

  test.before(async () => {
    pay = await DrawnPay.start(draw);
    const env = { PAY_RPC: `tcp://127.0.0.1:${pay.port}` };
    const room = await OrderRoom.open(bench, { env });
    rooms = [room, await room.instance(2)];
  });
  test.after(async () => {
    for (const room of rooms.reverse()) await room.close();
    await pay.stop();
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

  /** It is compared until it has been, or is refused. */
  async function carryThrough(day: string): Promise<void> {
    for (let tries = 0; tries < 12; tries += 1) {
      const { wanted_time, state } = await carryOn(draw.pick(rooms), day);
      if (wanted_time === null || (state === 'REFUSED' && pay.spoilt.has(day))) break;
    }
  }

  async function compare(drawn: DrawnDays, day: string): Promise<void> {
    await want(day);
    if (draw.chance(15)) {
      // A former file lacks some of the rows, and is there no more in the middle of its reading.
      const whole = drawn.bills.get(day) ?? [];
      drawn.bills.set(
        day,
        whole.filter(() => draw.chance(60)),
      );
      const isWhole = async () => {
        drawn.bills.set(day, whole);
        pay.makesAnew();
      };
      let pages = draw.below(4);
      pay.onPage = async () => {
        pages -= 1;
        if (pages === 0) await isWhole();
      };
      await carryOn(rooms[0], day);
      pay.onPage = async () => undefined;
      await isWhole();
      await wantAgain(day);
    }
    const bill = drawn.bills.get(day) ?? [];
    if (bill.length > 0 && draw.chance(40)) {
      // Another file of the day was compared to its end, and all that it said was told.
      drawn.bills.set(day, formerOf(draw, drawn, day));
      pay.makesAnew();
      await carryThrough(day);
      drawn.bills.set(day, bill);
      pay.makesAnew();
      await wantAgain(day);
    }
    pay.pageMax = 1 + draw.below(4);
    pay.troubles = draw.below(3);
    if (draw.chance(20)) await race(day, 1 + draw.below(4));
    await carryThrough(day);
    if (pay.spoilt.has(day) && draw.chance(50)) {
      pay.spoilt.delete(day);
      pay.makesAnew();
      await carryThrough(day);
    }
    if (!draw.chance(20)) return;
    const before = await findings();
    await wantAgain(day);
    await carryOn(draw.pick(rooms), day);
    const ids = (rows: readonly FindingRow[]) => rows.map(({ finding_id }) => finding_id);
    if (!pay.spoilt.has(day)) assert.deepEqual(ids(await findings()), ids(before));
  }

  async function check(drawn: DrawnDays, days: readonly string[]): Promise<void> {
    assert.equal(pay.misread, undefined);
    const compared = days.filter((day) => !pay.spoilt.has(day));
    const isJudged = (some: readonly string[]) => some.every((day) => compared.includes(day));
    const wanted = drawn.expected.filter((one) => isJudged(one.days));
    const isStanding = ({ kind, ended }: FindingRow) => kind !== 'TOTALS' && ended === null;
    const found = (await findings()).filter(isStanding);
    const told = found.map((row) => `${row.kind} ${row.out_refund_no || row.out_trade_no}`);
    const names = wanted.map(({ kind, number }) => `${kind} ${number}`);
    assert.deepEqual(told.sort(), names.sort());

    const kind = Like('bill-%');
    const alarms = await rowsOf<AnomalyRow[]>((m) => m.findBy(AnomalyRow, { kind: kind as never }));
    const refusals = alarms.filter((row) => row.kind === 'bill-totals' && row.state === 'OPEN');
    const refused = days.filter((day) => pay.spoilt.has(day));
    assert.deepEqual(refusals.map((row) => row.out_trade_no).sort(), refused);
    const alarmed = alarms
      .filter((row) => row.kind !== 'bill-totals' && row.state === 'OPEN')
      .map((row) => (/-op-/.test(row.transaction_id) ? row.transaction_id : row.out_trade_no));
    const loud = wanted.filter(({ alarm }) => alarm).map(({ number }) => number);
    assert.deepEqual(alarmed.sort(), loud.sort());
    // What has ended by itself says why.
    for (const row of alarms) assert.equal(row.state === 'OPEN' || row.note !== '', true, row.kind);

    const back = drawn.healed.filter((one) => isJudged(one.days)).map(({ number }) => number);
    for (const out_trade_no of back) {
      const row = await rowsOf<PayLogRow>((m) => m.findOneByOrFail(PayLogRow, { out_trade_no }));
      assert.ok(row.trade_state === '1' || row.reserved_fee === row.total_fee, out_trade_no);
    }
    for (const { number, day } of drawn.adopted.filter((one) => isJudged([one.day]))) {
      const where = { out_refund_no: number };
      const row = await rowsOf<RefundRow>((m) => m.findOneByOrFail(RefundRow, where));
      assert.equal(row.bill_day, day, number);
    }
    for (const day of days) {
      const { state } = await rowsOf<ReconciliationRow>((m) =>
        m.findOneByOrFail(ReconciliationRow, { day }),
      );
      const some = found.some((row) => row.day === day);
      const quiet = (drawn.bills.get(day) ?? []).length === 0 ? 'NO_BILL' : 'MATCHED';
      assert.equal(state, pay.spoilt.has(day) ? 'REFUSED' : some ? 'DIFFERENT' : quiet);
    }
  }

  test('every difference is found, and none is invented', async () => {
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
      pay.has(drawn);
      for (const day of days) if (draw.chance(8)) pay.spoilt.add(day);
      const order = draw.chance(70) ? [...days] : shuffle(draw, [...days]);
      for (const day of order) await compare(drawn, day);
      await check(drawn, days).catch((error: Error) => {
        const place = `seed ${seed}, after ${done} days, on ${order}`;
        throw new Error(`${place}: ${error.message}`, { cause: error });
      });
      done += days.length;
    }
  });
});
