import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { altered, encrypted, golden, merchant, plain, refundNoticeVectors } from '../spec-kit';
import { processNotice } from './notice';
import { decryptReqInfo } from './refund-notice';

const vectors = refundNoticeVectors();
const plaintext = golden('G26-refund-notify-plaintext.xml').toString();
const head = { return_code: 'SUCCESS', appid: merchant.appid, mch_id: merchant.mch_id };
const notice = (change: Record<string, string> = {}) =>
  plain({ ...head, nonce_str: 'TeqClE3i0mvn3DrK', req_info: encrypted(plaintext), ...change });
function numberIn(body: Uint8Array): string | null {
  const { news } = processNotice(body, merchant);
  return news?.is === 'refund' ? news.out_refund_no : null;
}

test('a published block of AES-256-ECB with PKCS7 is the cipher of WeChat', () => {
  const { key, plain: words, cipher } = vectors.aes;
  const decipher = createDecipheriv('aes-256-ecb', key, null);
  assert.equal(decipher.update(cipher, 'base64', 'utf8') + decipher.final('utf8'), words);
});

test('a real notice decrypts, and encrypts to the same bytes again', () => {
  const { api_key, plain: words, cipher } = vectors.req_info;
  assert.equal(decryptReqInfo(cipher, api_key).toString(), words);
  assert.equal(encrypted(words, api_key), cipher);
});

test('G26 is about its refund', () => {
  const req_info = /req_info><!\[CDATA\[([^\]]+)/.exec(golden('G26-refund-notify.xml').toString());
  assert.equal(decryptReqInfo(req_info?.[1] ?? '', merchant.key).toString(), plaintext);
  assert.equal(numberIn(golden('G26-refund-notify.xml')), 'R20260930-0001');
  assert.equal(numberIn(notice()), 'R20260930-0001');
});

const secret = (from: string, to: string) => ({ req_info: encrypted(plaintext.replace(from, to)) });
const good = encrypted(plaintext);
const number = '<out_refund_no><![CDATA[R20260930-0001]]></out_refund_no>';
const refused: Record<string, Uint8Array> = {
  'another appid': notice({ appid: 'wx0000000000000000' }),
  'another mch_id': notice({ mch_id: '10000101' }),
  'no appid': notice({ appid: '' }),
  'a return_code that is not SUCCESS': notice({ return_code: 'FAIL' }),
  'no secret part': notice({ req_info: '' }),
  'a secret part for another key': notice({ req_info: encrypted(plaintext, 'x'.repeat(32)) }),
  'Base64 with a foreign character': notice({ req_info: `*${good}` }),
  'Base64 with a line break': notice({ req_info: `${good.slice(0, 64)}\n${good.slice(64)}` }),
  'Base64 for addresses': notice({ req_info: good.replaceAll('+', '-').replaceAll('/', '_') }),
  'Base64 with more behind it': notice({ req_info: `${good}AAAA` }),
  'half a block': notice({
    req_info: Buffer.from(good, 'base64').subarray(0, -8).toString('base64'),
  }),
  'a block too few': notice({
    req_info: Buffer.from(good, 'base64').subarray(0, -16).toString('base64'),
  }),
  'a secret that is not XML': notice({ req_info: encrypted('R20260930-0001') }),
  'a secret that is empty': notice({ req_info: encrypted('') }),
  'a secret with another root': notice({
    req_info: encrypted(plaintext.replaceAll('root>', 'xml>')),
  }),
  'a secret with a DOCTYPE': notice({ req_info: encrypted(`<!DOCTYPE root>${plaintext}`) }),
  'a secret without a number': notice(secret(number, '')),
  'a secret with an odd number': notice(secret('R20260930-0001', 'R/../1')),
  'a secret with two numbers': notice(secret(number, number + number)),
  'a payment notice': golden('G20'),
  'a message that is cut off': golden('G26-refund-notify.xml').subarray(0, -10),
  'no message at all': Buffer.from(''),
};
for (const [what, body] of Object.entries(refused)) {
  test(`refuses ${what}`, () => assert.equal(numberIn(body), null));
}

test('whatever bit of the secret part is flipped, no other number is read', () => {
  const cipher = Buffer.from(good, 'base64');
  fc.assert(
    fc.property(fc.nat(cipher.length * 8 - 1), (bit) => {
      const bytes = Buffer.from(cipher);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      // The number stands in the first blocks. A flip far behind it may go unseen, in this cipher.
      const read = numberIn(notice({ req_info: bytes.toString('base64') }));
      assert.ok(read === null || read === 'R20260930-0001');
    }),
    { numRuns: 2_000 },
  );
});

test('numbers that help nobody are left out', () => {
  const names = { out_trade_no: '20260930T101500-0001', transaction_id: '4200002345' };
  const { news } = processNotice(golden('G26-refund-notify.xml'), merchant);
  assert.ok(news?.is === 'refund');
  assert.equal(news.out_trade_no, names.out_trade_no);
  assert.match(news.transaction_id ?? '', new RegExp(`^${names.transaction_id}`));
  const odd = plaintext.replace(names.out_trade_no, ' ').replace(names.transaction_id, '/../');
  const { news: rest } = processNotice(notice({ req_info: encrypted(odd) }), merchant);
  const none = { out_trade_no: null, transaction_id: null };
  assert.deepEqual(rest, { is: 'refund', out_refund_no: 'R20260930-0001', ...none });
});

test('wrong padding, wrong length and wrong Base64 cannot be told apart', () => {
  const reasonOf = (req_info: string) => {
    const read = processNotice(notice({ req_info }), merchant);
    return 'reason' in read ? read.reason : undefined;
  };
  assert.equal(reasonOf(good.slice(0, -24)), reasonOf('AAAA'));
  assert.equal(numberIn(altered('G26-refund-notify.xml', 'SUCCESS', 'FAIL')), null);
});
