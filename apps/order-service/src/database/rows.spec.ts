import assert from 'node:assert/strict';
import test from 'node:test';
import { EntityNotFoundError } from 'typeorm';
import { ItemRow } from '../catalogue/item.entity';
import { WorkerRow } from '../ids/worker.entity';
import { byNumber, PayLogRow } from '../ledger/pay-log.entity';
import { onEachDatabase } from '../schema/spec-kit';
import { findRow, findRows, insertRows, runUpdate } from './rows';

const item = (item_id: string, price = 5990): ItemRow => ({
  item_id,
  seller_id: 'chaye',
  title: '龙井茶',
  price,
  image: '',
  on_sale: '1',
});
const anywhere = { where: '1 = 1', values: {} };
const raise = 'UPDATE tb_item SET price = price + :more';

onEachDatabase('statements of our own', (bench) => {
  test('a name stands for a value or for a list of them, and may come again', async () => {
    const { source } = await bench.migrated();
    const { manager } = source;
    await insertRows(
      manager,
      ItemRow,
      ['1', '2', '3'].map((item_id) => item(item_id)),
    );
    const sql = `${raise} WHERE item_id IN (:ids) AND (:more > 0 OR item_id IN (:ids))`;
    assert.equal(await runUpdate(manager, sql, { more: 10, ids: ['1', '3', '9'] }), 2);
    assert.equal(
      await runUpdate(manager, `${raise} WHERE title = :title`, { more: 1, title: '?' }),
      0,
    );
    const rows = await findRows(manager, ItemRow, anywhere);
    assert.deepEqual(
      rows.map(({ price }) => price),
      [6000, 5990, 6000],
    );
  });

  test('a name without a value is refused before anything is sent; null is a value', async () => {
    const { source } = await bench.migrated();
    const { manager } = source;
    await manager.insert(ItemRow, item('1'));
    const sql = `${raise} WHERE COALESCE(:id, item_id) = item_id`;
    await assert.rejects(runUpdate(manager, sql, { more: 1 }), /no value for :id/);
    assert.equal(await runUpdate(manager, sql, { more: 1, id: null }), 1);
  });

  test('a moment is written and found to the millisecond, as TypeORM does it', async () => {
    const { source } = await bench.migrated();
    const { manager } = source;
    const worker = (worker_id: number) => ({
      worker_id,
      owner: 'spec',
      expire_time: new Date('2026-02-28T23:59:59.007Z'),
    });
    await manager.insert(WorkerRow, worker(101));
    await insertRows(manager, WorkerRow, [worker(102)]);
    const at = { where: 'expire_time = :at', values: { at: worker(101).expire_time } };
    const rows = [worker(101), worker(102)];
    assert.deepEqual(
      (await findRows(manager, WorkerRow, at)).map((row) => ({ ...row })),
      rows,
    );
    const found = await manager.findBy(WorkerRow, { owner: 'spec' });
    assert.deepEqual(
      found.map((row) => ({ ...row })),
      rows,
    );
  });

  test('rows come as TypeORM reads them: fen are numbers, what is missing is null', async () => {
    const { source } = await bench.migrated();
    const { manager } = source;
    const [create_time, out_trade_no] = [new Date(), '1'];
    const facts = { out_trade_no, user_id: 'anna', create_time, order_list: '2' };
    const money = { total_fee: Number.MAX_SAFE_INTEGER, ttl_ms: 1 };
    await insertRows(manager, PayLogRow, [PayLogRow.opened({ ...facts, ...money })]);
    const row = await findRow(manager, PayLogRow, byNumber(out_trade_no));
    assert.ok(row instanceof PayLogRow);
    assert.deepEqual(row, await manager.findOneBy(PayLogRow, { out_trade_no }));
    assert.deepEqual(row, PayLogRow.opened({ ...facts, ...money }));
  });

  test('where one row must be, none is an error', async () => {
    const { source } = await bench.migrated();
    const missing = findRow(source.manager, PayLogRow, byNumber('17'));
    await assert.rejects(missing, EntityNotFoundError);
    assert.deepEqual(await findRows(source.manager, PayLogRow, byNumber('17')), []);
  });
});
