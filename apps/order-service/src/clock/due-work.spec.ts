import assert from 'node:assert/strict';
import test from 'node:test';
import { AppError } from '@saoma/contracts/errors';
import { createLog, useNestLog } from '@saoma/platform/log';
import { until } from '../../../../test/support/until';
import { Database } from '../database/database';
import { DeliveryRow } from '../ledger/delivery.entity';
import { onEachDatabase } from '../schema/spec-kit';
import { DueWork } from './due-work';

const message = (number: number): DeliveryRow => ({
  event_id: String(1_000 + number),
  out_trade_no: '1',
  type: 'order.paid',
  payload: '{}',
  state: 'PENDING',
  tries: 0,
  create_time: new Date(),
  next_try_time: new Date(0),
  last_error: null,
});

onEachDatabase('the work on due rows', (bench) => {
  useNestLog(createLog('spec', 'silent'));

  /** A database with so many due rows. */
  const aDatabase = async (rows: number) => {
    const { database, source } = await bench.migrated();
    const messages = Array.from({ length: rows }, (_, number) => message(number));
    await database.statements((manager) => manager.insert(DeliveryRow, messages));
    return { database, source };
  };
  const works: DueWork<DeliveryRow>[] = [];
  test.afterEach(() => Promise.all(works.splice(0).map((work) => work.stop())));
  const workOn = (database: Database, work: (row: DeliveryRow) => Promise<void>, more = {}) => {
    const due = new DueWork(database, {
      name: 'deliveries',
      table: DeliveryRow,
      key: 'event_id',
      due: 'next_try_time',
      where: { state: 'PENDING' },
      tickMs: 10,
      inFlightMax: 5,
      startsPerSecondMax: 10_000,
      work,
      ...more,
    });
    works.push(due);
    return due;
  };

  test('two instances share the rows: each is begun once, few at the same time', async () => {
    const { database, source } = await aDatabase(60);
    const begun: string[] = [];
    let running = 0;
    let most = 0;
    const work = async ({ event_id }: DeliveryRow) => {
      begun.push(event_id);
      running += 1;
      most = Math.max(most, running);
      await database.statements((manager) =>
        manager.update(DeliveryRow, { event_id }, { state: 'DELIVERED' }),
      );
      running -= 1;
    };
    for (const instance of [database, new Database(source)]) workOn(instance, work).start();
    await until('all to be done', () => begun.length >= 60 && running === 0);
    await Promise.all(works.map((each) => each.stop()));
    assert.equal(new Set(begun).size, 60);
    assert.equal(begun.length, 60);
    assert.ok(most <= 10, `${most} at the same time`);
  });

  test('however many are due, so many are begun and no more until one ends', async () => {
    const { database } = await aDatabase(20);
    const ends: (() => void)[] = [];
    const work = workOn(database, () => new Promise((resolve) => ends.push(resolve)));
    work.start();
    await until('the first five', () => ends.length === 5);
    ends[0]?.();
    await until('the sixth', () => ends.length === 6);
    const claimed = await database.statements((manager) => manager.findBy(DeliveryRow, {}));
    assert.equal(claimed.filter(({ next_try_time }) => Number(next_try_time) > 0).length, 6);
    for (const end of ends) end();
    await work.stop();
  });

  test('a flood is begun at its pace: a tick takes its part of a second', async () => {
    const { database } = await aDatabase(50);
    const perTick: number[] = [];
    let begun = 0;
    const pace = { tickMs: 100, inFlightMax: 50, startsPerSecondMax: 30 };
    const work = workOn(
      database,
      async () => {
        if (begun === 0) setImmediate(() => perTick.push(begun));
        begun += 1;
      },
      pace,
    );
    work.start();
    await until('the first tick', () => perTick.length === 1);
    await work.stop();
    assert.deepEqual(perTick, [3]);
  });

  test('a row whose work failed, or whose worker died, falls due again', async () => {
    const { database } = await aDatabase(1);
    let tries = 0;
    const work = workOn(database, async () => {
      tries += 1;
      throw new Error('not today');
    });
    work.start();
    await until('the first try', () => tries === 1);
    const [row] = await database.statements((manager) => manager.find(DeliveryRow));
    assert.ok(Number(row?.next_try_time) > Date.now(), 'it is left alone for a while');
    await database.statements((manager) =>
      manager.update(DeliveryRow, { event_id: '1000' }, { next_try_time: new Date(0) }),
    );
    await until('the second try', () => tries === 2);
    await work.stop();
  });

  test('what failed because something was away is soon tried again', async () => {
    const { database } = await aDatabase(1);
    let tries = 0;
    const work = workOn(database, async () => {
      tries += 1;
      if (tries === 1) throw new AppError('service/unavailable');
    });
    work.start();
    await until('the second try', () => tries === 2);
    await work.stop();
  });

  test('a claim whose commit was not answered is given back', async () => {
    const { database } = await aDatabase(1);
    let claims = 0;
    const deaf = Object.create(database, {
      settling: {
        value: {
          ...database.settling,
          transaction: async (work: Parameters<Database['transaction']>[0]) => {
            const done = await database.transaction(work);
            claims += 1;
            if (claims === 1) throw new AppError('service/unavailable');
            return done;
          },
        },
      },
    });
    let begun = 0;
    const work = workOn(deaf, async () => {
      begun += 1;
    });
    work.start();
    await until('the row to be begun', () => begun === 1);
    await work.stop();
  });

  test('a stop begins nothing new and waits for what is under way', async () => {
    const { database } = await aDatabase(20);
    const ends: (() => void)[] = [];
    const work = workOn(database, () => new Promise((resolve) => ends.push(resolve)));
    work.start();
    await until('the first five', () => ends.length === 5);
    let stopped = false;
    const stopping = work.stop().then(() => {
      stopped = true;
    });
    for (const end of ends.slice(1)) end();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(stopped, false);
    ends[0]?.();
    await stopping;
    assert.equal(ends.length, 5);
  });

  test('after the clock was set back, what was due by its old time is begun', async () => {
    const { database } = await aDatabase(3);
    const eightHours = 8 * 3_600_000;
    await database.statements((manager) =>
      manager.update(
        DeliveryRow,
        { state: 'PENDING' },
        { next_try_time: new Date(Date.now() + eightHours) },
      ),
    );
    const begun: string[] = [];
    const due = workOn(database, async ({ event_id }) => void begun.push(event_id));
    due.bringForward();
    due.start();
    await until('all to be begun', () => begun.length >= 3);
  });
});
