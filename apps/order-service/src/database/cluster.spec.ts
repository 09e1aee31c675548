import assert from 'node:assert/strict';
import test from 'node:test';
import { createLog, useNestLog } from '@saoma/platform/log';
import type { EntityManager } from 'typeorm';
import { Galera, type GaleraNode } from '../../../../test/support/galera';
import { Mariadb } from '../../../../test/support/mariadb';
import { freePort } from '../../../../test/support/ports';
import { until } from '../../../../test/support/until';
import { ItemRow } from '../catalogue/item.entity';
import { onCluster } from '../schema/cluster.spec-kit';
import { Database } from './database';
import { Hosts } from './hosts';
import { poolOf } from './pool';

const put = (item_id: string) => (manager: EntityManager) =>
  manager.insert(ItemRow, { item_id, seller_id: 'chaye', title: '', price: 1, image: '' });

interface Fault {
  readonly what: string;
  /** Nobody waits in vain: the node itself says that it has done nothing. */
  readonly isQuiet?: true;
  begin(node: GaleraNode): unknown;
  end(node: GaleraNode): unknown;
}
const faults: readonly Fault[] = [
  {
    what: 'takes no writes',
    isQuiet: true,
    begin: (node) => node.readOnly(true),
    end: (node) => node.readOnly(false),
  },
  {
    what: 'lags behind',
    isQuiet: true,
    begin: (node) => node.desync(true),
    end: (node) => node.desync(false),
  },
  {
    what: 'is silent',
    begin: (node) => node.signal('SIGSTOP'),
    end: (node) => node.signal('SIGCONT'),
  },
  { what: 'has died', begin: (node) => node.kill(), end: (node) => node.restart() },
  {
    what: 'has lost the others',
    begin: (node) => node.cutOff(true),
    end: (node) => node.cutOff(false),
  },
];

/** Shoppers who write as fast as they can, and remember what was certainly written. */
class Crowd {
  readonly written: string[] = [];
  failed = 0;
  private tries = 0;
  private isOver = false;
  private readonly shoppers: Promise<void>[];

  constructor(private readonly database: Database) {
    this.shoppers = [1, 2, 3, 4].map(() => this.write());
  }

  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.shoppers);
  }

  private async write(): Promise<void> {
    while (!this.isOver) {
      this.tries += 1;
      const id = String(this.tries);
      await this.database.transaction(put(id)).then(
        () => this.written.push(id),
        (error) => {
          assert.equal(error.code, 'service/unavailable', error);
          this.failed += 1;
        },
      );
    }
  }
}

onCluster('several hosts', (bench) => {
  useNestLog(createLog('spec', 'silent'));

  test('a node of no use is left at once, and no money that was written is lost', async (t) => {
    const { galera } = bench;
    const name = await bench.newDatabase();
    const source = await bench.source(name, galera.nodes);
    const database = new Database(source);
    const look = setInterval(() => database.probe().catch(() => undefined), 1_000);
    t.after(() => clearInterval(look));
    const used = () => galera.nodes.find(({ port }) => port === poolOf(source)?.hosts.host.port);
    assert.equal(used(), galera.nodes[0]);
    const crowd = new Crowd(database);
    t.after(() => crowd.end());
    for (const { what, isQuiet, begin, end } of faults) {
      const node = used();
      assert.ok(node);
      await begin(node);
      await until(`a node to be left that ${what}`, () => used() !== node);
      // The others write on once they have agreed that it is gone; a frozen one is thawed before.
      const moves = until('money to move', grows(crowd.written));
      if (what !== 'is silent') await moves;
      await end(node);
      await moves;
      if (isQuiet) assert.equal(crowd.failed, 0, what);
      await until('all to be well', () => galera.isWhole());
    }
    await crowd.end();
    for (const node of galera.nodes) {
      const rows = await node.run(['SET wsrep_sync_wait = 1', 'SELECT item_id FROM tb_item'], {
        database: name,
      });
      const there = new Set(rows.map(({ item_id }) => item_id));
      assert.deepEqual(
        crowd.written.filter((id) => !there.has(id)),
        [],
      );
    }
  });

  test('the preferred node is gone back to once it has been well for long enough', async () => {
    const { nodes } = bench.galera;
    const name = await bench.newDatabase();
    const [first, second] = nodes;
    const host = ({ port }: GaleraNode) => ({ host: '127.0.0.1', port });
    const options = { user: 'shop', database: name };
    const hosts = new Hosts(options, [host(first), host(second)], { wellMsMin: 300 });
    await hosts.meet();
    hosts.leave('nothing');
    assert.equal(hosts.host.port, second.port);
    assert.equal(await hosts.seek(true), false, 'it was seen to be well just once');
    for (const [begin, end] of [
      [() => first.desync(true), () => first.desync(false)],
      [() => first.readOnly(true), () => first.readOnly(false)],
    ] as const) {
      await begin();
      const before = performance.now();
      while (performance.now() < before + 700) assert.equal(await hosts.seek(true), false);
      await end();
      await until('it to be synced', () => first.isSynced());
    }
    await until('it to be gone back to', () => hosts.seek(true));
    assert.equal(hosts.host.port, first.port);
    assert.equal(await hosts.seek(true), false);
  });

  test('a host that is away, or takes no writes, at the start is no reason to wait', async (t) => {
    const [first, second] = bench.galera.nodes;
    const name = await bench.newDatabase();
    await first.readOnly(true);
    t.after(() => first.readOnly(false));
    const hosts = [{ port: await freePort() }, first, second];
    const source = await bench.source(name, hosts);
    assert.equal(poolOf(source)?.hosts.host.port, second.port);
    await new Database(source).transaction(put('1'));
  });

  test('servers that are not of one cluster are told, and not written to', async (t) => {
    const { galera } = bench;
    const name = await bench.newDatabase();
    const strangers = await Promise.all([Galera.single(), Mariadb.start()]);
    for (const stranger of strangers) {
      t.after(() => stranger.stop());
      await stranger.adopt(name);
      for (const hosts of [
        [galera.nodes[0], stranger],
        [stranger, galera.nodes[0]],
      ] as const) {
        await assert.rejects(bench.source(name, hosts), /must name servers of one cluster, but /);
      }
      assert.deepEqual(await stranger.query('SHOW TABLES', { database: name }), []);
    }
  });
});

function grows(written: readonly string[]): () => boolean {
  const before = written.length;
  return () => written.length > before + 8;
}
