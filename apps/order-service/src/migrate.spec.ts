import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { hasMariadb } from '../../../test/support/machine';
import { Mariadb } from '../../../test/support/mariadb';
import { freePort } from '../../../test/support/ports';
import { dataSource, open, refusalOf, whenThere } from './schema/connect';
import { beOnlyOne } from './schema/only-one';

/** What `npm run migrate`, built already, says of a database that it cannot bring anywhere. */
function saidInVain(DATABASE_URL: string) {
  const program = join(__dirname, 'migrate.js');
  return new Promise<string>((resolve) => {
    execFile(process.execPath, [program], { env: { DATABASE_URL } }, (error, stdout, stderr) => {
      assert.equal(error?.code, 1, stdout);
      assert.doesNotMatch(stdout + stderr, /not-it/);
      resolve(stderr);
    });
  });
}

test('a database that is away is told with its variable, in one line', async () => {
  const nobody = `mariadb://shop:not-it@127.0.0.1:${await freePort()}/saoma`;
  const away = /^migrate: DATABASE_URL: the database cannot be reached: connect ECONNREFUSED .+\n$/;
  assert.match(await saidInVain(nobody), away);
  const noFolder = /^migrate: DATABASE_URL: the database cannot be used: ENOTDIR: .+\n$/;
  assert.match(await saidInVain('sqlite:/dev/null/data/saoma.sqlite'), noFolder);
});

test("the file of a database is one order service's, until that gives it up", (t) => {
  const file = join(mkdtempSync(join(tmpdir(), 'saoma-one-')), 'saoma.sqlite');
  t.after(() => rmSync(dirname(file), { recursive: true }));
  const leave = beOnlyOne({ kind: 'sqlite', file });
  const another = /^Error: DATABASE_URL: another order service uses .+: give this one a file/;
  assert.throws(() => beOnlyOne({ kind: 'sqlite', file }), another);
  leave();
  beOnlyOne({ kind: 'sqlite', file })();
  const nowhere = join(dirname(file), 'no-folder', 'saoma.sqlite');
  const unopened = /^Error: DATABASE_URL: the database cannot be used: ConnectionFailed/;
  assert.throws(() => beOnlyOne({ kind: 'sqlite', file: nowhere }), unopened);
});

test('the order service says so as well, without a stack', async () => {
  assert.throws(
    () => dataSource({ kind: 'sqlite', file: '/dev/null/data/saoma.sqlite' }),
    /^Error: DATABASE_URL: the database cannot be used: ENOTDIR/,
  );
  const folder = dataSource({ kind: 'sqlite', file: __dirname });
  await assert.rejects(
    whenThere(() => open(folder)),
    /^Error: DATABASE_URL: the database cannot be used: ConnectionFailed/,
  );
  const url = `mariadb://shop:not-it@127.0.0.1:${await freePort()}/saoma`;
  const away = dataSource({ kind: 'mariadb', url });
  await assert.rejects(
    whenThere(() => open(away), 0),
    /^Error: DATABASE_URL: the database cannot be reached: connect ECONNREFUSED/,
  );
});

test('a host with several addresses, none of which answers, is told by the code', () => {
  const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
  const told = 'DATABASE_URL: the database cannot be reached: ECONNREFUSED';
  assert.equal(refusalOf(refused).message, told);
});

if (hasMariadb) {
  test('a server that refuses us is told in its own words, and no password', async (t) => {
    const mariadb = await Mariadb.start();
    t.after(() => mariadb.stop());
    const denied =
      /^migrate: DATABASE_URL: the database refuses our user or host: Access denied for .+\n$/;
    assert.match(await saidInVain(`mariadb://root:not-it@127.0.0.1:${mariadb.port}/mysql`), denied);
    const unknown = /^migrate: DATABASE_URL: the database does not exist: Unknown .+ 'nowhere'\n$/;
    assert.match(await saidInVain(mariadb.url('nowhere')), unknown);
    // The order service does not wait for it.
    const started = whenThere(() =>
      open(dataSource({ kind: 'mariadb', url: mariadb.url('nowhere') })),
    );
    await assert.rejects(started, /^Error: DATABASE_URL: the database does not exist/);
  });
}
