import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { describe, test } from 'node:test';
import { authorization, messageToSign, requestToSign, signatureOf, stampOf } from './sign';
import {
  mchid,
  merchantKeys,
  olderVectors,
  privateKeyOf,
  publicKeyOf,
  vectors,
} from './v3-spec-kit';

const signer = { mchid, serial_no: merchantKeys.serial_no, privateKey: privateKeyOf('merchant') };

describe('requests of the vectors', () => {
  for (const vector of vectors.requests) {
    test(`${vector.name}: the string to sign and the signature, byte for byte`, () => {
      assert.equal(requestToSign(vector, vector), vector.message);
      assert.equal(signatureOf(vector.message, signer.privateKey), vector.signature);
    });
  }

  test('the header Authorization is WeChat’s own, byte for byte', () => {
    for (const vector of vectors.requests.filter(({ name }) => !name.includes('axios'))) {
      assert.equal(authorization(vector, signer, vector), vector.headers.Authorization);
    }
    const { prepay } = olderVectors;
    const [timestamp, nonce] = ['1790734500', '593BEC0C930BF1AFEB40B4A08C8FB242'];
    const older = {
      method: 'POST',
      target: '/v3/pay/transactions/native',
      body: prepay.body,
    } as const;
    assert.equal(requestToSign(older, { timestamp, nonce }), prepay.message);
  });

  for (const vector of vectors.mustFail.requests) {
    test(`${vector.name}: what is sent is not what the signature says`, () => {
      const said = Buffer.from(vector.signature, 'base64');
      const text = Buffer.from(requestToSign(vector, vector));
      const isGenuine = verify('sha256', text, publicKeyOf('merchant'), said);
      const names = /serial_no="([^"]*)"/.exec(vector.headers.Authorization ?? '')?.[1];
      assert.ok(!isGenuine || names !== signer.serial_no);
    });
  }
});

test('what is signed of an answer or a notice is its bytes, untouched', () => {
  for (const { body, message, headers } of [...vectors.answers, ...vectors.notices]) {
    const stamp = {
      timestamp: headers['Wechatpay-Timestamp'] ?? '',
      nonce: headers['Wechatpay-Nonce'] ?? '',
    };
    assert.equal(messageToSign(Buffer.from(body), stamp).toString(), message);
  }
});

test('no two messages have the same stamp', () => {
  const stamps = Array.from({ length: 1_000 }, () => stampOf(1_791_768_600_999));
  assert.equal(new Set(stamps.map(({ nonce }) => nonce)).size, 1_000);
  assert.ok(stamps.every(({ nonce }) => /^[0-9a-f]{32}$/.test(nonce)));
  assert.equal(stamps[0]?.timestamp, '1791768600');
});
