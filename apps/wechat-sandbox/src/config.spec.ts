import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ConfigError } from '@saoma/platform/config';
import { SandboxConfig } from './config';
import { exampleMerchant } from './merchant';

let folder = '';
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sandbox-config-'));
});
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const whole = path.join(folder, name);
  writeFileSync(whole, text);
  return whole;
}

const own = {
  WECHAT_APPID: 'wx0123456789abcdef',
  WECHAT_MCH_ID: '1900000109',
  WECHAT_KEY: 'k'.repeat(32),
};

test('without any configuration the example merchant is there, on port 9100', () => {
  const config = new SandboxConfig({});
  assert.deepEqual(config.merchants, [exampleMerchant]);
  assert.deepEqual([config.host, config.port, config.tradesMax], ['127.0.0.1', 9100, 10_000]);
  assert.equal(config.settings.close_after_ms, 300_000);
  assert.equal(config.tls, undefined);
});

test('the environment’s merchant comes first, then those of the file', () => {
  const list = [exampleMerchant, { ...exampleMerchant, mch_id: '1900000109' }];
  const SANDBOX_MERCHANTS = file('merchants.json', JSON.stringify(list));
  const numbers = (env: Record<string, string>) =>
    new SandboxConfig(env).merchants.map(({ mch_id, appid }) => `${mch_id} ${appid}`);
  assert.deepEqual(numbers({ ...own, SANDBOX_MERCHANTS }), [
    '1900000109 wx0123456789abcdef',
    '10000100 wx2421b1c4370ec43b',
  ]);
  assert.equal(numbers({ SANDBOX_MERCHANTS }).length, 2);
});

test('settings come from the environment too', () => {
  const { settings } = new SandboxConfig({
    SANDBOX_CLOSE_AFTER_MS: '0',
    SANDBOX_REFUND_AFTER_MS: '10',
    SANDBOX_REFUND_SPACING_MS: '20',
  });
  assert.deepEqual(settings, { close_after_ms: 0, refund_after_ms: 10, refund_spacing_ms: 20 });
});

describe('what is wrong is named, and no secret is repeated', () => {
  const secret = 'S'.repeat(31);
  const wrong: [what: string, env: () => Record<string, string>, named: RegExp][] = [
    ['a part of a merchant', () => ({ WECHAT_KEY: own.WECHAT_KEY }), /WECHAT_APPID.*\n.*MCH_ID/],
    ['a short key', () => ({ ...own, WECHAT_KEY: secret }), /WECHAT_KEY: must be an API key of 32/],
    ['a file that is not there', () => ({ SANDBOX_MERCHANTS: '/nowhere' }), /SANDBOX_MERCHANTS/],
    ['no JSON', () => ({ SANDBOX_MERCHANTS: file('a.json', secret) }), /not JSON/],
    ['no merchant', () => ({ SANDBOX_MERCHANTS: file('b.json', '[]') }), /SANDBOX_MERCHANTS/],
    [
      'a merchant with a short key',
      () => {
        const list = JSON.stringify([{ ...exampleMerchant, key: secret }]);
        return { SANDBOX_MERCHANTS: file('c.json', list) };
      },
      /32 characters/,
    ],
    [
      'a number twice',
      () => ({
        SANDBOX_MERCHANTS: file('d.json', JSON.stringify([exampleMerchant, exampleMerchant])),
      }),
      /each mch_id once/,
    ],
    [
      'a key of WeChat’s that is none, and has no id',
      () => ({ SANDBOX_PLATFORM_KEY: file('g.pem', secret) }),
      /SANDBOX_PLATFORM_KEY: must be a file.*\n.*WECHAT_PUBLIC_KEY_ID: must be set together/,
    ],
    ['half of TLS', () => ({ SANDBOX_TLS_CERT: file('e.pem', 'x') }), /SANDBOX_TLS_KEY/],
    ['a CA without TLS', () => ({ SANDBOX_CLIENT_CA: file('f.pem', 'x') }), /SANDBOX_TLS_CERT/],
    ['no number', () => ({ PORT: 'x', SANDBOX_TRADES_MAX: '0' }), /PORT.*\n.*SANDBOX_TRADES_MAX/],
  ];
  for (const [what, env, named] of wrong) {
    test(what, () => {
      assert.throws(
        () => new SandboxConfig(env()),
        (error) => {
          assert.ok(error instanceof ConfigError);
          assert.match(error.message, named);
          assert.ok(!error.message.includes(secret));
          return true;
        },
      );
    });
  }
});
