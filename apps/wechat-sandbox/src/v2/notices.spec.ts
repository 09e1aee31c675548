import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { exampleMerchant } from '../merchant';
import { golden } from '../spec-kit';
import { encryptRefundInfo, writePayNotice, writeRefundNotice } from './notices';
import { readXml } from './xml';

const { key } = exampleMerchant;

for (const [sample, sign_type] of [
  ['G20', 'MD5'],
  ['G21', 'HMAC-SHA256'],
  ['G22', 'MD5'],
] as const) {
  test(`${sample}: the payment notice is written byte for byte`, () => {
    const fields = readXml(golden(sample));
    fields.delete('sign');
    assert.equal(writePayNotice(fields, key, sign_type), golden(sample));
  });
}

test('G26: the refund notice is written byte for byte', () => {
  const about = readXml(golden('G26-refund-notify-plaintext.xml').replaceAll('root>', 'xml>'));
  const whole = readXml(golden('G26-refund-notify.xml'));
  const nonce_str = whole.get('nonce_str') ?? '';
  assert.equal(
    writeRefundNotice(about, exampleMerchant, nonce_str),
    golden('G26-refund-notify.xml'),
  );
});

test('a published refund notice encrypts to the bytes that were seen', () => {
  const file = path.join(process.cwd(), 'test/vectors/wechat-v2/refund-notices.json');
  const { req_info } = JSON.parse(readFileSync(file, 'utf8'));
  assert.equal(encryptRefundInfo(req_info.plain, req_info.api_key), req_info.cipher);
});
