import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { CertificatesError, readCertificates } from './certificates';
import { apiV3Key, keys, olderApiV3Key, olderVectors, vector, vectors } from './v3-spec-kit';

const bodyOf = (name: string) => Buffer.from(vector(vectors.answers, name).body);
const whole = bodyOf('certificates-200');
const { platform1, platform2 } = keys;

test('the certificates of the vectors are read, while one is replaced too', () => {
  const [only, ...none] = readCertificates(whole, apiV3Key);
  assert.deepEqual([only?.serial, none], [platform1.serial, []]);
  assert.equal(only?.key.export({ format: 'pem', type: 'spki' }), platform1.publicKey);
  assert.ok(only && only.expires > new Date('2030-12-01'));
  const both = readCertificates(bodyOf('certificates-200-rotation'), apiV3Key);
  const serials = [platform2.serial, platform1.serial].sort();
  assert.deepEqual(both.map(({ serial }) => serial).sort(), serials);
  const [older] = readCertificates(Buffer.from(olderVectors.certs.body), olderApiV3Key);
  assert.equal(older?.serial, 'D7CE59D1F522D701');
});

test('with another APIv3 key an operator is told so', () => {
  const other = createSecretKey(Buffer.alloc(32, 7));
  assert.throws(() => readCertificates(whole, other), /WECHAT_V3_KEY/);
});

test('a list with anything changed is not taken', () => {
  const text = whole.toString();
  for (const changed of [
    text.replace(platform1.serial, platform2.serial),
    text.replace('AEAD_AES_256_GCM', 'AEAD_SM4_GCM'),
    text.replace('"data":[', '"data":[7,'),
    text.replace(/"nonce":"[^"]*"/, '"nonce":"0"'),
    text.slice(0, -1),
    '{}',
    '',
  ]) {
    assert.notEqual(changed, text);
    assert.throws(() => readCertificates(Buffer.from(changed), apiV3Key), CertificatesError);
  }
});
