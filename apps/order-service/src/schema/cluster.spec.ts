import assert from 'node:assert/strict';
import test from 'node:test';
import { createLog, useNestLog } from '@saoma/platform/log';
import type { GaleraNode } from '../../../../test/support/galera';
import { onCluster } from './cluster.spec-kit';
import { migrate } from './migrate';
import { inTurn } from './migration-turn';
import { migrations } from './migrations';

const turnMsMax = 60_000;

onCluster('migrations', (bench) => {
  useNestLog(createLog('spec', 'silent'));

  test('run from three hosts, each at a node of its own, happen once', async () => {
    const { galera } = bench;
    const name = await galera.newDatabase();
    const hosts = await Promise.all(galera.nodes.map((node) => bench.source(name, [node])));
    const run = await Promise.all(hosts.map((source) => migrate(source)));
    assert.deepEqual(run.map((names) => names.length).sort(), [0, 0, migrations.length]);
    for (const source of hosts) {
      assert.equal((await source.query('SELECT * FROM migrations')).length, migrations.length);
      assert.equal((await source.driver.createSchemaBuilder().log()).upQueries.length, 0);
    }
  });

  test('are one host’s at a time, and nobody is refused for having come at once', async () => {
    const { galera } = bench;
    const names = await Promise.all(Array.from({ length: 8 }, () => galera.newDatabase()));
    const turns = async (name: string) => {
      const inside = new Set<number>();
      const host = async (node: GaleraNode, at: number) => {
        const runner = (await bench.source(name, [node])).createQueryRunner();
        await inTurn(runner, turnMsMax, async () => {
          assert.deepEqual([...inside], []);
          inside.add(at);
          await runner.query('SELECT 1');
          inside.delete(at);
        });
        await runner.release();
      };
      await Promise.all(galera.nodes.map(host));
    };
    await Promise.all(names.map(turns));
  });

  test('are finished by another host after one has died in its turn', async () => {
    const { galera } = bench;
    const [first, second] = galera.nodes;
    const name = await bench.newDatabase();
    await first.query("UPDATE tb_migrator SET owner = 'gone'", { database: name });
    await first.query('DROP TABLE tb_worker', { database: name });
    await first.query('DELETE FROM migrations', { database: name });
    const source = await bench.source(name, [second]);
    assert.equal((await migrate(source)).length, migrations.length);
    assert.equal((await source.driver.createSchemaBuilder().log()).upQueries.length, 0);
  });
});
