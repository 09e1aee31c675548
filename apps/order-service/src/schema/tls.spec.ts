import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ConfigError } from '@saoma/platform/config';
import { hasMariadb } from '../../../../test/support/machine';
import { Mariadb } from '../../../../test/support/mariadb';
import { MigrationConfig } from '../config';
import { isDenied, troubleOf } from '../database/database-errors';
import { dataSource, open, whenThere } from './connect';

const file = (name: string) => join(process.cwd(), 'test/vectors/certificates', name);

/** `host` is 127.0.0.1 and localhost and of `ca`; `localhost` is that only and of `other-ca`. */
const servedWith = (name: 'host' | 'localhost') => [
  `--ssl-cert=${file(`${name}.pem`)}`,
  `--ssl-key=${file(`${name}.key`)}`,
];

if (hasMariadb) {
  describe('TLS to the database', () => {
    let mariadb: Mariadb;
    before(async () => {
      mariadb = await Mariadb.start();
    });
    after(() => mariadb.stop());

    /** The cipher of a connection (empty: none), or why there is none. */
    async function cipher(query: string, ca?: string, host = '127.0.0.1'): Promise<string> {
      const { DATABASE_URL, DATABASE_CA } = new MigrationConfig({
        DATABASE_URL: `mariadb://root@${host}:${mariadb.port}/mysql${query}`,
        DATABASE_CA: ca && file(ca),
      });
      const source = dataSource(DATABASE_URL, DATABASE_CA);
      try {
        await open(source);
        const [row] = await source.query("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
        return String(row?.Value);
      } catch (error) {
        assert.equal(troubleOf(error), 'is not the one that DATABASE_URL asks for');
        assert.ok(isDenied(error));
        return (error as Error).message;
      } finally {
        if (source.isInitialized) await source.destroy();
      }
    }

    test('is no use without a right password: the start is refused, and says why', async () => {
      const { DATABASE_URL } = new MigrationConfig({
        DATABASE_URL: `mariadb://root:not-it@127.0.0.1:${mariadb.port}/mysql`,
      });
      const source = dataSource(DATABASE_URL);
      const started = whenThere(() => open(source));
      await assert.rejects(started, (error: Error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, /^DATABASE_URL: .*refuses our user or host: Access denied/);
        assert.doesNotMatch(error.message, /not-it/);
        return true;
      });
    });

    test('is there if it was asked for, and a server without it is refused', async () => {
      assert.equal(await cipher(''), '');
      const refused = 'Server does not support secure connection';
      assert.equal(await cipher('?ssl-mode=REQUIRED'), refused);
      assert.equal(await cipher('?ssl-mode=VERIFY_CA', 'ca.pem'), refused);
      assert.equal(await cipher('?ssl-mode=VERIFY_IDENTITY', 'ca.pem'), refused);
    });

    test('is with the server that was meant', async () => {
      await mariadb.kill();
      await mariadb.restart(servedWith('host'));
      assert.match(await cipher('?ssl-mode=REQUIRED'), /^TLS_/);
      assert.match(await cipher('?ssl-mode=VERIFY_CA', 'ca.pem'), /^TLS_/);
      assert.match(await cipher('?ssl-mode=VERIFY_IDENTITY', 'ca.pem'), /^TLS_/);
      assert.match(await cipher('?ssl-mode=VERIFY_IDENTITY', 'ca.pem', 'localhost'), /^TLS_/);
    });

    test('is not with a server of another CA if the CA counts', async () => {
      assert.match(await cipher('?ssl-mode=REQUIRED', 'other-ca.pem'), /^TLS_/);
      assert.match(await cipher('?ssl-mode=VERIFY_CA', 'other-ca.pem'), /verify/);
      assert.match(await cipher('?ssl-mode=VERIFY_IDENTITY', 'other-ca.pem'), /verify/);
    });

    test('is not with a server of another name if the name counts', async () => {
      await mariadb.kill();
      await mariadb.restart(servedWith('localhost'));
      assert.match(await cipher('?ssl-mode=VERIFY_CA', 'other-ca.pem'), /^TLS_/);
      assert.match(await cipher('?ssl-mode=VERIFY_IDENTITY', 'other-ca.pem'), /not match/);
      const named = await cipher('?ssl-mode=VERIFY_IDENTITY', 'other-ca.pem', 'localhost');
      assert.match(named, /^TLS_/);
    });
  });
}
