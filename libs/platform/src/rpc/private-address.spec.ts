import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { freePort } from '../../../../test/support/ports';
import { ConfigError, ConfigOf, listenAddress, rpcAddresses } from '../config';
import { isPrivate, listensInPrivate } from './private-address';
import { DrainingServer } from './server';

const isRefused = (host: string) =>
  freePort().then(
    (port) =>
      new Promise<unknown>((resolve) => {
        const server = new DrainingServer({ host, port });
        server.listen((error) => server.close().then(() => resolve(error)));
      }),
  );

describe('an address where RPC listens without TLS', () => {
  test('is one that nobody in the internet can reach', () => {
    const open = [
      ...['0.0.0.0', '::', '8.8.8.8', '172.15.0.1', '172.32.0.1', '192.169.0.1', '100.63.0.1'],
      ...['100.128.0.1', '169.253.0.1', '11.0.0.1', '2001:db8::1', '::2', '::ffff:8.8.8.8'],
      ...['fec0::1', 'fb00::1', '::ffff:0.0.0.0', '224.0.0.1'],
    ];
    const closed = [
      ...['127.0.0.1', '127.8.8.8', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.0.1'],
      ...['100.64.0.1', '100.127.255.255', '169.254.1.1', '::1', 'fc00::1', 'fdff::1', 'fe80::1'],
      ...['::ffff:10.0.0.1', '::ffff:127.0.0.1'],
    ];
    assert.deepEqual(open.filter(isPrivate), []);
    assert.deepEqual(
      closed.filter((address) => !isPrivate(address)),
      [],
    );
  });

  test('is judged by what its name leads to, when it listens', async () => {
    assert.equal(await isRefused('localhost'), undefined);
    // The system reads numbers as addresses, too.
    for (const host of ['0.0.0.0', '::', '0', '134744072']) {
      const error = await isRefused(host);
      assert.ok(error instanceof ConfigError, host);
      assert.match(error.message, /must be a loopback or private address, or RPC_TLS_CA/);
    }
  });

  test('is told among all else that is wrong, unless there is TLS', () => {
    class Config extends ConfigOf(
      z
        .object({
          ECHO_RPC: rpcAddresses('echo', 1),
          ECHO_RPC_LISTEN: listenAddress('ECHO_RPC'),
          RPC_TLS_CA: z.string().optional(),
        })
        .check(listensInPrivate('ECHO_RPC')),
    ) {}
    const open = 'tcp://0.0.0.0:1';
    assert.throws(() => new Config({ ECHO_RPC: open }), /\n {2}ECHO_RPC: must be a loopback/);
    assert.throws(() => new Config({ ECHO_RPC_LISTEN: open }), /ECHO_RPC_LISTEN: must be/);
    for (const env of [
      {},
      { ECHO_RPC: open, ECHO_RPC_LISTEN: 'tcp://10.0.0.1:1' },
      { ECHO_RPC_LISTEN: 'tcp://somewhere:1' },
      { ECHO_RPC_LISTEN: open, RPC_TLS_CA: 'ca.pem' },
    ]) {
      assert.doesNotThrow(() => new Config(env));
    }
  });
});
