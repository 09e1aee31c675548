import assert from 'node:assert/strict';
import test from 'node:test';
import type { EntityManager } from 'typeorm';
import { TcpProxy } from '../../../../test/support/tcp-proxy';
import { until } from '../../../../test/support/until';
import { ItemRow } from '../catalogue/item.entity';
import { onEachDatabase } from '../schema/spec-kit';
import { Database } from './database';

const item: ItemRow = {
  item_id: '1',
  seller_id: 'chaye',
  title: '龙井茶',
  price: 5990,
  image: '',
  on_sale: '1',
};

/** Money waits no longer for locks that nobody holds any more. */
const healedMsMax = 5_000;

onEachDatabase('locks', (bench) => {
  if (bench.kind === 'sqlite') return;

  test('what a service had locked that is gone without a word is soon free', async (t) => {
    const { source, database } = await bench.migrated();
    await database.statements((manager) => manager.insert(ItemRow, item));
    const proxy = await TcpProxy.start(bench.mariadb.port);
    t.after(() => proxy.stop());
    const url = `mariadb://root@127.0.0.1:${proxy.port}/${source.options.database}`;
    const gone = new Database(await bench.source({ kind: 'mariadb', url }));
    const price = (fen: number) => (manager: EntityManager) =>
      manager.update(ItemRow, { item_id: '1' }, { price: fen });
    let isGone = false;
    const held = gone.transaction(async (manager) => {
      await price(1)(manager);
      proxy.silence();
      isGone = true;
    });
    const ended = assert.rejects(held, { code: 'service/unavailable' });
    await until('the service to be gone', () => isGone);
    await until('the row to be free', () => database.statements(price(2)), healedMsMax);
    await ended;
    const [row] = await database.statements((manager) => manager.find(ItemRow));
    assert.equal(row?.price, 2);
  });
});
