import assert from 'node:assert/strict';
import test from 'node:test';
import { migrate } from './migrate';
import { migrations } from './migrations';
import { onEachDatabase } from './spec-kit';

onEachDatabase('migrations', (bench) => {
  test('lead to exactly the tables that the code sees', async () => {
    const { source } = await bench.migrated();
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    assert.deepEqual(
      upQueries.map(({ query }) => query),
      [],
    );
  });

  test('can be repeated, and lose no row', async () => {
    const { source } = await bench.migrated();
    const insert = "INSERT INTO tb_worker VALUES (7, 'somebody', '2026-01-01 00:00:00.000')";
    await source.query(insert);
    await migrate(source);
    const again = await bench.source(
      source.options.type === 'mariadb'
        ? { kind: 'mariadb', url: bench.mariadb.url(String(source.options.database)) }
        : { kind: 'sqlite', file: String(source.options.database) },
    );
    await migrate(again);
    const rows = await again.query('SELECT worker_id FROM tb_worker');
    assert.deepEqual([...rows], [{ worker_id: 7 }]);
    assert.equal((await again.query('SELECT * FROM migrations')).length, migrations.length);
  });

  test('can be taken back', async () => {
    const { source } = await bench.migrated();
    for (const _ of migrations) await source.undoLastMigration({ transaction: 'none' });
    await migrate(source);
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    assert.equal(upQueries.length, 0);
  });

  if (bench.kind === 'sqlite') return;

  test('run from five hosts at once happen once', async () => {
    const address = await bench.newAddress();
    const hosts = await Promise.all([1, 2, 3, 4, 5].map(() => bench.source(address)));
    await Promise.all(hosts.map((source) => migrate(source)));
    const [source] = hosts;
    assert.equal((await source?.query('SELECT * FROM migrations'))?.length, migrations.length);
  });

  test('are finished by the next host after one died in the middle', async () => {
    const { source } = await bench.migrated();
    const address = {
      kind: 'mariadb',
      url: bench.mariadb.url(`${source.options.database}`),
    } as const;
    await source.query('DROP TABLE tb_worker, tb_paylog');
    await source.query('DELETE FROM migrations');
    const next = await bench.source(address);
    await migrate(next);
    assert.equal((await next.driver.createSchemaBuilder().log()).upQueries.length, 0);
  });

  for (const charset of ['latin1', 'utf8mb4 COLLATE utf8mb4_general_ci']) {
    test(`give every text the exact collation in a database of ${charset}`, async () => {
      const address = await bench.newAddress();
      const source = await bench.source(address);
      await source.query(`ALTER DATABASE ${source.options.database} CHARACTER SET ${charset}`);
      await migrate(source);
      const columns = await source.query(
        `SELECT DISTINCT collation_name AS name FROM information_schema.columns
          WHERE table_schema = DATABASE() AND table_name LIKE 'tb!_%' ESCAPE '!'
          AND collation_name IS NOT NULL`,
      );
      assert.deepEqual(
        columns.map((row: { name: string }) => row.name),
        ['utf8mb4_nopad_bin'],
      );
      assert.equal((await source.driver.createSchemaBuilder().log()).upQueries.length, 0);
    });
  }
});
