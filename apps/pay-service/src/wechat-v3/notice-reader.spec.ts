import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { payService } from '@saoma/contracts/pay';
import { sealNotice, type Twist } from '../../../../test/support/seal-notice';
import type { Notice } from '../wechat-channel';
import {
  aChannel,
  apiV3Key,
  lowered,
  type NoticeVector,
  nowMs,
  signedHeaders,
  vector,
  vectors,
} from './v3-spec-kit';

/** A WeChat that has certificates: the list of the vectors, signed at this moment. */
function certificates(atMs: number) {
  const { body } = vector(vectors.answers, 'certificates-200-rotation');
  const headers = signedHeaders(body, { by: 'platform1', atMs });
  return { atMs, wechat: { '/v3/certificates': { status: 200, body, headers } } };
}

type Options = Parameters<typeof aChannel>[1];

/** What a channel answers to a notice, and the lines of its log. */
async function told(t: TestContext, notice: Notice, options: Options = {}) {
  const { channel, lines, requests } = await aChannel(t, options);
  const verdict = await channel.readNotice(notice);
  payService.methods.readNotice.output.parse(verdict);
  return { ...verdict, log: lines.join(''), asked: requests.length };
}

const noticeOf = ({ headers, body }: NoticeVector): Notice => {
  const wanted = Object.entries(lowered(headers)).filter(([name]) =>
    /^(wechatpay-|request-id$)/.test(name),
  );
  return { headers: Object.fromEntries(wanted), body: Buffer.from(body) };
};

const timeOf = ({ headers }: NoticeVector) => Number(headers['Wechatpay-Timestamp']) * 1_000;

const trade = JSON.parse(vector(vectors.notices, 'transaction-success').plaintext);
const refund = JSON.parse(vector(vectors.notices, 'refund-success').plaintext);
const paid = {
  out_trade_no: trade.out_trade_no,
  transaction_id: trade.transaction_id,
  total_fee: 2500,
  fee_type: 'CNY',
  pay_time: '2026-10-12T09:35:12+08:00',
};
const refundNews = {
  is: 'refund',
  out_trade_no: refund.out_trade_no,
  out_refund_no: refund.out_refund_no,
  transaction_id: refund.transaction_id,
};
const taken = { status: 204, type: 'application/json', body: '' };
const refused = {
  status: 401,
  type: 'application/json',
  body: '{"code":"FAIL","message":"失败"}',
};

/** WeChat's side of a notice, written without the code under test. */
const sealed = (text: object | string, resource: Twist['resource'] = {}, envelope = {}): string =>
  sealNotice(apiV3Key, text, { resource, envelope });

const signed = (body: string, atMs = nowMs): Notice => ({
  headers: signedHeaders(body, { atMs }),
  body: Buffer.from(body),
});

for (const each of vectors.notices) {
  test(`${each.name}: what it brings, and a 204`, async (t) => {
    const verdict = await told(t, noticeOf(each), certificates(timeOf(each)));
    const plain = JSON.parse(each.plaintext);
    if (each.name.startsWith('refund')) assert.deepEqual(verdict.news, refundNews);
    else {
      assert.ok(verdict.news?.is === 'payment');
      assert.equal(verdict.news.paid.total_fee, plain.amount.total);
      assert.equal(verdict.news.paid.out_trade_no, plain.out_trade_no);
    }
    assert.deepEqual(verdict.reply, taken);
    assert.match(verdict.log, new RegExp(each.headers['Request-ID'] ?? '-'));
  });
}

const genuine = vector(vectors.notices, 'transaction-success-public-key-mode');
const whole = noticeOf(genuine);

test('the news of a payment are exactly what WeChat says of the money', async (t) => {
  const verdict = await told(t, whole);
  assert.deepEqual(verdict.news, { is: 'payment', paid });
});

for (const each of vectors.mustFail.notices) {
  test(`${each.name} is refused: ${each.why}`, async (t) => {
    const { news, reply, log } = await told(t, noticeOf(each), certificates(timeOf(each)));
    assert.deepEqual({ news, reply }, { news: null, reply: refused });
    assert.match(log, /"reason":"[^"]+".*notice refused/);
  });
}

const text = genuine.body;
const forged: Record<string, Notice> = {
  'an unsigned notice': { headers: {}, body: whole.body },
  'a notice of five minutes ago': signed(text, nowMs - 301_000),
  'a notice of the future': signed(text, nowMs + 301_000),
  'a notice with the headers of another one': { ...whole, headers: signedHeaders('{}') },
  'a notice signed by the merchant': { ...whole, headers: signedHeaders(text, { by: 'merchant' }) },
  'a truncated notice': { ...whole, body: whole.body.subarray(0, -1) },
  'a genuine half': signed(text.slice(0, 300)),
  'no JSON': signed('<xml></xml>'),
  'a list': signed('[]'),
  nothing: signed(''),
  'a notice without an event': signed('{}'),
  'a notice without a resource': signed('{"event_type":"TRANSACTION.SUCCESS"}'),
  'a notice of another algorithm': signed(sealed(trade, { algorithm: 'AEAD_SM4_GCM' })),
  'a notice with a nonce of 16 bytes': signed(sealed(trade, { nonce: '7ca8166153940000' })),
  'a notice without a ciphertext': signed(sealed(trade, { ciphertext: '' })),
  'a refund that calls itself a payment': signed(sealed(refund)),
  'a payment that calls itself a refund': signed(
    sealed(trade, {}, { event_type: 'REFUND.SUCCESS' }),
  ),
  'a payment of another type inside': signed(sealed(trade, { original_type: 'refund' })),
  'a payment to another merchant': signed(sealed({ ...trade, mchid: '1900000000' })),
  'a payment to another app': signed(sealed({ ...trade, appid: 'wx0000000000000000' })),
  'a payment to nobody': signed(sealed({ ...trade, mchid: undefined })),
  'a failed payment': signed(sealed({ ...trade, trade_state: 'PAYERROR' })),
  'a state that is a list': signed(sealed({ ...trade, trade_state: ['SUCCESS'] })),
  'a currency that is no text': signed(
    sealed({ ...trade, amount: { ...trade.amount, currency: 0 } }),
  ),
  'an unpaid payment': signed(sealed({ ...trade, trade_state: 'NOTPAY' })),
  'a payment without a number': signed(sealed({ ...trade, out_trade_no: undefined })),
  'a payment without an amount': signed(sealed({ ...trade, amount: {} })),
  'a payment of half a fen': signed(sealed({ ...trade, amount: { total: 0.5, currency: 'CNY' } })),
  'a payment without a time': signed(sealed({ ...trade, success_time: '' })),
  'a text inside': signed(sealed('paid')),
  'an oversized number': signed(sealed({ ...trade, out_trade_no: '1'.repeat(33) })),
};
for (const [what, notice] of Object.entries(forged)) {
  test(`${what} gets the one failure, brings nothing, is logged without secrets`, async (t) => {
    const { news, reply, log } = await told(t, notice);
    assert.deepEqual({ news, reply }, { news: null, reply: refused });
    assert.match(log, /"level":40.*"reason":"[^"]+".*notice refused/);
    for (const secret of [
      apiV3Key.export().toString(),
      'oUpF8u',
      notice.headers['wechatpay-signature'] ?? 'none',
    ]) {
      assert.ok(!log.includes(secret));
    }
  });
}

test('a refund of another merchant is not asked about', async (t) => {
  const change = { original_type: 'refund' };
  const event = { event_type: 'REFUND.SUCCESS' };
  const good = await told(t, signed(sealed(refund, change, event)));
  assert.deepEqual(good.news, refundNews);
  for (const wrong of [{ mchid: '1900000000' }, { out_refund_no: '' }, { transaction_id: 7 }]) {
    const { news, reply } = await told(t, signed(sealed({ ...refund, ...wrong }, change, event)));
    assert.deepEqual({ news, reply }, { news: null, reply: refused });
  }
});

test('a signature probe makes no noise in the log', async (t) => {
  const probe = vector(vectors.mustFail.notices, 'notice-signtest-probe');
  const notice = noticeOf({
    ...probe,
    headers: { ...probe.headers, 'Wechatpay-Serial': vectors.identities.publicKeyId },
  });
  const { log, reply } = await told(t, notice);
  assert.deepEqual(reply, refused);
  assert.match(log, /"level":20.*a signature probe/);
  assert.doesNotMatch(log, /"level":[45]0/);
});

test('whatever a stranger sends, each reason to refuse it is logged once', async (t) => {
  const { channel, lines } = await aChannel(t);
  const strangers = Array.from({ length: 20 }, (_, index) => [
    { ...whole, headers: { ...whole.headers, 'wechatpay-serial': `PUB_KEY_ID_${index}` } },
    signed(text, nowMs - (301 + index) * 1_000),
    {
      ...whole,
      headers: { ...whole.headers, 'request-id': `${index}\nx` },
      body: Buffer.of(index),
    },
    { headers: {}, body: Buffer.of(index) },
  ]);
  for (const notice of strangers.flat()) await channel.readNotice(notice);
  const told = lines.map((line) => JSON.parse(line));
  assert.deepEqual(
    told.map(({ reason }) => reason),
    [
      'signed with a key that is not known here',
      'our clock and its timestamp are apart',
      'wrong signature',
      'not signed',
    ],
  );
  assert.deepEqual([told[0].detail, told[1].detail], ['PUB_KEY_ID_0', '301 s']);
});

test('an event that means nothing here is answered and left alone', async (t) => {
  for (const event_type of ['RISKTRADE.IDENTIFICATION', 'SOMETHING.NEW', 'constructor']) {
    const { news, reply, log } = await told(t, signed(sealed(trade, {}, { event_type })));
    assert.deepEqual({ news, reply }, { news: null, reply: taken });
    assert.ok(log.includes(event_type));
  }
});

test('the same notice twice is news twice: the order service knows that it is known', async (t) => {
  const { channel } = await aChannel(t);
  assert.deepEqual(await channel.readNotice(whole), await channel.readNotice(whole));
});

test('while certificates cannot be had a notice is not refused: it comes again', async (t) => {
  const busy = { status: 503, body: '', headers: {} };
  const options = { keys: { publicKey: undefined }, wechat: { '/v3/certificates': busy } };
  const notice = noticeOf(vector(vectors.notices, 'transaction-success'));
  const { news, reply } = await told(t, notice, options);
  assert.equal(news, null);
  assert.equal(reply.status, 503);
  assert.equal(JSON.parse(reply.body).code, 'FAIL');
});

test('a notice cut at any byte, or with any bit changed, is refused', async (t) => {
  const { channel } = await aChannel(t);
  for (let at = 0; at < whole.body.length; at += 7) {
    const changed = Buffer.from(whole.body);
    changed[at] = (changed[at] ?? 0) ^ 1;
    for (const body of [changed, whole.body.subarray(0, at)]) {
      const { news, reply } = await channel.readNotice({ ...whole, body });
      assert.deepEqual({ news, reply }, { news: null, reply: refused });
    }
  }
  assert.ok((await channel.readNotice(whole)).news);
});
