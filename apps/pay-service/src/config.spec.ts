import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ConfigError } from '@saoma/platform/config';
import { PayConfig } from './config';
import { certificateFile, merchant } from './spec-kit';

const required = {
  WECHAT_APPID: merchant.appid,
  WECHAT_MCH_ID: merchant.mch_id,
  WECHAT_KEY: merchant.key,
};

/** The names that the one message complains of, in order. */
function refusedNames(env: Record<string, string>): string[] {
  try {
    new PayConfig({ ...required, ...env });
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return [...error.message.matchAll(/^ {2}([A-Z_]+): /gm)].map((match) => match[1] ?? '');
  }
  return [];
}

function aFile(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'saoma-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'file.pem'), text);
  return join(folder, 'file.pem');
}

test('with only the merchant given, everything else has its documented default', () => {
  assert.deepEqual(
    { ...new PayConfig(required) },
    {
      ...required,
      PAY_RPC: { host: '127.0.0.1', port: 9000 },
      LOG_LEVEL: 'info',
      WECHAT_SIGN_TYPE: 'MD5',
      WECHAT_NOTIFY_URL: 'http://127.0.0.1:3000/pay/notify',
      WECHAT_API_URL: 'https://api.mch.weixin.qq.com',
      WECHAT_BODY: '品优购',
      WECHAT_SERVER_IP: '127.0.0.1',
      PLAIN_HTTP_HOSTS: [],
      listen: { host: '127.0.0.1', port: 9000 },
      backupUrl: 'https://api2.mch.weixin.qq.com',
      certificate: undefined,
      merchant: {
        appid: merchant.appid,
        mch_id: merchant.mch_id,
        key: merchant.key,
        sign_type: 'MD5',
        body: '品优购',
        spbill_create_ip: '127.0.0.1',
        notify_url: 'http://127.0.0.1:3000/pay/notify',
        refund_notify_url: 'http://127.0.0.1:3000/pay/refundNotify',
      },
    },
  );
});

test('an empty variable counts as missing', () => {
  assert.deepEqual(
    new PayConfig({ ...required, WECHAT_BODY: '', WECHAT_CERT: '' }),
    new PayConfig(required),
  );
  assert.deepEqual(refusedNames({ WECHAT_KEY: '' }), ['WECHAT_KEY']);
});

test('one message names every bad variable, the files of the certificate too', () => {
  const bad = {
    PAY_RPC: 'http://127.0.0.1:9000',
    PAY_RPC_LISTEN: 'tcp://127.0.0.1:70000',
    LOG_LEVEL: 'loud',
    WECHAT_APPID: 'wx 1',
    WECHAT_MCH_ID: '1e3',
    WECHAT_KEY: 'short',
    WECHAT_SIGN_TYPE: 'SHA1',
    WECHAT_NOTIFY_URL: 'http://shop.example.com/pay/notify',
    WECHAT_REFUND_NOTIFY_URL: 'https://shop.example.com/pay/refundNotify?a=b',
    WECHAT_API_URL: 'ftp://127.0.0.1',
    WECHAT_API_BACKUP_URL: 'https://user:word@127.0.0.1',
    WECHAT_BODY: '😀',
    WECHAT_SERVER_IP: 'localhost',
    WECHAT_CERT: 'nowhere.pem',
    WECHAT_CERT_KEY: 'nowhere.key',
  };
  assert.deepEqual(refusedNames(bad).sort(), Object.keys(bad).sort());
  assert.deepEqual(refusedNames({}), []);
});

test('what was given is never repeated in the message', () => {
  const secret = 'a-key-that-has-the-wrong-length';
  assert.throws(
    () => new PayConfig({ ...required, WECHAT_KEY: secret, WECHAT_APPID: 'wx secret' }),
    ({ message }: Error) => !message.includes(secret) && !message.includes('wx secret'),
  );
});

test('the refund address stands beside the payment address unless it is given', () => {
  const WECHAT_NOTIFY_URL = 'https://shop.example.com/saoma/pay/notify';
  const beside = new PayConfig({ ...required, WECHAT_NOTIFY_URL }).merchant;
  assert.equal(beside.refund_notify_url, 'https://shop.example.com/saoma/pay/refundNotify');
  const WECHAT_REFUND_NOTIFY_URL = 'https://shop.example.com/refunds';
  const given = new PayConfig({ ...required, WECHAT_NOTIFY_URL, WECHAT_REFUND_NOTIFY_URL });
  assert.equal(given.merchant.refund_notify_url, WECHAT_REFUND_NOTIFY_URL);
});

test("only WeChat's own host has a backup that nobody named", () => {
  const WECHAT_API_URL = 'http://127.0.0.1:9100';
  assert.equal(new PayConfig({ ...required, WECHAT_API_URL }).backupUrl, undefined);
});

test('an IPv4 address in the clothes of IPv6 is undressed', () => {
  const ip = new PayConfig({ ...required, WECHAT_SERVER_IP: '::ffff:203.0.113.7' })
    .WECHAT_SERVER_IP;
  assert.equal(ip, '203.0.113.7');
  assert.equal(new PayConfig({ ...required, WECHAT_SERVER_IP: '::1' }).WECHAT_SERVER_IP, '::1');
});

test('a certificate and its key are read from their files', () => {
  const files = {
    WECHAT_CERT: certificateFile('merchant.pem'),
    WECHAT_CERT_KEY: certificateFile('merchant.key'),
  };
  const { certificate } = new PayConfig({ ...required, ...files });
  assert.match(certificate?.cert ?? '', /BEGIN CERTIFICATE/);
  assert.match(certificate?.key ?? '', /BEGIN PRIVATE KEY/);
});

test('one of certificate and key without the other, or with a stranger, is refused', (t) => {
  const WECHAT_CERT = certificateFile('merchant.pem');
  const WECHAT_CERT_KEY = certificateFile('merchant.key');
  assert.deepEqual(refusedNames({ WECHAT_CERT }), ['WECHAT_CERT_KEY']);
  assert.deepEqual(refusedNames({ WECHAT_CERT_KEY }), ['WECHAT_CERT']);
  assert.deepEqual(refusedNames({ WECHAT_KEY: '', WECHAT_CERT }), [
    'WECHAT_KEY',
    'WECHAT_CERT_KEY',
  ]);
  const key = certificateFile('host.key');
  assert.deepEqual(refusedNames({ WECHAT_CERT, WECHAT_CERT_KEY: key }), ['WECHAT_CERT_KEY']);
  const swapped = { WECHAT_CERT: WECHAT_CERT_KEY, WECHAT_CERT_KEY: WECHAT_CERT };
  assert.deepEqual(refusedNames(swapped).sort(), ['WECHAT_CERT', 'WECHAT_CERT_KEY']);
  for (const text of ['', 'nonsense', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n']) {
    const file = aFile(t, text);
    assert.deepEqual(refusedNames({ WECHAT_CERT: file, WECHAT_CERT_KEY }), ['WECHAT_CERT'], text);
    assert.deepEqual(refusedNames({ WECHAT_CERT, WECHAT_CERT_KEY: file }), ['WECHAT_CERT_KEY']);
  }
});
