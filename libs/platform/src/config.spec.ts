import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { z } from 'zod';
import {
  always,
  ConfigError,
  ConfigOf,
  flag,
  listenAddress,
  listensAtOne,
  milliseconds,
  rpcAddresses,
  secret,
  together,
} from './config';

const variables = z
  .object({
    WAIT_MS: milliseconds(50, { msMin: 10 }),
    KEY: z.string().max(20, 'must be short').optional().meta(secret),
    LOCK: z.enum(['red', 'green']).optional(),
    DEMO: flag,
  })
  .check(together('KEY', 'LOCK'))
  .refine(({ WAIT_MS }) => WAIT_MS !== 13, { ...always, path: ['WAIT_MS'], message: 'not 13' });

class SmallConfig extends ConfigOf(variables) {
  readonly waitSeconds = this.WAIT_MS / 1_000;
}

class AddressConfig extends ConfigOf(
  z
    .object({ A_RPC: rpcAddresses('a', 9001), A_RPC_LISTEN: listenAddress('A_RPC') })
    .check(listensAtOne('A_RPC', 'A_RPC_LISTEN')),
) {
  readonly listen = this.A_RPC_LISTEN ?? this.A_RPC[0];
}

/** What the one message says of this environment, line by line. */
function complaints(
  env: Record<string, string>,
  Config: new (env: Record<string, string>) => object = SmallConfig,
) {
  try {
    new Config(env);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message.split('\n  ').slice(1);
  }
}

describe('the configuration of a service', () => {
  test('has what the environment says and defaults for the rest, typed', () => {
    const config = new SmallConfig({ KEY: 'a', LOCK: 'red', STRANGER: 'b' });
    const waitMs: number = config.WAIT_MS;
    // @ts-expect-error nobody changes it while the service runs
    const change = () => (config.WAIT_MS = 1);
    assert.deepEqual([waitMs, typeof change], [50, 'function']);
    const all = { WAIT_MS: 50, KEY: 'a', LOCK: 'red', DEMO: false, waitSeconds: 0.05 };
    assert.deepEqual({ ...config }, all);
  });

  test('an empty variable counts as missing', () => {
    assert.deepEqual(new SmallConfig({ WAIT_MS: '', KEY: '' }), new SmallConfig({}));
  });

  test('is read from the process unless an environment is given', (t) => {
    process.env.WAIT_MS = '77';
    t.after(() => delete process.env.WAIT_MS);
    assert.equal(new SmallConfig().WAIT_MS, 77);
    assert.equal(new SmallConfig({}).WAIT_MS, 50);
  });

  test('is injected by its class', async () => {
    @Injectable()
    class Reader {
      constructor(readonly config: SmallConfig) {}
    }
    @Module({
      providers: [{ provide: SmallConfig, useFactory: () => new SmallConfig({}) }, Reader],
    })
    class SmallModule {}
    const app = await NestFactory.createApplicationContext(SmallModule, { logger: false });
    assert.equal(app.get(Reader).config.WAIT_MS, 50);
    await app.close();
  });
});

describe('a secret in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'saoma-config-'));
  after(() => rmSync(folder, { recursive: true }));
  const fileOf = (text: string) => {
    const file = join(folder, randomUUID());
    writeFileSync(file, text);
    return file;
  };

  test('is the same as the secret itself, without the line feed at its end', () => {
    for (const text of ['a key', 'a key\n', 'a key\r\n']) {
      assert.equal(new SmallConfig({ KEY_FILE: fileOf(text), LOCK: 'red' }).KEY, 'a key');
    }
    assert.equal(new SmallConfig({ KEY: 'a', KEY_FILE: '', LOCK: 'red' }).KEY, 'a');
  });

  test('is given in one way, and can be read', () => {
    const [file, empty] = [fileOf('a key'), fileOf('\n')];
    const both = { KEY: 'a', KEY_FILE: file, LOCK: 'red' };
    assert.deepEqual(complaints(both), ['KEY_FILE: must not be set beside KEY']);
    for (const KEY_FILE of [empty, folder, join(folder, 'nothing')]) {
      assert.deepEqual(complaints({ KEY_FILE, LOCK: 'red' }), [
        'KEY_FILE: must be the path of a file that is not empty',
      ]);
    }
  });

  test('is named by its file if it is wrong, and not repeated', () => {
    const env = { KEY_FILE: fileOf('a secret that is too long'), LOCK: 'red' };
    assert.deepEqual(complaints(env), ['KEY_FILE: must be short']);
  });

  test('is taken for secrets only', () => {
    assert.equal(new SmallConfig({ LOCK_FILE: fileOf('red') }).LOCK, undefined);
  });
});

describe('the addresses of a service', () => {
  const both = 'tcp://a.example:9001, tcp://[fd00::5]:9002/';

  test('are one or several, and where it listens is the only one unless it is said', () => {
    const one = { host: '127.0.0.1', port: 9001 };
    assert.deepEqual({ ...new AddressConfig({}) }, { A_RPC: [one], listen: one });
    const several = new AddressConfig({ A_RPC: both, A_RPC_LISTEN: 'tcp://127.0.0.1:9001' });
    const A_RPC = [
      { host: 'a.example', port: 9001 },
      { host: 'fd00::5', port: 9002 },
    ];
    assert.deepEqual({ ...several }, { A_RPC, A_RPC_LISTEN: one, listen: one });
    assert.deepEqual(complaints({ A_RPC: both }, AddressConfig), [
      'A_RPC_LISTEN: must be set, because A_RPC has several addresses',
    ]);
  });

  for (const [what, A_RPC] of Object.entries({
    'an empty entry': 'tcp://a:9001,,tcp://b:9001',
    'a comma at its end': 'tcp://a:9001,',
    'one of them twice': 'tcp://a:9001,tcp://b:9001,tcp://A:9001/',
    'a bad port': 'tcp://a:9001,tcp://b:70000',
    'the port 0': 'tcp://a:0',
    'no port': 'tcp://a',
    'another protocol': 'tcp://a:9001,http://b:9001',
    blanks: 'tcp://a:9001 tcp://b:9001',
    'too many': Array.from({ length: 51 }, (_, index) => `tcp://a:${index + 1}`).join(),
  })) {
    test(`with ${what} are refused in one message`, () => {
      const [line = '', ...more] = complaints({ A_RPC }, AddressConfig);
      assert.match(line, /^A_RPC: must be addresses such as tcp:\/\/127\.0\.0\.1:9001, comma sep/);
      assert.deepEqual(more, []);
    });
  }
});

describe('a wrong environment', () => {
  test('is answered by one message that names every bad variable and repeats none', () => {
    const lines = complaints({ WAIT_MS: '9', LOCK: 'blue', DEMO: 'yes' });
    assert.deepEqual(lines, [
      'WAIT_MS: must be a whole number of milliseconds, at least 10',
      'LOCK: must be red or green',
      'DEMO: must be true or false',
      'KEY: must be set together with LOCK',
    ]);
  });

  test('variables that go together are given together or not at all', () => {
    assert.deepEqual(complaints({ KEY: 'a' }), ['LOCK: must be set together with KEY']);
    assert.deepEqual(complaints({ LOCK: 'red' }), ['KEY: must be set together with LOCK']);
    assert.deepEqual(complaints({ KEY: 'a', LOCK: 'red' }), []);
  });

  test('what is wrong with several variables is said beside what is wrong with one', () => {
    assert.deepEqual(complaints({ WAIT_MS: '13', DEMO: 'yes' }), [
      'DEMO: must be true or false',
      'WAIT_MS: not 13',
    ]);
  });
});
