import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { connect } from 'node:tls';
import { type Identity, newKey, TestCa, TlsFolder } from '../../../../test/support/rpc-tls';
import { until, within } from '../../../../test/support/until';
import { RpcTls } from './tls';
import { ca, closed, Echo, good, hearLog, isTold, lines, silenceLog, tlsOf } from './tls.spec-kit';

beforeEach(hearLog);
after(silenceLog);

describe('files that change', () => {
  const [theirs, own] = [new TlsFolder(good), new TlsFolder(good)];
  const [server, caller] = [new RpcTls(theirs.env), new RpcTls(own.env)];
  const both = [
    { folder: theirs, tls: server },
    { folder: own, tls: caller },
  ];
  let service: Echo;
  before(async () => {
    silenceLog();
    service = await new Echo(server).start();
  });
  after(() => service.stop());
  afterEach(() => {
    for (const { folder, tls } of both) {
      folder.put(good);
      tls.look();
    }
  });
  const put = (identity: (one: Identity) => Identity) => {
    for (const { folder, tls } of both) {
      folder.put(identity(ca.identity()));
      tls.look();
    }
  };

  test('are for new connections, at either end, and open ones live on', async () => {
    const open = service.client(caller);
    await open.say('open');
    const count = await service.connections();
    put((one) => one);
    await isTold(/^RPC_TLS_\* are read again; the certificate ends at /);
    assert.equal(await open.say('still'), 'still');
    assert.equal(await service.connections(), count);
    assert.equal(await service.client(caller).say('new'), 'new');
    assert.equal(server.serverOptions.cert === good.cert, false);
  });

  test('change the CA in steps, without a call that fails', async () => {
    const open = service.client(caller);
    const works = async () => {
      assert.equal(await open.say('open'), 'open');
      const fresh = service.client(caller);
      assert.equal(await fresh.say('fresh'), 'fresh');
      fresh.onApplicationShutdown();
    };
    await works();
    const old = connect({ host: '127.0.0.1', port: service.port, ...good });
    await once(old, 'secureConnect');
    const oldEnds = closed(old);
    const next = new TestCa('ours, the next');
    const bundle = `${ca.pem}${next.pem}`;
    for (const step of [
      (one: Identity) => ({ ...one, ca: bundle }),
      () => ({ ...next.identity(), ca: bundle }),
    ]) {
      // One service after the other, in either order.
      for (const { folder, tls } of both) {
        folder.put(step(ca.identity()));
        tls.look();
        await works();
      }
    }
    // Whoever has shown a certificate of the old CA is believed no more.
    for (const { folder, tls } of both) {
      folder.put(next.identity());
      tls.look();
      await until('the open connection is made anew', () => open.say('a').catch(() => undefined));
      await works();
    }
    await within('the end of who has shown the old CA’s', oldEnds);
    await isTold(/connections ended: RPC_TLS_CA does not name their CA any more/);
    await assert.rejects(service.client(tlsOf(good)).say('old'), { code: 'service/unavailable' });
  });

  test('are told of once and not taken while they do not fit together', async () => {
    const open = service.client(caller);
    const others = ca.identity({ key: newKey() });
    theirs.put({ ...good, key: others.key });
    server.look();
    assert.deepEqual(lines, [], 'what is just being written is looked at again first');
    for (const _ of [1, 2, 3]) server.look();
    const told = lines.map(({ msg }) => msg);
    const why = 'RPC_TLS_KEY must be the key of the certificate in RPC_TLS_CERT';
    assert.deepEqual(told, [`what RPC_TLS_* name is not taken: ${why}`]);
    assert.equal(await open.say('still'), 'still');
    theirs.put(others);
    server.look();
    assert.equal(await service.client(caller).say('new'), 'new');
  });

  test('are missed once nine tenths of a certificate’s time are over', () => {
    theirs.put(ca.identity({ days: [-19, 1] }));
    for (const _ of [1, 2, 3]) server.look();
    const told = lines.map(({ msg }) => msg.replace(/ at .*/, ''));
    const end = 'the certificate in RPC_TLS_CERT ends';
    assert.deepEqual(told, ['RPC_TLS_* are read again; the certificate ends', end]);
  });
});
