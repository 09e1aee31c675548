import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { createLog, useNestLog } from '@saoma/platform/log';
import { Child } from '../../../../test/support/child';
import { temporaryFolder } from '../../../../test/support/folders';
import type { Galera } from '../../../../test/support/galera';
import { hasHaproxy, program } from '../../../../test/support/machine';
import { freePort } from '../../../../test/support/ports';
import { until } from '../../../../test/support/until';
import { onCluster } from '../schema/cluster.spec-kit';
import { Database } from './database';

const sample = (name: string) => readFileSync(join(process.cwd(), 'deploy/haproxy', name), 'utf8');

/** HAProxy as in deploy/, with our nodes; what was left is taken back sooner. */
async function proxy(t: TestContext, galera: Galera) {
  const folder = temporaryFolder('haproxy');
  const port = await freePort();
  const [check, user] = [join(folder, 'check'), join(folder, 'check.cnf')];
  await galera.nodes[0].query("CREATE USER IF NOT EXISTS haproxy@'%' IDENTIFIED BY 'secret'");
  writeFileSync(user, '[client]\nuser=haproxy\npassword=secret\n');
  writeFileSync(check, sample('galera-check').replace('/etc/haproxy/galera-check.cnf', user));
  chmodSync(check, 0o755);
  let text = sample('database.cfg')
    .replaceAll('127.0.0.1:3307', `127.0.0.1:${port}`)
    .replace('/etc/haproxy/galera-check', check)
    .replace('rise 10', 'rise 1');
  for (const [index, node] of galera.nodes.entries()) {
    text = text.replace(`db${index + 1}.example:3306`, `127.0.0.1:${node.port}`);
  }
  writeFileSync(join(folder, 'conf'), text);
  const args = ['-db', '-f', join(folder, 'conf')];
  const child = new Child({ name: 'haproxy', file: program('haproxy'), args });
  t.after(() => child.end('SIGTERM'));
  return { port, child };
}

if (hasHaproxy) {
  onCluster('one address', (bench) => {
    useNestLog(createLog('spec', 'silent'));

    test('behind HAProxy as in deploy/ leads to a node that is of use', async (t) => {
      const { galera } = bench;
      const name = await bench.newDatabase();
      const { port, child } = await proxy(t, galera);
      const begin = () => bench.source(name, [{ port }]);
      const database = new Database(await child.orEnds(until('a node', begin)));
      const look = setInterval(() => database.probe().catch(() => undefined), 1_000);
      t.after(() => clearInterval(look));
      const used = () =>
        database.statements(async (m) => (await m.query('SELECT @@port AS port'))[0].port);
      const leadsTo = (index: number) =>
        until(`node ${index}`, async () => {
          await database.probe();
          return Number(await used()) === galera.nodes[index]?.port;
        });
      const [first, second] = galera.nodes;
      await leadsTo(0);
      await first.desync(true);
      await leadsTo(1);
      await second.readOnly(true);
      await leadsTo(2);
      await first.desync(false);
      await second.readOnly(false);
      await until('first to be synced', () => first.isSynced());
    });
  });
}
