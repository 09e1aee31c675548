import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { DataSource } from 'typeorm';
import { hasMariadb, hasRedis } from '../../../../test/support/machine';
import { Mariadb } from '../../../../test/support/mariadb';
import { Redis } from '../../../../test/support/redis';
import { TcpProxy } from '../../../../test/support/tcp-proxy';
import { until } from '../../../../test/support/until';
import { CatalogueService } from '../catalogue/catalogue.service';
import { Database } from '../database/database';
import { SharedStore } from '../redis/shared-store';
import { dataSource, open } from '../schema/connect';
import { migrate } from '../schema/migrate';
import { OrderRoom } from '../spec-kit';
import { HealthService } from './health.service';

/** A database that an ordinary user writes to: an administrator may write to a read-only one. */
async function shopOn(mariadb: Mariadb, name: string): Promise<void> {
  await mariadb.query(`CREATE DATABASE ${name}`);
  await mariadb.query(`CREATE USER shop@'%'`);
  await mariadb.query(`GRANT ALL ON ${name}.* TO shop@'%'`);
}

if (hasMariadb && hasRedis) {
  describe('stores that change their role', () => {
    const name = 'saoma_health';
    let writer: Mariadb;
    let heir: Mariadb;
    let redis: Redis;
    let promoted: Redis;
    let toDatabase: TcpProxy;
    let toRedis: TcpProxy;
    let source: DataSource;
    let room: OrderRoom;
    let user = 0;

    before(async () => {
      [writer, heir] = [await Mariadb.start(), await Mariadb.start()];
      [redis, promoted] = [await Redis.start(), await Redis.start()];
      for (const mariadb of [writer, heir]) {
        await shopOn(mariadb, name);
        const url = mariadb.url(name).replace('root@', 'shop@');
        const source = await open(dataSource({ kind: 'mariadb', url }));
        await migrate(source);
        await source.destroy();
      }
      toDatabase = await TcpProxy.start(writer.port);
      toRedis = await TcpProxy.start(redis.port);
      const url = `mariadb://shop@127.0.0.1:${toDatabase.port}/${name}`;
      source = await open(dataSource({ kind: 'mariadb', url }));
      room = await OrderRoom.on(new Database(source), {
        REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
      });
      await room.get(CatalogueService).addDemoItems();
    });
    after(async () => {
      await room.close();
      await room.get(SharedStore).close();
      await source.destroy();
      await Promise.all([toDatabase.stop(), toRedis.stop()]);
      await Promise.all([writer, heir, redis, promoted].map((server) => server.stop()));
    });

    const troubles = async () =>
      (await room.get(HealthService).ready()).troubles.filter(({ way }) => way !== 'pay');
    const isWell = () => until('all ways are open', async () => (await troubles()).length === 0);
    const isTold = (way: string, why: RegExp) =>
      until(`trouble with the ${way}`, async () =>
        (await troubles()).some((trouble) => trouble.way === way && why.test(trouble.why)),
      );
    const checkout = () => {
      user += 1;
      return room.checkout(`shopper-${user}`);
    };
    const paymentsOn = async (mariadb: Mariadb) =>
      Number((await mariadb.query(`SELECT COUNT(*) AS n FROM ${name}.tb_paylog`))[0]?.n);

    test('a database that fails over is followed: nothing is sold on the old one', async () => {
      await isWell();
      await checkout();
      await writer.query('SET GLOBAL read_only = 1');
      await isTold('database', /takes no writes/);
      toDatabase.leadTo(heir.port);
      await isWell();
      // Its books are not the old one's: a real heir would have the catalogue.
      await room.get(CatalogueService).addDemoItems();
      const before = await paymentsOn(heir);
      await Promise.all([checkout(), checkout(), checkout()]);
      assert.equal(await paymentsOn(heir), before + 3);
      assert.equal(await paymentsOn(writer), 1);
    });

    test('a way to the database that goes silent is left for a new one', async () => {
      await checkout();
      toDatabase.silence();
      await until('a checkout goes through', () => checkout().then(() => true));
      await isWell();
    });

    test('a clock that is not the database’s is told, until the two agree again', async () => {
      const setTo = async (statement: string) => {
        // Of ordinary users every new connection begins with it.
        const sql = `SET GLOBAL init_connect = '${statement}'`;
        await Promise.all([writer, heir].map((mariadb) => mariadb.query(sql)));
        toDatabase.reset();
      };
      await setTo('SET timestamp = UNIX_TIMESTAMP() - 90');
      await isTold('clock', /the order service is (89|90|91|92) s ahead of the database's/);
      await checkout();
      await setTo('SET timestamp = UNIX_TIMESTAMP() + 28800');
      await isTold('clock', /is 28\d\d\d s behind the database's/);
      await setTo('SET timestamp = UNIX_TIMESTAMP() + 30');
      await isWell();
      await setTo('');
    });

    const isRefused = () =>
      checkout().then(
        () => false,
        ({ code }: { code?: string }) => code === 'service/unavailable',
      );
    const denies = [
      [
        "ALTER USER shop@'%' ACCOUNT LOCK",
        /refuses our user/,
        "ALTER USER shop@'%' ACCOUNT UNLOCK",
      ],
      ["ALTER USER shop@'%' PASSWORD EXPIRE", /refuses our user/, "SET PASSWORD FOR shop@'%' = ''"],
      [
        "GRANT USAGE ON *.* TO shop@'%' WITH MAX_STATEMENT_TIME 0.000001",
        /has ended a statement that took too long/,
        "GRANT USAGE ON *.* TO shop@'%' WITH MAX_STATEMENT_TIME 0",
      ],
    ] as const;
    for (const [denied, why, undone] of denies) {
      test(`after ${denied} it is said why, and money moves once that is undone`, async () => {
        const hereafter = (sql: string) => heir.run([sql, 'KILL CONNECTION USER shop']);
        await hereafter(denied);
        try {
          await isTold('database', why);
          // A statement may be over before its database has noticed that it took too long.
          await until('a checkout is refused', isRefused);
        } finally {
          await hereafter(undone);
        }
        await isWell();
        await checkout();
      });
    }

    test('a table of payments that somebody keeps locked is told', async () => {
      const dump = await heir.connect('root', name);
      await dump.query('LOCK TABLES tb_paylog READ');
      await isTold('database', /does not answer/);
      dump.destroy();
      await isWell();
      await checkout();
    });

    test('a Redis that has become a replica is left for the promoted one', async () => {
      await checkout();
      await redis.use((client) => client.replicaof('127.0.0.1', String(promoted.port)));
      await isTold('redis', /takes no writes/);
      toRedis.leadTo(promoted.port);
      await isWell();
      await checkout();
    });

    test('a way to Redis that goes silent is left for a new one', async () => {
      toRedis.silence();
      await until('a checkout goes through', () => checkout().then(() => true));
      await isWell();
    });

    test('a full Redis says so', async () => {
      await promoted.use((client) => client.config('SET', 'maxmemory', '1'));
      await isTold('redis', /is full/);
      await promoted.use((client) => client.config('SET', 'maxmemory', '0'));
      await isWell();
    });
  });
}
