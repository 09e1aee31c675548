import assert from 'node:assert/strict';
import dns from 'node:dns';
import dnsPromises from 'node:dns/promises';
import { after, before, describe, mock, test } from 'node:test';
import { freePort } from '../../../../test/support/ports';
import { until } from '../../../../test/support/until';
import { EchoClient, EchoInstance } from './spec-kit';

/** What the names of the tests lead to; a name that is not here cannot be looked up. */
const zone = new Map<string, readonly string[]>();
const asked: string[] = [];
let askedNow = 0;
let askedAtOnceMax = 0;

function found(name: string) {
  const ips = zone.get(name);
  if (ips) return ips.map((address) => ({ address, family: 4 }));
  throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' });
}

/** In the place of the name server: Node asks it for the names, and for each connection by name. */
function nameServer() {
  const { lookup: lookUp } = dnsPromises;
  const lookUpAll = async (name: string, options: object) => {
    if (!name.endsWith('.test')) return lookUp(name, options);
    asked.push(name);
    askedNow += 1;
    askedAtOnceMax = Math.max(askedAtOnceMax, askedNow);
    await new Promise((resolve) => setImmediate(resolve));
    askedNow -= 1;
    return found(name);
  };
  mock.method(dnsPromises, 'lookup', lookUpAll as never);
  const { lookup: real } = dns;
  const lookup = (name: string, options: object, done: (...result: unknown[]) => void) => {
    if (!name.endsWith('.test')) return real(name, options, done as never);
    try {
      done(null, found(name));
    } catch (error) {
      done(error);
    }
  };
  mock.method(dns, 'lookup', lookup as never);
}

describe('a name', () => {
  const instances: EchoInstance[] = [];
  let port: number;

  before(async () => {
    nameServer();
    port = await freePort();
    for (const host of ['127.0.0.2', '127.0.0.3', '127.0.0.4']) {
      instances.push(await EchoInstance.start(host, { host, port }));
    }
  });
  after(async () => {
    await Promise.all(instances.map((one) => one.end()));
    mock.restoreAll();
  });

  const callers = (client: EchoClient) => ({
    /** Who answers twenty calls that are made one after the other. */
    async whoAnswers() {
      const names: string[] = [];
      for (let calls = 0; calls < 20; calls += 1) names.push(await client.write('hello'));
      return [...new Set(names)].sort().join();
    },
  });

  test('that leads to several is all of them; who is gone from it is not called', async () => {
    zone.set('many.test', ['127.0.0.2', '127.0.0.3']);
    const client = new EchoClient({ host: 'many.test', port });
    const { whoAnswers } = callers(client);
    await until('both are called', async () => (await whoAnswers()) === '127.0.0.2,127.0.0.3');
    const [gone] = instances;
    const held = [1, 2].map(() => client.write('hold'));
    await until('it is held', () => gone?.held.length === 1);
    zone.set('many.test', ['127.0.0.3', '127.0.0.4']);
    await until('the new one is called', async () => (await whoAnswers()).includes('127.0.0.4'));
    assert.doesNotMatch(await whoAnswers(), /127.0.0.2/);
    assert.equal(gone?.held.length, 1);
    for (const one of instances) one.letGo();
    const names = await Promise.all(held);
    assert.deepEqual(names.sort(), ['127.0.0.2', '127.0.0.3']);
    assert.equal(await whoAnswers(), '127.0.0.3,127.0.0.4');
    await until('what is finished there is closed', async () => (await gone?.connections()) === 0);
    client.onApplicationShutdown();
  });

  test('that leads to one is called by itself, and followed when that moves', async () => {
    zone.set('one.test', ['127.0.0.2']);
    const client = new EchoClient({ host: 'one.test', port });
    const { whoAnswers } = callers(client);
    assert.equal(await whoAnswers(), '127.0.0.2');
    zone.set('one.test', ['127.0.0.4']);
    await until('it is followed', async () => (await whoAnswers()) === '127.0.0.4');
    zone.delete('one.test');
    assert.equal(await whoAnswers(), '127.0.0.4');
    client.onApplicationShutdown();
  });

  test('that leads nowhere is told in words, and found when it leads somewhere', async () => {
    const client = new EchoClient({ host: 'late.test', port });
    await assert.rejects(client.write('hello'), { detail: 'the echo service cannot be reached' });
    zone.set('late.test', ['127.0.0.3']);
    const isFound = async () => (await client.write('hello')) === '127.0.0.3';
    await until('it is found', isFound);
    client.onApplicationShutdown();
  });

  test('beside others that cannot be looked up costs no call', async () => {
    const client = new EchoClient([
      { host: 'nowhere.test', port },
      { host: '127.0.0.2', port },
    ]);
    assert.equal(await callers(client).whoAnswers(), '127.0.0.2');
    client.onApplicationShutdown();
  });

  test('is looked up beside the calls, one at a time', async () => {
    zone.set('calm.test', ['127.0.0.2', '127.0.0.3']);
    const client = new EchoClient({ host: 'calm.test', port });
    for (let calls = 0; calls < 500; calls += 1) await client.write('hello');
    const times = asked.filter((name) => name === 'calm.test').length;
    assert.ok(times >= 1 && times <= 3, `${times} times`);
    assert.equal(askedAtOnceMax, 1);
    client.onApplicationShutdown();
  });

  test('that only this machine knows is looked up as any other', async () => {
    const here = await EchoInstance.start('here');
    const client = new EchoClient({ host: 'localhost', port: here.address.port });
    mock.restoreAll();
    assert.equal(await callers(client).whoAnswers(), 'here');
    client.onApplicationShutdown();
    await here.end();
  });
});
