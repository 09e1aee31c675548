import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Galera } from './galera';
import { hasGalera, hasMariadb, hasRedis } from './machine';
import { Mariadb } from './mariadb';
import { Redis } from './redis';
import { until } from './until';

if (hasMariadb) {
  describe('a MariaDB of our own', () => {
    let mariadb: Mariadb;
    before(async () => {
      mariadb = await Mariadb.start();
    });
    after(() => mariadb.stop());

    it('keeps what was committed when it is killed, and comes back on the same port', async () => {
      const name = await mariadb.newDatabase();
      await mariadb.query(`CREATE TABLE ${name}.t (id varchar(20) PRIMARY KEY)`);
      await mariadb.query(`INSERT INTO ${name}.t VALUES ('9007199254740993')`);
      const { port } = mariadb;
      await mariadb.kill();
      await assert.rejects(mariadb.query('SELECT 1'));
      await mariadb.restart();
      assert.equal(mariadb.port, port);
      assert.deepEqual(await mariadb.query(`SELECT id FROM ${name}.t`), [
        { id: '9007199254740993' },
      ]);
    });
  });
}

if (hasGalera) {
  describe('a Galera cluster of our own', () => {
    let galera: Galera;
    before(async () => {
      galera = await Galera.start();
    });
    after(() => galera.stop());

    it('has at each node what one has committed, also at one that was killed', async () => {
      const [first, second, third] = galera.nodes;
      const database = await galera.newDatabase();
      await first.query('CREATE TABLE t (id int PRIMARY KEY)', { database });
      await third.kill();
      await second.query('INSERT INTO t VALUES (1)', { database });
      await third.restart();
      for (const node of galera.nodes) {
        assert.deepEqual(await node.query('SELECT id FROM t', { database }), [{ id: 1 }]);
      }
    });

    it('has a node that is desynced, or cut off, as long as it is told to', async () => {
      const [, , third] = galera.nodes;
      await third.desync(true);
      assert.equal(await third.isSynced(), false);
      await third.desync(false);
      await until('it to be synced', () => third.isSynced());
      await third.cutOff(true);
      const refused = () => third.query('SELECT * FROM mysql.user').then(() => '', String);
      await until('it to be cut off', async () => /not yet prepared node/.test(await refused()));
      await third.cutOff(false);
      await until('it to be back', () => third.isSynced());
    });
  });
}

if (hasRedis) {
  describe('a Redis of our own', () => {
    let redis: Redis;
    before(async () => {
      redis = await Redis.start();
    });
    after(() => redis.stop());

    it('is empty after a flush, and after it was killed', async () => {
      const keys = () => redis.use((client) => client.keys('*'));
      await redis.use((client) => client.set('a', '1'));
      assert.deepEqual(await keys(), ['a']);
      await redis.flush();
      assert.deepEqual(await keys(), []);
      await redis.use((client) => client.set('b', '1'));
      await redis.kill();
      await assert.rejects(keys());
      await redis.restart();
      assert.deepEqual(await keys(), []);
    });
  });
}
