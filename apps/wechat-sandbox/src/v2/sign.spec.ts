import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exampleMerchant } from '../merchant';
import { golden, signatureVectors } from '../spec-kit';
import { isSigned, sign, stringToSign } from './sign';
import { readXml } from './xml';

const { key } = exampleMerchant;

describe('published signatures', () => {
  for (const vector of signatureVectors()) {
    test(vector.name, () => {
      const fields = new Map(Object.entries(vector.fields));
      const { string_to_sign, wrong, sign_type } = vector;
      if (string_to_sign) assert.equal(stringToSign(fields, vector.key), string_to_sign);
      assert.equal(sign(fields, vector.key, sign_type), vector.sign.toUpperCase());
      assert.ok(isSigned(fields.set('sign', vector.sign.toUpperCase()), vector.key, sign_type));
      assert.ok(!isSigned(fields.set('sign', wrong ?? ''), vector.key, sign_type));
    });
  }
});

const hmacSamples = new Set(['G02', 'G04', 'G21', 'G23']);
const samples =
  'G01 G02 G03 G04 G06 G07 G08 G09 G10 G11 G12 G13 G14 G15 G16 G17 G18 G19 G20 G21 G22';

for (const sample of [...samples.split(' '), 'G23']) {
  test(`${sample} carries the signature of its algorithm and of no other`, () => {
    const fields = readXml(golden(sample));
    assert.equal(isSigned(fields, key, 'MD5'), !hmacSamples.has(sample));
    assert.equal(isSigned(fields, key, 'HMAC-SHA256'), hmacSamples.has(sample));
  });
}

test('a changed, added or missing element, another key and lower case are refused', () => {
  const fields = () => readXml(golden('G01'));
  const changed = (name: string, value: string) => fields().set(name, value);
  const bare = fields();
  bare.delete('attach');
  assert.ok(!isSigned(bare, key, 'MD5'));
  assert.ok(!isSigned(changed('total_fee', '102'), key, 'MD5'));
  assert.ok(!isSigned(changed('unknown', 'x'), key, 'MD5'));
  assert.ok(!isSigned(fields(), `${key.slice(0, -1)}e`, 'MD5'));
  const lower = (fields().get('sign') ?? '').toLowerCase();
  assert.ok(!isSigned(changed('sign', lower), key, 'MD5'));
  // An empty element is not signed, so it may be there or not; a zero is signed.
  assert.ok(isSigned(changed('device_ip', ''), key, 'MD5'));
  assert.ok(!isSigned(changed('coupon_fee', '0'), key, 'MD5'));
});
