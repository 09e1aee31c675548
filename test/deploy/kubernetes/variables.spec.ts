import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { services, variablesOf } from '../../../scripts/docs/variables';
import { TestCa, TlsFolder } from '../../support/rpc-tls';
import { projectRoot } from '../../tidy/tree';
import {
  base,
  component,
  givenTo,
  kustomizationIn,
  mount,
  names,
  page,
  shop,
  tlsOf,
} from './files';

const sorted = (words: readonly (string | undefined)[]) => [...words].sort();

describe('the variables of', () => {
  const keys = mkdtempSync(join(tmpdir(), 'saoma-kubernetes-'));
  const { WECHAT_MCH_ID } = givenTo('pay-service').shop;
  before(() => {
    const { status, stderr } = spawnSync('node', [join(projectRoot(), 'scripts/demo-keys.mjs')], {
      cwd: keys,
      env: { ...process.env, WECHAT_MCH_ID, DEMO: 'true' },
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    const secrets = {
      'auth-jwt-secret': 's'.repeat(32),
      'database-url': 'mysql://user:password@database/saoma',
      'redis-url': 'redis://redis',
      'wechat-v3-key': 'k'.repeat(32),
    };
    for (const [name, text] of Object.entries(secrets)) {
      writeFileSync(join(keys, 'data/demo-keys', name), text);
    }
  });
  after(() => rmSync(keys, { recursive: true }));

  test('the services are those of a Deployment each', () => {
    const ours = Object.keys(services).filter((name) => name !== 'wechat-sandbox');
    assert.deepEqual(sorted(names), sorted(ours));
    assert.deepEqual(sorted(base.configMapGenerator.map(({ name }) => name)), sorted(ours));
    for (const { name } of shop.configMapGenerator) assert.ok(ours.includes(name), name);
  });

  for (const service of names) {
    test(`${service} are its own, those that it needs among them`, () => {
      const { base, shop } = givenTo(service);
      const declared = variablesOf(service);
      for (const name of Object.keys({ ...base, ...shop })) {
        const isKnown = declared.some((one) => one.name === name || one.fileName === name);
        assert.ok(isKnown, `${service} reads no ${name}`);
      }
      for (const { name, required } of declared) {
        if (required) assert.ok(name in base, `${service} needs ${name}`);
      }
      for (const [name, value] of Object.entries(base)) {
        assert.ok(value || shop[name], `the page says no ${name}`);
      }
    });

    test(`${service} are all that it needs to start, with what the page says`, () => {
      const { image, base, shop } = givenTo(service);
      const env = Object.entries({ ...image, ...base, ...shop }).map(([name, value]) => [
        name,
        value?.replace(mount, join(keys, 'data/demo-keys')),
      ]);
      const Config = services[service as keyof typeof services];
      assert.doesNotThrow(() => new Config(Object.fromEntries(env)));
    });

    test(`${service} name the files of TLS in the secret that is mounted for it`, () => {
      const { env } = new TlsFolder(new TestCa('ours').identity({ called: [service] }));
      const tls = tlsOf(service);
      for (const [name, path] of Object.entries(env)) {
        assert.equal(tls[name], path.replace(/.*\/now/, '/run/secrets/rpc-tls'));
      }
      const patches = kustomizationIn(component).patches.filter(
        ({ target }) => target.name === service,
      );
      const added = patches.flatMap(({ patch }) =>
        parse(patch).map(({ value }: { value: unknown }) => value),
      );
      assert.deepEqual(added, [
        { name: 'rpc-tls', mountPath: '/run/secrets/rpc-tls', readOnly: true },
        { name: 'rpc-tls', secret: { secretName: `${service}-rpc-tls`, defaultMode: 0o440 } },
      ]);
    });

    test(`${service} name the files of the secret that the page makes, and no secret`, () => {
      const { base } = givenTo(service);
      const [, command = ''] =
        new RegExp(`create secret generic ${service} ((?:.*\\\\\n)*.*)`).exec(page) ?? [];
      const made = [...command.matchAll(/--from-file=(\S+)/g)].map(([, key = '']) => key);
      const paths = Object.values(base).filter((value) => value?.startsWith('/'));
      assert.deepEqual(sorted(paths), sorted(made.map((key) => `${mount}/${key}`)));
      for (const { name, fileName } of variablesOf(service)) {
        if (fileName) assert.ok(!(name in base), `${name} is a secret`);
      }
    });
  }
});
