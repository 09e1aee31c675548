import assert from 'node:assert/strict';
import test from 'node:test';
import type { AppError } from '@saoma/contracts/errors';
import type { EntityManager } from 'typeorm';
import { TcpProxy } from '../../../../test/support/tcp-proxy';
import { until } from '../../../../test/support/until';
import { ItemRow } from '../catalogue/item.entity';
import { patientSource } from '../schema/connect';
import { migrate } from '../schema/migrate';
import { onEachDatabase } from '../schema/spec-kit';
import { Database } from './database';
import { isDuplicate } from './database-errors';

const tea = { seller_id: 'chaye', title: '龙井茶', price: 5990, image: '', on_sale: '1' } as const;
const item = (item_id: string): ItemRow => ({ item_id, ...tea });
const put = (item_id: string) => (manager: EntityManager) => manager.insert(ItemRow, item(item_id));
const count = (manager: EntityManager) => manager.count(ItemRow);
const unavailable = { code: 'service/unavailable' };

onEachDatabase('units of work', (bench) => {
  test('50 parallel transactions and reads do not disturb each other', async () => {
    const { database } = await bench.migrated();
    const works = Array.from({ length: 50 }, (_, index) =>
      database.transaction(async (manager) => {
        await manager.insert(ItemRow, item(`${index}`));
        await manager.insert(ItemRow, item(`${1000 + index}`));
        if (index % 2 === 1) throw new Error('undone');
        return index;
      }),
    );
    const reads = Array.from({ length: 50 }, () => database.statements(count));
    const results = await Promise.allSettled(works);
    await Promise.all(reads);
    assert.equal(results.filter((result) => result.status === 'fulfilled').length, 25);
    assert.equal(await database.statements(count), 50, 'all or nothing');
  });

  test('a plain write beside a transaction that is undone stays', async () => {
    const { database } = await bench.migrated();
    const undone = database.transaction(async (manager) => {
      await manager.insert(ItemRow, item('1'));
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error('undone');
    });
    const plain = database.statements(put('2'));
    await assert.rejects(undone, /undone/);
    await plain;
    const rows = await database.statements((manager) => manager.find(ItemRow));
    assert.deepEqual(
      rows.map((row) => row.item_id),
      ['2'],
    );
  });

  test('a unique key that is there already is told as a duplicate, others are not', async () => {
    const { database } = await bench.migrated();
    await database.statements(put('1'));
    const again = (error: unknown) => isDuplicate(error);
    await assert.rejects(database.statements(put('1')), again);
    await assert.rejects(database.transaction(put('1')), again);
    const wrong = database.statements((manager) => manager.query('SELECT nothing FROM nowhere'));
    await assert.rejects(wrong, (error) => !isDuplicate(error));
  });

  test('settling is not kept waiting by shoppers', async () => {
    const { database } = await bench.migrated();
    let end = () => {};
    const open = new Promise<void>((resolve) => {
      end = resolve;
    });
    const order: string[] = [];
    // SQLite does one thing at a time: there settling is the next one.
    const shoppers = Array.from({ length: 30 }, () =>
      database.transaction(async (manager) => {
        await count(manager);
        if (order.length === 0 && database.hasRowLocks) await open;
        order.push('shopper');
      }),
    );
    const settling = database.settling.transaction(async (manager) => {
      await count(manager);
      order.push('settling');
    });
    await settling;
    assert.equal(order.indexOf('settling') <= 1, true);
    end();
    await Promise.all(shoppers);
  });

  test('text is compared byte for byte, blanks at the end included', async () => {
    const { database } = await bench.migrated();
    const seller = (seller_id: string) =>
      database.statements((manager) => manager.countBy(ItemRow, { seller_id }));
    await database.statements((manager) =>
      manager.insert(ItemRow, { ...item('1'), seller_id: 'Ä-1' }),
    );
    for (const other of ['ä-1', 'A-1', 'Ä-1 ', ' Ä-1', 'A\u0308-1']) {
      assert.equal(await seller(other), 0, JSON.stringify(other));
    }
    assert.equal(await seller('Ä-1'), 1);
  });

  test('whole fen come back exactly, up to the greatest safe integer', async () => {
    const { database } = await bench.migrated();
    const prices = [0, 1, 6810, 100_000_000, Number.MAX_SAFE_INTEGER];
    for (const [index, price] of prices.entries()) {
      await database.statements((manager) =>
        manager.insert(ItemRow, { ...item(`${index}`), price }),
      );
    }
    const rows = await database.statements((manager) => manager.find(ItemRow));
    assert.deepEqual(
      rows.map((row) => row.price),
      prices,
    );
  });

  if (bench.kind === 'sqlite') {
    test('another process that writes into the file disturbs no transaction', async () => {
      const address = await bench.newAddress();
      const [own, other] = [await bench.source(address), await bench.source(address)];
      await migrate(own);
      const [database, stranger] = [new Database(own), new Database(other)];
      const writes = () => stranger.statements(put('2'));
      let early: unknown;
      await database.transaction(async (manager) => {
        await count(manager);
        early = await writes().catch((error: unknown) => error);
        await put('1')(manager);
      });
      assert.equal((early as AppError).detail, 'the database is busy');
      await writes();
      assert.equal(await database.transaction(count), 2);
    });

    for (const code of ['SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT', 'SQLITE_LOCKED_SHAREDCACHE']) {
      test(`what ${code} has undone is done again, or said to be unavailable`, async () => {
        const { database } = await bench.migrated();
        const failing = (timesMax: number) => {
          let times = 0;
          return database.transaction(async (manager) => {
            await put(`${timesMax}`)(manager);
            times += 1;
            if (times <= timesMax) throw Object.assign(new Error('database is locked'), { code });
          });
        };
        await failing(2);
        await assert.rejects(failing(3), unavailable);
        assert.equal(await database.statements(count), 1);
      });
    }
    return;
  }

  test('every connection is strict, in UTC, READ COMMITTED from its first statement', async () => {
    const source = await bench.source(await bench.newAddress());
    const asked = Array.from({ length: 10 }, () =>
      source.query(
        `SELECT CONNECTION_ID() AS id, @@time_zone AS zone, @@sql_mode AS mode,
          @@tx_isolation AS isolation, @@innodb_lock_wait_timeout AS wait, SLEEP(0.05)`,
      ),
    );
    const rows = (await Promise.all(asked)).flat();
    assert.equal(new Set(rows.map((row) => row.id)).size, 10);
    for (const row of rows) {
      assert.equal(row.zone, '+00:00');
      assert.match(row.mode, /STRICT_ALL_TABLES/);
      assert.equal(row.isolation, 'READ-COMMITTED');
      assert.equal(Number(row.wait), 1);
    }
  });

  test('a text that is too long is refused, never cut', async () => {
    const { database } = await bench.migrated();
    const long = database.statements((m) =>
      m.insert(ItemRow, { ...item('1'), title: 'x'.repeat(201) }),
    );
    await assert.rejects(long, { code: 'ER_DATA_TOO_LONG' });
    assert.equal(await database.statements(count), 0);
  });

  test('of two transactions that lock each other both get through', async () => {
    const { database } = await bench.migrated();
    await database.statements(put('1'));
    await database.statements(put('2'));
    let met = 0;
    const cross = (first: string, second: string) =>
      database.transaction(async (manager) => {
        await manager.update(ItemRow, { item_id: first }, { title: first });
        met += 1;
        if (met <= 2) await until('both to hold a row', () => met >= 2);
        await manager.update(ItemRow, { item_id: second }, { title: first });
      });
    await Promise.all([cross('1', '2'), cross('2', '1')]);
    assert.equal(met, 3, 'one of them was tried again');
  });

  test('a row that somebody keeps locked is unavailable, and no work stays half done', async () => {
    const { database, source } = await bench.migrated();
    await database.statements(put('1'));
    const patient = await patientSource(source).initialize();
    const holder = patient.createQueryRunner();
    await holder.startTransaction();
    await holder.manager.update(ItemRow, { item_id: '1' }, { title: 'held' });
    const work = database.transaction(async (manager) => {
      await manager.insert(ItemRow, item('2'));
      await manager.update(ItemRow, { item_id: '1' }, { title: 'wanted' });
    });
    await assert.rejects(work, unavailable);
    await patient.destroy();
    assert.equal(await database.statements(count), 1);
  });

  test('a silent server is unavailable and does not keep the connections', async (t) => {
    const { source, database } = await bench.migrated();
    const proxy = await TcpProxy.start(bench.mariadb.port);
    t.after(() => proxy.stop());
    const name = `${source.options.database}`;
    const url = `mariadb://root@127.0.0.1:${proxy.port}/${name}`;
    const far = new Database(await bench.source({ kind: 'mariadb', url }));
    await far.statements(count);
    proxy.blackHole();
    const writes = Array.from({ length: 12 }, (_, index) => far.transaction(put(`${index}`)));
    const results = await Promise.allSettled(writes);
    assert.equal(
      results.every(({ status }) => status === 'rejected'),
      true,
    );
    proxy.heal();
    assert.equal(await far.statements(count), 0);
    assert.equal(await database.statements(count), 0);
  });

  test('a connection that dies before it wrote is replaced, at COMMIT it is unknown', async (t) => {
    const { source, database } = await bench.migrated();
    const proxy = await TcpProxy.start(bench.mariadb.port);
    t.after(() => proxy.stop());
    const url = `mariadb://root@127.0.0.1:${proxy.port}/${source.options.database}`;
    const far = new Database(await bench.source({ kind: 'mariadb', url }));
    proxy.cutNextAnswer();
    assert.equal(await far.statements(count), 0);
    proxy.cutNextAnswer();
    await far.transaction(put('1'));
    let runs = 0;
    const unknown = far.transaction(async (manager) => {
      runs += 1;
      await manager.insert(ItemRow, item('2'));
      proxy.cutNextAnswer();
    });
    await assert.rejects(unknown, unavailable);
    assert.equal(runs, 1);
    assert.equal(await database.statements(count), 2);
  });

  test('a server that is away is unavailable; after its restart work goes on', async () => {
    const { database } = await bench.migrated();
    await Promise.all(Array.from({ length: 7 }, () => database.statements(count)));
    await bench.mariadb.kill();
    await assert.rejects(database.statements(count), unavailable);
    await assert.rejects(database.transaction(count), unavailable);
    await bench.mariadb.restart();
    assert.equal(await database.statements(count), 0);
    await database.transaction(put('1'));
    assert.equal(await database.statements(count), 1);
  });

  test('a server that has become read-only is unavailable, and found again', async () => {
    const { source } = await bench.migrated();
    const name = String(source.options.database);
    // An administrator may write all the same, so this is somebody else.
    await bench.mariadb.query(`CREATE OR REPLACE USER shop@'%'`);
    await bench.mariadb.query(`GRANT ALL ON ${name}.* TO shop@'%'`);
    const url = bench.mariadb.url(name).replace('root@', 'shop@');
    const database = new Database(await bench.source({ kind: 'mariadb', url }));
    await database.statements(put('1'));
    await bench.mariadb.query('SET GLOBAL read_only = 1');
    try {
      await assert.rejects(database.statements(put('2')), unavailable);
      await assert.rejects(database.transaction(put('2')), unavailable);
      assert.equal(await database.statements(count), 1);
    } finally {
      await bench.mariadb.query('SET GLOBAL read_only = 0');
    }
    await database.statements(put('2'));
  });

  test('a server that was restarted between two units of work is not noticed', async () => {
    const { database } = await bench.migrated();
    await Promise.all(Array.from({ length: 7 }, () => database.statements(count)));
    await bench.mariadb.kill();
    await bench.mariadb.restart();
    assert.equal(await database.statements(count), 0);
    await database.transaction(put('1'));
  });
});
