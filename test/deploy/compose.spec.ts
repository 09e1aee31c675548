import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { parseEnv } from 'node:util';
import { Ajv } from 'ajv';
import { textOf } from '../../scripts/docs/source-words';
import { services as configs } from '../../scripts/docs/variables';
import {
  type ComposeService,
  composed,
  composeFile,
  filledIn,
  readCompose,
  sellFile,
} from '../support/compose';
import { temporaryFolder } from '../support/folders';
import { projectRoot } from '../tidy/tree';

const root = projectRoot();
const demo = parseEnv(textOf('.env.example')) as Record<string, string>;
const ways = { 'to try out': [composeFile], 'to sell': [composeFile, sellFile] } as const;

/** The schema that the Compose Specification publishes. Its draft is the one that ajv speaks. */
function validator() {
  const { $schema, ...schema } = JSON.parse(
    textOf('test/vectors/compose-spec/compose-spec.json'),
  ) as Record<string, unknown>;
  assert.match(String($schema), /draft-07/);
  const formats = { duration: true, 'subnet-ip-address': true } as const;
  return new Ajv({ strict: false, formats }).compile(schema);
}

describe('a compose file', () => {
  const isValid = validator();
  for (const file of [composeFile, sellFile]) {
    test(`${file} is one by the specification`, () => {
      assert.ok(isValid(readCompose(file)), JSON.stringify(isValid.errors));
    });
  }

  test('what is none is noticed', () => {
    for (const part of [{ restrt: 'always' }, { mem_limit: [] }, { secrets: 'a' }]) {
      assert.equal(isValid({ services: { a: { image: 'b', ...part } } }), false);
    }
  });
});

for (const [what, files] of Object.entries(ways)) {
  const [first, ...others] = files;
  const { services, secrets = {} } = composed(first, ...others);

  test(`${what}, each container comes back after a reboot and fills no disk and no memory`, () => {
    const lasting = Object.entries(services).filter(([name]) => name !== 'demo-keys');
    assert.ok(lasting.length >= 6);
    for (const [name, { restart, logging, mem_limit, network_mode, networks }] of lasting) {
      assert.equal(restart, 'unless-stopped', name);
      assert.match(String(mem_limit), /^\d+[mg]$/, name);
      assert.equal(logging?.driver, 'json-file', name);
      assert.deepEqual(Object.keys(logging?.options ?? {}).sort(), ['max-file', 'max-size'], name);
      // A container in another one's network cannot start before that one has.
      assert.equal(network_mode, undefined, name);
      assert.ok(isIn(networks, 'internal'), name);
    }
  });

  test(`${what}, each secret is defined, and named where it is given`, () => {
    const given = Object.values(services).flatMap((service) =>
      (service.secrets ?? []).map((name) => ({ name, variables: service.environment ?? {} })),
    );
    for (const { name, variables } of given) {
      assert.equal(secrets[name]?.file, `./secrets/${name}`);
      assert.ok(Object.values(variables).includes(`/run/secrets/${name}`), name);
    }
    assert.deepEqual(given.map(({ name }) => name).sort(), Object.keys(secrets).sort());
  });
}

const isIn = (networks: ComposeService['networks'] = [], name: string) =>
  Array.isArray(networks) ? networks.includes(name) : name in networks;

test('RPC is called by names of the internal network, at which the services listen', () => {
  const { services } = composed(composeFile);
  const named = Object.entries(services).flatMap(([name, { networks = [] }]) => {
    if (Array.isArray(networks)) return [];
    const [alias = ''] = networks.internal?.aliases ?? [];
    return [{ variable: `${name.replace('-service', '').toUpperCase()}_RPC`, alias }];
  });
  assert.deepEqual(named.map(({ variable }) => variable).sort(), ['ORDER_RPC', 'PAY_RPC']);
  for (const { variable, alias } of named) {
    for (const [name, { environment = {}, networks }] of Object.entries(services)) {
      if (!(variable in environment)) continue;
      assert.equal(new URL(environment[variable] ?? '').hostname, alias, name);
      assert.ok(isIn(networks, 'internal'), name);
      assert.ok(!(`${variable}_LISTEN` in environment), name);
    }
  }
});

describe('what compose gives the services', () => {
  const folder = temporaryFolder('compose');
  const v3Key = 'k'.repeat(32);
  before(() => {
    const env = { ...process.env, ...demo };
    const file = join(root, 'scripts/demo-keys.mjs');
    const { status, stderr } = spawnSync('node', [file], { cwd: folder, env, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    writeFileSync(join(folder, 'wechat-v3-key'), `${v3Key}\n`);
    for (const name of ['apiclient_cert.pem', 'apiclient_key.pem', 'pub_key.pem']) {
      copyFileSync(join(folder, 'data/demo-keys', name), join(folder, name));
    }
  });

  /** What the services make of it, with the demo's keys and the seller's in one folder. */
  function read(files: readonly [string, ...string[]], env: Record<string, string>) {
    const [first, ...others] = files;
    const { services } = composed(first, ...others);
    const isUp = ({ profiles = [] }: ComposeService) =>
      profiles.every((profile) => env.COMPOSE_PROFILES === profile);
    return Object.entries(configs).flatMap(
      ([name, Config]): Readonly<Record<string, unknown>>[] => {
        const service = services[name];
        if (!service || !isUp(service)) return [];
        const found = Object.entries(filledIn(service, env)).map(([key, value]) => [
          key,
          value.replace(/^data\/(?=demo-keys)/, `${folder}/data/`).replace('/run/secrets', folder),
        ]);
        const config: object = new Config(Object.fromEntries(found));
        return [config as Readonly<Record<string, unknown>>];
      },
    );
  }

  const seller = {
    MYSQL_PASSWORD: 'secret',
    WECHAT_APPID: 'wx1234567890abcdef',
    WECHAT_MCH_ID: '1900000001',
    WECHAT_PUBLIC_KEY_ID: 'PUB_KEY_ID_0119000000012026010100000000000001',
    WECHAT_NOTIFY_URL: 'https://pay.example.com/pay/notify',
    PUBLIC_URL: 'https://pay.example.com',
    AUTH_JWKS_URL: 'https://login.example.com/jwks',
  };

  test('is right to try out, with the example', () => {
    const [pay, ...others] = read(ways['to try out'], demo);
    assert.equal(others.length, 3);
    assert.equal(pay?.WECHAT_API_URL, 'http://wechat-sandbox:9100');
  });

  test('is right to sell, with what a merchant has; and nothing is left of the demo', () => {
    // Whoever forgot these lines of the example sells all the same.
    const { WECHAT_API_URL = '', WECHAT_V3_KEY = '', DEMO = '' } = demo;
    const forgotten = { WECHAT_API_URL, WECHAT_V3_KEY, DEMO };
    const [pay, order, gateway] = read(ways['to sell'], { ...seller, ...forgotten });
    assert.equal(pay?.WECHAT_API_URL, 'https://api.mch.weixin.qq.com');
    assert.equal(pay?.WECHAT_V3_KEY, v3Key);
    assert.deepEqual([order?.DEMO, gateway?.DEMO], [false, false]);
    const [{ subnet }] = readCompose(sellFile).networks.outside.ipam.config;
    assert.deepEqual(gateway?.TRUST_PROXY, [subnet.replace('.0/24', '.1')]);
    const { services } = composed(...ways['to sell']);
    for (const name of ['wechat-sandbox', 'demo-keys']) {
      assert.deepEqual(services[name]?.profiles, ['sandbox'], name);
    }
  });

  test('is refused to sell without its two addresses, or with the sign-in of the demo', () => {
    for (const name of ['WECHAT_NOTIFY_URL', 'PUBLIC_URL'] as const) {
      const { [name]: _address, ...deaf } = seller;
      assert.throws(() => read(ways['to sell'], deaf), new RegExp(`give ${name} in .env`));
    }
    const { AUTH_JWKS_URL: _keys, ...open } = seller;
    assert.throws(() => read(ways['to sell'], open), /nobody could sign in/);
  });
});
