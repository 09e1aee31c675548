import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { hasMariadb, hasRedis } from './machine';
import { Mariadb } from './mariadb';
import { Redis } from './redis';

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
