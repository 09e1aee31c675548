import assert from 'node:assert/strict';
import type { KeyObject } from 'node:crypto';
import { describe, test } from 'node:test';
import { readCertificates } from './certificates';
import {
  type AnswerVector,
  lowered,
  type NoticeVector,
  nowMs,
  olderApiV3Key,
  olderVectors,
  publicKeyOf,
  signedHeaders,
  vector,
  vectors,
} from './v3-spec-kit';
import { type Headers, readSignature, whyNotSigned } from './verify';

const body = Buffer.from('{"code_url":"weixin://wxpay/bizpayurl?pr=Tk7yQ2mB9xZ4aLw0"}');

interface By {
  readonly key?: KeyObject;
  readonly atMs?: number;
}

function whyNot(headers: Headers, bytes: Uint8Array, by: By = {}) {
  const { key = publicKeyOf('wxpub'), atMs = nowMs } = by;
  const signature = readSignature(headers, atMs);
  return 'reason' in signature ? signature : whyNotSigned(bytes, signature, key);
}

const timeOf = ({ headers }: AnswerVector | NoticeVector) =>
  Number(headers['Wechatpay-Timestamp']) * 1_000;

describe('messages of the vectors', () => {
  for (const each of [...vectors.answers, ...vectors.notices]) {
    test(`${each.name} is WeChat’s`, () => {
      const key = publicKeyOf(each.verifyWith);
      const bytes = Buffer.from(each.body);
      const atMs = timeOf(each);
      assert.equal(whyNot(lowered(each.headers), bytes, { key, atMs }), undefined);
      assert.ok(whyNot(lowered(each.headers), bytes, { key: publicKeyOf('merchant'), atMs }));
    });
  }

  for (const each of vectors.unsignedAnswers) {
    test(`${each.name} is nobody’s`, () => {
      assert.ok(whyNot(lowered(each.headers), Buffer.from(each.body)));
    });
  }

  test('an older answer without a body is WeChat’s too', () => {
    const { timestamp, nonce, serial, signature } = olderVectors.empty204;
    const headers = {
      'wechatpay-timestamp': timestamp,
      'wechatpay-nonce': nonce,
      'wechatpay-serial': serial,
      'wechatpay-signature': signature,
    };
    const [older] = readCertificates(Buffer.from(olderVectors.certs.body), olderApiV3Key);
    assert.ok(older);
    assert.equal(older.serial, serial);
    const { key } = older;
    const atMs = Number(timestamp) * 1_000;
    assert.equal(whyNot(headers, Buffer.alloc(0), { key, atMs }), undefined);
    assert.ok(whyNot(headers, Buffer.from(' '), { key, atMs }));
  });
});

test('a message lacks none of its four headers, and has none of them twice', () => {
  const headers = signedHeaders(body);
  assert.equal(whyNot(headers, body), undefined);
  for (const name of ['timestamp', 'nonce', 'serial', 'signature']) {
    const full = `wechatpay-${name}`;
    const value = headers[full] ?? '';
    for (const wrong of [undefined, '', [value, value]]) {
      assert.deepEqual(whyNot({ ...headers, [full]: wrong }, body), { reason: 'not signed' }, name);
    }
  }
});

test('WeChat need not say how it signs, but if it does it says this', () => {
  const { 'wechatpay-signature-type': _type, ...headers } = signedHeaders(body);
  assert.equal(whyNot(headers, body), undefined);
  const other = { ...headers, 'wechatpay-signature-type': 'WECHATPAY2-SM2-WITH-SM3' };
  assert.deepEqual(whyNot(other, body), { reason: 'another signature type' });
});

test('a message is believed for five minutes, in both directions of the clock', () => {
  const headers = signedHeaders(body);
  for (const offSeconds of [-300, 0, 300]) {
    const atMs = nowMs + offSeconds * 1_000;
    assert.equal(whyNot(headers, body, { atMs }), undefined);
  }
  for (const offSeconds of [-301, 301, 86_400]) {
    const refusal = whyNot(headers, body, { atMs: nowMs + offSeconds * 1_000 });
    assert.deepEqual(refusal, {
      reason: 'our clock and its timestamp are apart',
      detail: `${offSeconds} s`,
    });
  }
  for (const timestamp of ['1e9', '-1791768913', '1791768913.0', '0x6acc8011', '9'.repeat(13)]) {
    const changed = { ...headers, 'wechatpay-timestamp': timestamp };
    assert.match(whyNot(changed, body)?.reason ?? '', /timestamp/);
  }
});

test('a message with any bit changed is refused', () => {
  const headers = signedHeaders(body);
  for (let at = 0; at < body.length; at += 1) {
    const changed = Buffer.from(body);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.ok(whyNot(headers, changed), `byte ${at}`);
  }
  for (const end of [body.subarray(0, -1), Buffer.concat([body, Buffer.from('\n')])]) {
    assert.ok(whyNot(headers, end));
  }
});

test('a signature is whole Base64, and nothing around it', () => {
  const headers = signedHeaders(body);
  const signature = headers['wechatpay-signature'] ?? '';
  for (const wrong of [`${signature}\n`, `*${signature}`, signature.replace('==', ''), 'AAAA']) {
    assert.ok(whyNot({ ...headers, 'wechatpay-signature': wrong }, body), wrong.slice(0, 8));
  }
});

test('a signature probe is refused, and told from a forgery', () => {
  const probe = vector(vectors.mustFail.notices, 'notice-signtest-probe');
  const key = publicKeyOf(probe.verifyWith);
  const refusal = whyNot(lowered(probe.headers), Buffer.from(probe.body), {
    key,
    atMs: timeOf(probe),
  });
  assert.deepEqual(refusal, { reason: 'a signature probe', probe: true });
});
