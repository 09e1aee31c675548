import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, type TestContext, test } from 'node:test';
import { textOf } from '../../scripts/docs/source-words';
import { Child } from '../support/child';
import { EmptyFolder } from '../support/empty-folder';
import { hasCurl, hasOpenssl } from '../support/machine';
import { until } from '../support/until';
import { projectRoot } from '../tidy/tree';

const app = 'apps/wechat-sandbox';
const manifestOf = (path: string) => JSON.parse(textOf(path));
const answerOf = async (url: string) => (await fetch(url)).json();
const installedKilobytesMax = 15_000;

/** The recipes of the clients' page that say which file they are. */
const recipes = new Map(
  [...textOf('apps/wechat-sandbox/CLIENTS.md').matchAll(/^```\w+\n(.*?)^```$/gms)].flatMap(
    ([, text = '']) => {
      const name = /^(?:\/\/|#) (\S+\.\w+)\n/.exec(text)?.[1];
      return name ? [[name, text] as const] : [];
    },
  ),
);

describe('the package of the sandbox, in a folder that has nothing else', () => {
  const folder = new EmptyFolder();
  const bin = join(folder.path, 'node_modules/.bin/saoma-wechat-sandbox');

  before(() => {
    assert.match(folder.add(app), /^saoma-wechat-sandbox-.*\.tgz$/);
    for (const [name, text] of recipes) folder.write(name, text);
  });

  test('it is one package of a few megabytes, of this release', () => {
    assert.deepEqual(folder.packages, ['saoma-wechat-sandbox']);
    assert.ok(folder.kilobytes < installedKilobytesMax, `${folder.kilobytes} kB`);
    const { version, engines, license } = manifestOf('apps/wechat-sandbox/package.json');
    const whole = manifestOf('package.json');
    assert.deepEqual([version, engines, license], [whole.version, whole.engines, whole.license]);
    const notices = folder.run(
      'cat',
      'node_modules/saoma-wechat-sandbox/dist/THIRD-PARTY-NOTICES.md',
    );
    for (const name of ['@nestjs/core', 'fastify', 'pino', 'undici', 'zod', 'node-forge']) {
      assert.match(notices, new RegExp(`^## ${name} [0-9.]+ \\(.+\\)$`, 'm'));
    }
    assert.deepEqual(readdirSync(join(projectRoot(), app)).includes('dist'), false);
  });

  test('its types are whole, for import and for require', () => {
    const text = [
      "import { createSandbox, SandboxClient } from 'saoma-wechat-sandbox';",
      'export async function f(): Promise<string | null> {',
      '  const { url, certify } = await createSandbox({ settings: { close_after_ms: 0 } });',
      '  const control: SandboxClient = new SandboxClient(url);',
      "  await control.fault({ kind: 'delay', delay_ms: 1, match: { call: 'refund' } });",
      '  // @ts-expect-error no fault is called so',
      "  await control.fault({ kind: 'nothing' });",
      "  const { pay_time } = await control.pay({ out_trade_no: 'a' });",
      '  return pay_time ?? (await certify()).serial_no;',
      '}',
      '',
    ].join('\n');
    const names = ['types.mts', 'types.cts'];
    for (const name of names) folder.write(name, text);
    folder.compile(...names);
  });

  for (const client of ['tenpay', 'wechatpay-axios-plugin']) {
    test(`${client} has an order paid and refunded in somebody's own test`, () => {
      const { devDependencies } = manifestOf('package.json');
      folder.install('--ignore-scripts', `${client}@${devDependencies[client]}`);
      const file = [...recipes.keys()].find((name) => name.startsWith(client)) ?? '';
      assert.match(folder.run(process.execPath, '--test', file), /pass 1/);
    });
  }

  describe('npx saoma-wechat-sandbox', () => {
    const start = async (t: TestContext, file = bin, args: readonly string[] = []) => {
      const quiet = { npm_config_update_notifier: 'false' };
      const env = { PATH: process.env.PATH ?? '', PORT: '0', ...quiet };
      const child = new Child({ name: 'the sandbox', file, args, env, cwd: folder.path });
      t.after(() => child.end('SIGKILL'));
      const url = await child.orEnds(
        until('it listens', () => /"url":"([^"]+)"/.exec(child.lastWords())?.[1]),
      );
      return { child, url };
    };

    test('runs, and says which variables there are', async (t) => {
      const { child, url } = await start(t);
      assert.deepEqual(await answerOf(`${url}/_sandbox/trades`), { trades: [] });
      assert.equal(await child.end('SIGTERM'), 0);
      assert.match(folder.run(bin, '--help'), /PORT, HOST +9100, 127\.0\.0\.1/);
    });

    // npx's shell tells nobody of a signal, and whoever is killed cannot.
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      test(`ends when npx gets ${signal}`, async (t) => {
        const { child, url } = await start(t, 'npx', ['saoma-wechat-sandbox']);
        child.signal(signal);
        await until('nobody to listen there', () =>
          fetch(url).then(
            () => false,
            () => true,
          ),
        );
      });
    }

    if (hasCurl && hasOpenssl) {
      test('is paid and refunded by curl, signed by openssl, in both dialects', async (t) => {
        const { url } = await start(t);
        const v3 = folder.run('bash', 'v3.sh', url);
        assert.match(v3, /"code_url":"weixin:.*"trade_state":"SUCCESS".*"status":"PROCESSING"/s);
        const left = (name: string) => readFileSync(join(folder.path, name), 'utf8');
        const { public_key_id, public_key } = await answerOf(`${url}/_sandbox/platform`);
        assert.deepEqual(
          [left('public_key_id.txt'), left('wechatpay.pem').trim()],
          [public_key_id, public_key.trim()],
        );
        assert.equal(/"serial_no":"(.*?)"/.exec(v3)?.[1], left('serial.txt'));
        const v2 = folder.run('bash', 'v2.sh', url);
        assert.match(v2, /<trade_state><!\[CDATA\[SUCCESS\].*<refund_fee>.*1/s);
      });
    }
  });
});
