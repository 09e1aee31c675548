import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { altered, aNotice, golden, merchant, plain, signed } from '../spec-kit';
import { noticeReply, processNotice } from './notice';

const hmacMerchant = { ...merchant, sign_type: 'HMAC-SHA256' } as const;
const believed = (body: Uint8Array, by: typeof merchant = merchant) =>
  processNotice(body, by).news !== null;
function paidIn(body: Uint8Array, by: typeof merchant = merchant) {
  const { news } = processNotice(body, by);
  return news?.is === 'payment' ? news.paid : undefined;
}

const goldenPaid = {
  out_trade_no: '20260930T101500-0001',
  transaction_id: '4200002345202609306543210987',
  total_fee: 101,
  fee_type: 'CNY',
  pay_time: '2026-09-30T10:17:33+08:00',
};

describe('golden notices', () => {
  test('G20 is read for what it is', () => {
    assert.deepEqual(paidIn(golden('G20')), goldenPaid);
  });

  test('G21 is taken by a merchant that signs with HMAC-SHA256, and by no other', () => {
    assert.deepEqual(paidIn(golden('G21'), hmacMerchant), goldenPaid);
    assert.ok(!believed(golden('G21')));
    assert.ok(!believed(golden('G20'), hmacMerchant));
  });

  test('G22: coupons are signed like all, and the amount is the order’s', () => {
    const paid = paidIn(golden('G22'));
    const total = /<total_fee>(?:<!\[CDATA\[)?([0-9]+)/.exec(golden('G22').toString());
    assert.equal(paid?.total_fee, Number(total?.[1]));
  });

  test('G23 names its algorithm, and that takes part in the signature', () => {
    assert.ok(believed(golden('G23'), hmacMerchant));
    assert.ok(!believed(altered('G23', 'HMAC-SHA256', 'MD5'), hmacMerchant));
  });

  test('the replies are G24 and G25, byte for byte', () => {
    assert.equal(noticeReply({ believed: true }).body, golden('G24').toString());
    assert.equal(noticeReply({ believed: false }).body, golden('G25').toString());
  });
});

test('a genuine notice is taken, written in whatever way and order', () => {
  assert.ok(believed(signed(aNotice())));
  const backwards = Object.fromEntries(Object.entries(aNotice()).reverse());
  assert.ok(believed(signed(backwards)));
  assert.ok(believed(signed(aNotice({ fee_type: undefined }))), 'no fee_type is CNY');
  assert.ok(believed(signed(aNotice({ sign_type: 'MD5' }))));
});

const refused: Record<string, Uint8Array> = {
  'an unsigned notice': plain(aNotice()),
  'a notice with an empty signature': plain(aNotice({ sign: '' })),
  'a notice signed with another algorithm': signed(aNotice(), 'HMAC-SHA256'),
  'a notice that names another algorithm than it uses': signed(aNotice({ sign_type: 'SHA1' })),
  'a notice for another appid': signed(aNotice({ appid: 'wx0000000000000000' })),
  'a notice for another merchant': signed(aNotice({ mch_id: '10000101' })),
  'a notice without appid': signed(aNotice({ appid: undefined })),
  'a notice without mch_id': signed(aNotice({ mch_id: undefined })),
  'a notice without return_code': signed(aNotice({ return_code: undefined })),
  'a notice without result_code': signed(aNotice({ result_code: undefined })),
  'a failed payment': signed(aNotice({ result_code: 'FAIL' })),
  'a failed call': signed(aNotice({ return_code: 'FAIL' })),
  'a notice without a number': signed(aNotice({ out_trade_no: undefined })),
  "a notice without WeChat's number": signed(aNotice({ transaction_id: undefined })),
  'a notice without an amount': signed(aNotice({ total_fee: undefined })),
  'a notice with a currency that is too long': signed(aNotice({ fee_type: 'C'.repeat(17) })),
  'a notice without a time': signed(aNotice({ time_end: undefined })),
  'a notice about 30 February': signed(aNotice({ time_end: '20260230101733' })),
  'a payment that is called a refund': signed(aNotice({ req_info: 'AAAA' })),
  'an answer to a query': golden('G10'),
  'a message without content': Buffer.from('<xml></xml>'),
  'no message at all': Buffer.from(''),
  JSON: Buffer.from('{"return_code":"SUCCESS"}'),
};
for (const [what, body] of Object.entries(refused)) {
  test(`refuses ${what}`, () => assert.ok(!believed(body)));
}

test('only whole fen in plain digits are an amount', () => {
  for (const total_fee of ['101.0', '1e2', '0x65', '-1', '+1', ' 1', '01', '1 ', '9'.repeat(16)]) {
    assert.ok(!believed(signed(aNotice({ total_fee }))), total_fee);
  }
  assert.equal(paidIn(signed(aNotice({ total_fee: '0' })))?.total_fee, 0);
});

test('a notice truncated at any byte is refused', () => {
  const whole = golden('G20');
  for (let length = 0; length < whole.length; length += 1) {
    assert.ok(!believed(whole.subarray(0, length)), `cut at ${length}`);
  }
});

test('a notice with any byte changed is refused, or says the same', () => {
  const whole = golden('G20');
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ flip;
      const paid = paidIn(bytes);
      if (paid) assert.deepEqual(paid, goldenPaid);
    }),
    { numRuns: 2_000 },
  );
});

test('an element twice is refused, even where the first one was signed', () => {
  const text = signed(aNotice()).toString();
  const twice = text.replace('</xml>', '<total_fee>1</total_fee></xml>');
  assert.ok(!believed(Buffer.from(twice)));
});
