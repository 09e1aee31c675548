import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseEnv } from 'node:util';
import { textOf } from '../scripts/docs/source-words';
import { isSandboxOnly, services, variables, variablesOf } from '../scripts/docs/variables';
import { composeFile, sellFile } from './support/compose';

const example = textOf('.env.example');

describe('.env.example', () => {
  /** The variables that it sets, or shows with their default. */
  const explained = new Set(
    [...example.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map((match) => match[1]),
  );

  const root = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'saoma-env-'));
  after(() => rmSync(folder, { recursive: true }));
  before(() => {
    const { status, stderr } = spawnSync('node', [join(root, 'scripts/demo-keys.mjs')], {
      cwd: folder,
      env: { ...process.env, ...parseEnv(example) },
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  });

  for (const [service, Config] of Object.entries(services)) {
    test(`explains every variable of ${service}`, () => {
      const read = variablesOf(service).filter((variable) => !isSandboxOnly(variable));
      assert.ok(read.length > 0);
      assert.deepEqual(
        read.filter(({ name }) => !explained.has(name)),
        [],
      );
    });

    test(`is all that ${service} needs to start, once the demo's keys are made`, (t) => {
      process.chdir(folder);
      t.after(() => process.chdir(root));
      assert.doesNotThrow(() => new Config(parseEnv(example)));
    });
  }
});

test('the compose files have no secret of their own: each must be given', () => {
  const text = [composeFile, sellFile].map(textOf).join('\n');
  const secrets = [...text.matchAll(/^ +\w*(?:(?<!RANDOM_ROOT_)PASSWORD|KEY|SECRET): (.*)$/gm)];
  assert.ok(secrets.length > 3);
  for (const [line, value] of secrets) {
    assert.match(value ?? '', /^\$\{\w+:[?-]|^''$|^\/run\/secrets\//, line);
  }
});

describe('an address that is called or handed out', () => {
  /** Links of the demo, of a sandbox without secrets, and what is no web address. */
  const others = [
    'cart-gateway WECHAT_API_URL',
    'order-service DATABASE_URL',
    'order-service REDIS_URL',
    'wechat-sandbox SANDBOX_NOTIFY_URL',
  ];
  const addresses = variables.filter(
    ({ service, name }) =>
      /_(URL|ORIGINS|ENDPOINT)$/.test(name) && !others.includes(`${service} ${name}`),
  );

  for (const { service, name } of addresses) {
    test(`${name} of ${service} is https, or of a host that may be called by plain http`, () => {
      const said = (value: string, PLAIN_HTTP_HOSTS = '') => {
        const Config = services[service as keyof typeof services];
        const env = { ...parseEnv(example), AUTH_JWT_SECRET: '', [name]: value, PLAIN_HTTP_HOSTS };
        try {
          new Config(env);
          return '';
        } catch (error) {
          return (error as Error).message;
        }
      };
      const refused = new RegExp(`^  ${name}: must be https`, 'm');
      assert.match(said('http://shop.internal'), refused);
      assert.match(said('http://shop.internal', 'other, internal, xshop.internal'), refused);
      for (const host of ['shop.internal', 'a,SHOP.internal']) {
        assert.doesNotMatch(said('http://shop.internal:8080', host), refused);
      }
      for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
        assert.doesNotMatch(said(`http://${host}:8080`), refused);
      }
      assert.doesNotMatch(said('https://shop.internal'), refused);
      assert.match(said('https://shop.internal', 'http://a'), /PLAIN_HTTP_HOSTS: must be hosts/);
    });
  }
});

for (const [service, Config] of Object.entries(services)) {
  test(`${service} says of each wrong variable what it must be, in words of its own`, () => {
    const wrong = Object.fromEntries(variablesOf(service).map(({ name }) => [name, '\u0001?']));
    const said = [{}, wrong].flatMap((env) => {
      try {
        new Config(env);
        return [];
      } catch (error) {
        return (error as Error).message.split('\n').slice(1);
      }
    });
    assert.ok(said.length > 0);
    assert.deepEqual(
      said.filter((line) => /Invalid|expected|received|Too (small|big)/.test(line)),
      [],
    );
  });
}

test('every secret may stand in a file, and what is no secret may not', () => {
  const secrets = variables.filter(({ fileName }) => fileName).map(({ name }) => name);
  const named = variables
    .map(({ name }) => name)
    .filter((name) =>
      /SECRET|(?<!CERT|TLS|PUBLIC|PLATFORM)_KEY$|DATABASE_URL|REDIS_URL|PROXY$|_HEADERS$/.test(
        name,
      ),
    )
    .filter((name) => !/^(NO_PROXY|TRUST_PROXY)$/.test(name));
  assert.deepEqual(secrets.sort(), named.sort());
});
