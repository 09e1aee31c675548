import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import test, { after, before } from 'node:test';
import SqliteFile from 'libsql';
import { close } from './connect';
import { DatabaseBench } from './spec-kit';

const bench = new DatabaseBench('sqlite');
before(() => bench.start());
after(() => bench.stop());

test('after a clean stop everything is in the SQLite file itself, also with a reader', async () => {
  const { source } = await bench.migrated();
  const file = String(source.options.database);
  const reader = new SqliteFile(file, { readonly: true });
  const statement = reader.prepare('SELECT COUNT(*) AS count FROM tb_item');
  const count = () => (statement.get([]) as { count: number }).count;
  assert.equal(count(), 0);
  await source.query("INSERT INTO tb_item VALUES ('1', 'a', 'tea', 5990, '', '1')");
  assert.ok(statSync(`${file}-wal`).size > 0);
  await close(source);
  assert.equal(statSync(`${file}-wal`).size, 0);
  assert.equal(count(), 1);
  reader.close();
});
