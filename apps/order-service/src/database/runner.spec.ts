import assert from 'node:assert/strict';
import test from 'node:test';
import type { DataSource, QueryRunner } from 'typeorm';
import { ItemRow } from '../catalogue/item.entity';
import { onEachDatabase, StatementCounter } from '../schema/spec-kit';

const item: ItemRow = {
  item_id: '1',
  seller_id: 'chaye',
  title: '龙井茶',
  price: 1,
  image: '',
  on_sale: '1',
};

const idOf = async (runner: QueryRunner) =>
  (await runner.query('SELECT CONNECTION_ID() AS id'))[0].id as string;

/** One piece of work after the other takes the same connection, unless that has been given up. */
async function idOfNext(source: DataSource): Promise<string> {
  const runner = source.createQueryRunner();
  await runner.startTransaction();
  try {
    return await idOf(runner);
  } finally {
    await runner.rollbackTransaction();
    await runner.release();
  }
}

onEachDatabase('transactions on a server', (bench) => {
  if (bench.kind === 'sqlite') return;

  test('nothing is sent to begin one, and it is one', async () => {
    const counter = new StatementCounter();
    const { source } = await bench.migrated(counter);
    counter.restart();
    await source.transaction(async (manager) => {
      await manager.insert(ItemRow, item);
      assert.deepEqual(await manager.query('SELECT @@in_transaction AS is_one'), [{ is_one: '1' }]);
    });
    assert.match(counter.statements.shift() ?? '', /^INSERT/);
    assert.deepEqual(counter.statements.at(-1), 'COMMIT');
    assert.equal(counter.statements.length, 3);
    const undone = source.transaction(async (manager) => {
      await manager.delete(ItemRow, { item_id: '1' });
      throw new Error('undone');
    });
    await assert.rejects(undone, /undone/);
    assert.equal(await source.manager.count(ItemRow), 1);
  });

  test('one within another is a savepoint, and is undone alone', async () => {
    const counter = new StatementCounter();
    const { source } = await bench.migrated(counter);
    await source.transaction(async (manager) => {
      await manager.insert(ItemRow, item);
      counter.restart();
      const inner = manager.transaction(async (same) => {
        await same.delete(ItemRow, { item_id: '1' });
        throw new Error('undone');
      });
      await assert.rejects(inner, /undone/);
      const [begin, , end] = counter.statements;
      assert.match(`${begin}, ${end}`, /^SAVEPOINT \w+, ROLLBACK TO SAVEPOINT \w+$/);
    });
    assert.equal(await source.manager.count(ItemRow), 1);
  });

  test('one with an isolation level of its own begins with that', async () => {
    const counter = new StatementCounter();
    const { source } = await bench.migrated(counter);
    counter.restart();
    await source.transaction('SERIALIZABLE', (manager) => manager.count(ItemRow));
    const [level, begin, , end] = counter.statements;
    assert.equal(level, 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE');
    assert.deepEqual([begin, end], ['START TRANSACTION', 'COMMIT']);
  });

  test('a connection whose rollback failed is given to nobody', async () => {
    const { source } = await bench.migrated();
    const id = await idOfNext(source);
    assert.equal(await idOfNext(source), id);
    const runner = source.createQueryRunner();
    await runner.startTransaction();
    assert.equal(await idOf(runner), id);
    await runner.startTransaction();
    await runner.query('RELEASE SAVEPOINT typeorm_1');
    await assert.rejects(runner.rollbackTransaction(), /SAVEPOINT typeorm_1 does not exist/);
    await runner.release();
    assert.notEqual(await idOfNext(source), id);
  });
});
