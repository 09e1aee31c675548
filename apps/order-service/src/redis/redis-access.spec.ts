import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { temporaryFolder } from '../../../../test/support/folders';
import { hasRedis } from '../../../../test/support/machine';
import { freePort } from '../../../../test/support/ports';
import { ServiceProcess } from '../../../../test/support/processes';
import { Redis } from '../../../../test/support/redis';
import { sentinelOver } from '../../../../test/support/sentinel';
import { until } from '../../../../test/support/until';
import { projectRoot } from '../../../../test/tidy/tree';
import { redisAddress } from './redis-address';
import { RedisStore } from './redis-store';

const certificate = (name: string) => join(projectRoot(), 'test/vectors/certificates', name);
/** The users that docs/operating.md tells to make, at a server and at a sentinel. */
const page = readFileSync(join(projectRoot(), 'docs/operating.md'), 'utf8');
const [serverUser = '', sentinelUser = ''] = page.match(/^user saoma on >password .+$/gm) ?? [];
const rightsOf = (user: string) => user.split(' ').slice(2);

/** Everything that a service does with Redis; fails unless all of it is done. */
async function doesAll(store: RedisStore, bellMsMax = 15_000): Promise<void> {
  const heard: string[] = [];
  store.onRing((out_trade_no) => heard.push(out_trade_no));
  await store.untilReady();
  await store.probe();
  const { cartList } = store;
  await cartList.put('user', 'a cart');
  assert.equal(await cartList.get('user'), 'a cart');
  assert.ok(await cartList.replace('user', { expected: 'a cart', next: '{"out_trade_no":"1"}' }));
  await cartList.removePayment('user', '1');
  assert.deepEqual((await cartList.page('0')).values, []);
  const isHeard = () => {
    store.ring('1');
    return heard.includes('1');
  };
  await until('the bell to be heard', isHeard, bellMsMax);
}

/** A server or a sentinel that speaks TLS at this port, besides. */
const byTls = (port: number) => [
  ...['--tls-port', String(port), '--tls-auth-clients', 'no'],
  ...['--tls-cert-file', certificate('host.pem'), '--tls-key-file', certificate('host.key')],
  ...['--tls-ca-cert-file', certificate('ca.pem')],
];

if (hasRedis) {
  describe('a Redis that lets in whom it knows', () => {
    let redis: Redis;
    before(async () => {
      redis = await Redis.start();
      await asUser(rightsOf(serverUser));
    });
    after(() => redis.stop());

    const asUser = (rights: readonly string[]) =>
      redis.use((client) => client.call('ACL', 'SETUSER', 'saoma', 'reset', ...rights));
    const url = () => redis.url.replace('//', '//saoma:password@');
    const open = (address: string) => new RedisStore(redisAddress.parse(address), 'shop:');

    test('the documented rights are enough, and each of them is needed', async (t) => {
      const refusals = () => redis.use((client) => client.call('ACL', 'LOG')) as Promise<unknown[]>;
      const rights = rightsOf(serverUser);
      const store = open(url());
      t.after(() => store.close());
      await doesAll(store);
      assert.deepEqual(await refusals(), []);
      for (const right of rights.filter((each) => /^[+~&]/.test(each))) {
        await asUser(rights.filter((each) => each !== right));
        const poor = open(url());
        await doesAll(poor, 500).catch(() => undefined);
        await until(`a refusal without ${right}`, async () => (await refusals()).length > 0);
        await poor.close();
        await redis.use((client) => client.call('ACL', 'LOG', 'RESET'));
      }
      await asUser(rights);
    });

    test('a sentinel that asks for the user is given it, one that does not is not', async (t) => {
      const sentinel = await sentinelOver(redis.port);
      t.after(() => sentinel.stop());
      for (const everybody of ['on', 'off']) {
        await sentinel.use(async (client) => {
          await client.call('ACL', 'SETUSER', 'saoma', ...rightsOf(sentinelUser));
          await client.call('ACL', 'SETUSER', 'default', everybody);
        });
        const store = open(`redis+sentinel://saoma:password@127.0.0.1:${sentinel.port}/shop`);
        t.after(() => store.close());
        await doesAll(store);
      }
    });
  });

  describe('a Redis with TLS', () => {
    let redis: Redis;
    let tlsPort: number;
    before(async () => {
      tlsPort = await freePort();
      redis = await Redis.start([...byTls(tlsPort), '--tls-replication', 'yes']);
    });
    after(() => redis.stop());

    const service = async (REDIS_URL: string) => {
      const [mine, pays] = [await freePort(), await freePort()];
      return ServiceProcess.start('order-service', {
        REDIS_URL,
        DATABASE_URL: `sqlite:${join(temporaryFolder('tls'), 'saoma.sqlite')}`,
        ORDER_RPC: `tcp://127.0.0.1:${mine}`,
        PAY_RPC: `tcp://127.0.0.1:${pays}`,
        NODE_EXTRA_CA_CERTS: certificate('ca.pem'),
      });
    };
    const subscribers = () =>
      redis.use((client) => client.pubsub('NUMSUB', 'saoma:settled')).then(([, count]) => count);

    test('is believed by the CA that the service is given, and so is a sentinel', async (t) => {
      const port = await freePort();
      const sentinel = await sentinelOver(tlsPort, [...byTls(port), '--tls-replication', 'yes']);
      t.after(() => sentinel.stop());
      const urls = [`rediss://127.0.0.1:${tlsPort}`, `rediss+sentinel://127.0.0.1:${port}/shop`];
      const services = await Promise.all(urls.map(service));
      await until('both to listen', async () => (await subscribers()) === 2);
      const written = () => redis.use((client) => client.getdel('saoma:probe'));
      for (const [at, each] of services.entries()) {
        await until(`what ${urls[at]} wrote`, written);
        await each.stop();
      }
    });

    test('is not believed without its CA', async (t) => {
      const store = new RedisStore(redisAddress.parse(`rediss://127.0.0.1:${tlsPort}`));
      t.after(() => store.close());
      await store.untilReady();
      await assert.rejects(store.probe(), { code: 'service/unavailable' });
    });
  });

  test('a Redis Cluster is named as what it is', async (t) => {
    const node = async () => {
      const bus = String(await freePort());
      return Redis.start(['--cluster-enabled', 'yes', '--cluster-port', bus]);
    };
    const nodes = [await node(), await node()];
    t.after(() => Promise.all(nodes.map((node) => node.stop())));
    const [full, empty] = nodes as [Redis, Redis];
    await full.use((client) => client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383'));
    const found = await full.use((client) => client.config('GET', 'cluster-port'));
    const [, bus = ''] = found as string[];
    await empty.use((client) => client.call('CLUSTER', 'MEET', '127.0.0.1', full.port, bus));
    const store = new RedisStore(redisAddress.parse(empty.url));
    t.after(() => store.close());
    await until('it to be told', () =>
      store.probe().then(
        () => false,
        ({ message }) => message.includes('Redis is a cluster'),
      ),
    );
  });
}
