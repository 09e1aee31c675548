import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ConfigError } from '@saoma/platform/config';
import { PayConfig } from './config';
import { certificateFile, merchant } from './spec-kit';
import { keys } from './wechat-v3/v3-spec-kit';

/** No demo's: they lead to the real WeChat. */
const key = 'TestOnlyApiV2Key0123456789abcdef';
const required = {
  WECHAT_APPID: merchant.appid,
  WECHAT_MCH_ID: merchant.mch_id,
  WECHAT_KEY: key,
};

/** The names that the one message complains of, in order. */
function refusedNames(env: Record<string, string>): string[] {
  try {
    new PayConfig({ ...required, ...env });
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return [...error.message.matchAll(/^ {2}([A-Z0-9_]+): /gm)].map((match) => match[1] ?? '');
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
      PAY_RPC: [{ host: '127.0.0.1', port: 9000 }],
      LOG_LEVEL: 'info',
      METRICS_HOST: '127.0.0.1',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_TRACES_SAMPLER: 'parentbased_always_on',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_SDK_DISABLED: false,
      WECHAT_API: 'v2',
      WECHAT_SIGN_TYPE: 'MD5',
      WECHAT_NOTIFY_URL: 'http://127.0.0.1:3000/pay/notify',
      WECHAT_API_URL: 'https://api.mch.weixin.qq.com',
      WECHAT_BODY: '品优购',
      WECHAT_SERVER_IP: '127.0.0.1',
      PLAIN_HTTP_HOSTS: [],
      listen: { host: '127.0.0.1', port: 9000 },
      about: { dialect: 'v2' },
      backupUrl: 'https://api2.mch.weixin.qq.com',
      certificate: undefined,
      notifyUrls: {
        notify_url: 'http://127.0.0.1:3000/pay/notify',
        refund_notify_url: 'http://127.0.0.1:3000/pay/refundNotify',
      },
      v3: undefined,
      tls: undefined,
      v2: {
        appid: merchant.appid,
        mch_id: merchant.mch_id,
        key,
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
    WECHAT_API: 'V3',
    WECHAT_KEY: 'short',
    WECHAT_V3_KEY: 'thirty-two characters with blank',
    WECHAT_PUBLIC_KEY: certificateFile('merchant.pem'),
    WECHAT_PUBLIC_KEY_ID: '0119000072912026101200000000000001',
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

test('a key that everybody can read is for sandboxes, and no real money hangs on it', (t) => {
  const published = {
    ...v3Files(t),
    WECHAT_KEY: '192006250b4c09247ec02edce69f6a2d',
    WECHAT_V3_KEY: 'SandboxApiV3Key0123456789abcdef!',
  };
  const refusedAt = (WECHAT_API_URL: string) =>
    refusedNames({ ...published, WECHAT_API_URL, PLAIN_HTTP_HOSTS: 'wechat-sandbox' }).sort();
  const both = ['WECHAT_KEY', 'WECHAT_V3_KEY'];
  assert.deepEqual(refusedAt(''), both, 'WeChat itself is the default');
  assert.deepEqual(refusedAt('https://api2.mch.weixin.qq.com'), both);
  assert.deepEqual(refusedAt('https://wechat.shop.example.com'), both, 'a way to WeChat');
  for (const own of ['http://127.0.0.1:9100', 'https://localhost:9100', 'http://wechat-sandbox']) {
    assert.deepEqual(refusedAt(own), [], own);
  }
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
  const beside = new PayConfig({ ...required, WECHAT_NOTIFY_URL }).notifyUrls;
  assert.equal(beside.refund_notify_url, 'https://shop.example.com/saoma/pay/refundNotify');
  const WECHAT_REFUND_NOTIFY_URL = 'https://shop.example.com/refunds';
  const given = new PayConfig({ ...required, WECHAT_NOTIFY_URL, WECHAT_REFUND_NOTIFY_URL });
  assert.equal(given.notifyUrls.refund_notify_url, WECHAT_REFUND_NOTIFY_URL);
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
  assert.deepEqual(refusedNames({ WECHAT_KEY: '', WECHAT_CERT }).sort(), [
    'WECHAT_CERT_KEY',
    'WECHAT_KEY',
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

/** What WeChat gives a merchant who signs up today. */
function v3Files(t: TestContext) {
  return {
    WECHAT_API: 'v3',
    WECHAT_KEY: '',
    WECHAT_V3_KEY: 'TestOnlyApiV3Key0123456789abcdef',
    WECHAT_CERT: aFile(t, keys.merchant.certificate),
    WECHAT_CERT_KEY: aFile(t, keys.merchant.privateKey),
    WECHAT_PUBLIC_KEY: aFile(t, keys.wxpub.publicKey),
    WECHAT_PUBLIC_KEY_ID: keys.wxpub.serial,
  };
}

test('with v3 the key of v2 may be left out, and the serial number is the certificate’s', (t) => {
  const { v2, v3 } = new PayConfig({ ...required, ...v3Files(t) });
  assert.equal(v2, undefined);
  assert.equal(v3?.merchant.serial_no, keys.merchant.serial);
  assert.equal(v3?.merchant.publicKey?.id, keys.wxpub.serial);
  const both = new PayConfig({ ...required, ...v3Files(t), WECHAT_KEY: key });
  assert.ok(both.v2 && both.v3);
});

test('with v2 the keys of v3 are taken too, to end what v3 began', (t) => {
  const { v2, v3 } = new PayConfig({ ...required, ...v3Files(t), ...required, WECHAT_API: 'v2' });
  assert.ok(v2 && v3);
});

test('without WeChat’s public key its certificates are meant to be fetched', (t) => {
  const certificates = { WECHAT_PUBLIC_KEY: '', WECHAT_PUBLIC_KEY_ID: '' };
  const { v3 } = new PayConfig({ ...required, ...v3Files(t), ...certificates });
  assert.equal(v3?.merchant.publicKey, undefined);
});

test('whatever v3 lacks is named in one message', (t) => {
  const all = v3Files(t);
  const lacking = (...names: (keyof typeof all)[]) =>
    refusedNames({ ...all, ...Object.fromEntries(names.map((name) => [name, ''])) }).sort();
  const needed = ['WECHAT_CERT', 'WECHAT_CERT_KEY', 'WECHAT_V3_KEY'] as const;
  assert.deepEqual(lacking(...needed), needed);
  assert.deepEqual(lacking('WECHAT_PUBLIC_KEY_ID'), ['WECHAT_PUBLIC_KEY_ID']);
  assert.deepEqual(lacking('WECHAT_PUBLIC_KEY'), ['WECHAT_PUBLIC_KEY']);
  assert.deepEqual(lacking('WECHAT_API'), ['WECHAT_KEY'], 'v2 is the default');
  assert.deepEqual(refusedNames({ WECHAT_V3_KEY: all.WECHAT_V3_KEY }).sort(), [
    'WECHAT_CERT',
    'WECHAT_CERT_KEY',
  ]);
});

test('a key of v3 that is of another kind, size or owner is refused', (t) => {
  const all = v3Files(t);
  const pem = (key: KeyObject) => aFile(t, String(key.export({ format: 'pem', type: 'spki' })));
  const own = new X509Certificate(readFileSync(all.WECHAT_CERT)).publicKey;
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  for (const file of [
    pem(own),
    pem(weak),
    pem(other),
    all.WECHAT_CERT,
    all.WECHAT_CERT_KEY,
    aFile(t, ''),
    aFile(t, 'nonsense'),
    'nowhere.pem',
  ]) {
    assert.deepEqual(refusedNames({ ...all, WECHAT_PUBLIC_KEY: file }), ['WECHAT_PUBLIC_KEY']);
  }
  for (const WECHAT_V3_KEY of [
    `${all.WECHAT_V3_KEY} `,
    ` ${all.WECHAT_V3_KEY.slice(1)}`,
    'short',
  ]) {
    assert.deepEqual(refusedNames({ ...all, WECHAT_V3_KEY }), ['WECHAT_V3_KEY']);
  }
  const foreign = { ...all, WECHAT_CERT_KEY: aFile(t, keys.platform1.privateKey) };
  assert.deepEqual(refusedNames(foreign), ['WECHAT_CERT_KEY']);
  const elliptic = {
    WECHAT_CERT: certificateFile('merchant.pem'),
    WECHAT_CERT_KEY: certificateFile('merchant.key'),
  };
  assert.deepEqual(refusedNames({ ...all, ...elliptic }), ['WECHAT_CERT']);
});

test('the APIv3 key may stand in a file', (t) => {
  const { WECHAT_V3_KEY, ...rest } = v3Files(t);
  const WECHAT_V3_KEY_FILE = aFile(t, `${WECHAT_V3_KEY}\n`);
  const { v3 } = new PayConfig({ ...required, ...rest, WECHAT_V3_KEY_FILE });
  assert.equal(v3?.merchant.apiV3Key.export().toString(), WECHAT_V3_KEY);
});
