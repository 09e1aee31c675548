import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { newKey, TestCa, TlsFolder } from '../../../../test/support/rpc-tls';
import { ConfigError, ConfigOf } from '../config';
import { rpcTls, rpcTlsFits, rpcTlsVariables } from './tls';

class Config extends ConfigOf(z.object(rpcTlsVariables).check(...rpcTlsFits)) {
  readonly tls = rpcTls(this);
}

const ca = new TestCa('ours');
const good = ca.identity();

/** What is said of these files, each with its variable; the values of others are good. */
function wrong(changed: Partial<typeof good>, env: object = {}): string[] {
  const folder = new TlsFolder({ ...good, ...changed });
  try {
    new Config({ ...folder.env, ...env });
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message.split('\n  ').slice(1);
  }
}

describe('the files of TLS between the services', () => {
  test('are three that fit together, or none', () => {
    assert.equal(new Config({}).tls, undefined);
    assert.ok(new Config(new TlsFolder(good).env).tls);
    assert.deepEqual(wrong({}, { RPC_TLS_CA: undefined }), [
      'RPC_TLS_CA: must be set together with RPC_TLS_CERT, RPC_TLS_KEY',
    ]);
  });

  test('are there and of their kind', () => {
    const nowhere = { RPC_TLS_CA: '/nowhere', RPC_TLS_CERT: '/nowhere', RPC_TLS_KEY: '/nowhere' };
    const unreadable = 'must be the path of a file that can be read';
    assert.deepEqual(
      wrong({}, nowhere),
      Object.keys(nowhere).map((name) => `${name}: ${unreadable}`),
    );
    assert.deepEqual(wrong({ ca: '', cert: 'no', key: good.cert }), [
      'RPC_TLS_CA: must be a file with PEM certificates of CAs',
      'RPC_TLS_CERT: must be a file with a PEM certificate',
      'RPC_TLS_KEY: must be a file with a PEM key without a passphrase',
    ]);
    assert.match(wrong({ ca: good.cert }).join(), /^RPC_TLS_CA: must be a file with PEM cert/);
    const half = good.cert.slice(0, 400);
    assert.deepEqual(wrong({ cert: half }), [
      'RPC_TLS_CERT: must be a file with a PEM certificate',
    ]);
  });

  test('belong to each other, and are of now', () => {
    assert.deepEqual(wrong({ key: newKey() }), [
      'RPC_TLS_KEY: must be the key of the certificate in RPC_TLS_CERT',
    ]);
    const unsigned = 'RPC_TLS_CERT: must be signed by a CA in RPC_TLS_CA that is valid now';
    const another = new TestCa('another one');
    assert.deepEqual(wrong({ ca: another.pem }), [unsigned]);
    // Whoever takes the name of a CA has not its key.
    assert.deepEqual(wrong({ ca: new TestCa('ours').pem }), [unsigned]);
    for (const days of [
      [-9, -1],
      [1, 9],
    ] as const) {
      const [line, ...more] = wrong(ca.identity({ days }));
      assert.match(line ?? '', /^RPC_TLS_CERT: must be valid now, not from .* GMT to .* GMT$/);
      assert.deepEqual(more, []);
    }
    assert.deepEqual(wrong({ ca: `${another.pem}${ca.pem}` }), []);
  });

  test('may have a CA between, which the certificate’s file then names', () => {
    const between = new TestCa('between', ca);
    const { cert, key } = between.identity();
    assert.deepEqual(wrong({ cert: `${cert}${between.pem}`, key }), []);
    assert.equal(wrong({ cert, key }).length, 1);
    assert.deepEqual(wrong({ ca: between.pem, cert, key }), []);
  });

  test('are ones that OpenSSL takes', () => {
    assert.deepEqual(wrong(ca.identity({ key: newKey(512) })), [
      'RPC_TLS_CERT: must be one that OpenSSL takes: ee key too small',
    ]);
  });

  test('are never repeated in what is said of them', () => {
    const folder = new TlsFolder(good);
    writeFileSync(folder.env.RPC_TLS_KEY, 'a secret of ours');
    assert.throws(
      () => new Config(folder.env),
      (error: Error) => !error.message.includes('secret of ours'),
    );
  });
});
