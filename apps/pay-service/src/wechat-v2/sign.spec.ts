import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { golden, merchant, signatureVectors } from '../spec-kit';
import {
  digest,
  generateNonceStr,
  generateSignature,
  generateSignedXml,
  isSignatureValid,
  stringToSign,
} from './sign';
import { xmlToMap } from './xml';

const vectors = signatureVectors();
const hmacMerchant = { ...merchant, sign_type: 'HMAC-SHA256' } as const;
const hmacSamples = ['G02', 'G04', 'G21', 'G23'];

describe('published signatures', () => {
  for (const { name, fields, sign, wrong, string_to_sign, ...signer } of vectors.signatures) {
    test(name, () => {
      const map = new Map(Object.entries(fields));
      if (string_to_sign) assert.equal(stringToSign(map, signer.key), string_to_sign);
      assert.equal(generateSignature(map, signer), sign);
      assert.ok(isSignatureValid(map.set('sign', sign), signer));
      if (wrong) assert.ok(!isSignatureValid(map.set('sign', wrong), signer));
    });
  }

  test('MD5 is upper-case hexadecimal', () => {
    for (const { text, md5 } of vectors.digests) assert.equal(digest(text, merchant), md5);
  });
});

describe('golden samples', () => {
  const unsigned = [5];
  for (let number = 1; number <= 23; number += 1) {
    if (unsigned.includes(number)) continue;
    const sample = `G${String(number).padStart(2, '0')}`;
    test(`${sample} is valid for its algorithm only`, () => {
      const fields = xmlToMap(golden(sample));
      const isHmac = hmacSamples.includes(sample);
      assert.equal(isSignatureValid(fields, merchant), !isHmac);
      assert.equal(isSignatureValid(fields, hmacMerchant), isHmac);
    });
  }

  test('G05 carries no signature and is never valid', () => {
    assert.ok(!isSignatureValid(xmlToMap(golden('G05')), merchant));
  });

  for (const sample of ['G01', 'G02', 'G08', 'G13', 'G16']) {
    test(`${sample}: the request is written byte for byte`, () => {
      const fields = xmlToMap(golden(sample));
      fields.delete('sign');
      const signer = sample === 'G02' ? hmacMerchant : merchant;
      assert.equal(generateSignedXml(fields, signer), golden(sample).toString());
      // A signature that was there before is replaced, not signed.
      fields.set('sign', 'stale');
      assert.equal(generateSignedXml(fields, signer), golden(sample).toString());
    });
  }
});

test('names are sorted in ASCII order, 0 is signed and the empty value is not', () => {
  const fields = {
    coupon_id_0: '1',
    coupon_fee_0: '0',
    coupon_fee: '30',
    b: '',
    Z: 'z',
    a1: 'x',
    a_: 'y',
  };
  const text = stringToSign(new Map(Object.entries(fields)), 'k');
  assert.equal(text, 'Z=z&a1=x&a_=y&coupon_fee=30&coupon_fee_0=0&coupon_id_0=1&key=k');
});

test('a signature is compared as it stands: whole, upper-case, and present', () => {
  const fields = xmlToMap(golden('G20'));
  const sign = fields.get('sign') ?? '';
  for (const wrong of [
    '',
    sign.toLowerCase(),
    sign.slice(1),
    `${sign} `,
    `${sign}0`,
    'x'.repeat(32),
    '签'.repeat(32),
  ]) {
    assert.ok(!isSignatureValid(new Map(fields).set('sign', wrong), merchant), wrong);
  }
  fields.delete('sign');
  assert.ok(!isSignatureValid(fields, merchant));
});

test('a field added, changed or taken away breaks the signature', () => {
  const fields = xmlToMap(golden('G22'));
  const word = fc.stringMatching(/^[a-z_]{1,12}$/);
  fc.assert(
    fc.property(word, fc.string({ minLength: 1 }), (name, text) => {
      fc.pre(name !== 'sign' && fields.get(name) !== text);
      assert.ok(!isSignatureValid(new Map(fields).set(name, text), merchant));
    }),
  );
  for (const name of fields.keys()) {
    const fewer = new Map(fields);
    fewer.delete(name);
    assert.ok(!isSignatureValid(fewer, merchant), name);
  }
});

test('another key never fits', () => {
  const fields = xmlToMap(golden('G20'));
  assert.ok(!isSignatureValid(fields, { ...merchant, key: merchant.key.toUpperCase() }));
  assert.ok(!isSignatureValid(fields, { ...merchant, key: '' }));
});

test('a nonce has 32 letters and digits, and two are never the same', () => {
  const nonces = Array.from({ length: 2_000 }, generateNonceStr);
  for (const nonce of nonces) assert.match(nonce, /^[0-9A-Za-z]{32}$/);
  assert.equal(new Set(nonces).size, nonces.length);
  // Each of the 62 characters turns up, so none is left out of the draw.
  assert.equal(new Set(nonces.join('')).size, 62);
});
