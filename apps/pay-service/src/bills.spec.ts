import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { pino } from 'pino';
import { aBill, aPayment, goldenBill } from './bill/bill-spec-kit';
import { Bills } from './bills';
import { Dialects } from './dialects';
import { GivenCodes } from './given-codes';
import { aHost, golden, merchant, plain } from './spec-kit';
import { WechatHttp } from './wechat-http';
import { WechatV2Channel } from './wechat-v2/channel';

const day = '2026-10-11';
const all = { day, from_row: 0, bill_hash: null };

/** A pay service in v2 before a WeChat that answers downloadbill as the test says. */
async function aBillOf(t: TestContext, answer: (response: ServerResponse) => void) {
  const wechat = { answer };
  const host = await aHost(t, (_body, response) => wechat.answer(response));
  const http = new WechatHttp({ url: host.url });
  t.after(() => http.close());
  const log = pino({ level: 'silent' });
  const account = {
    ...merchant,
    mch_id: goldenBill.mch_id,
    body: '品优购',
    spbill_create_ip: '127.0.0.1',
    notify_url: '',
    refund_notify_url: '',
  };
  const shared = { log, codes: new GivenCodes() };
  const dialects = new Dialects({ v2: new WechatV2Channel(account, http, shared) }, 'v2', log);
  return { bills: new Bills(dialects), wechat, bodies: host.bodies };
}

const sends = (file: Uint8Array) => (response: ServerResponse) => void response.end(file);

test('a day is downloaded once, and told in pages and in pieces', async (t) => {
  // A share of the million rows that were measured by hand: decision 0039.
  const rows = Array.from({ length: 20_500 }, (_, n) => aPayment({ 商户订单号: `T${n}` }));
  const file = aBill(rows);
  const { bills, bodies } = await aBillOf(t, sends(gzipSync(file)));
  const numbers: string[] = [];
  let place: { from_row: number; bill_hash: string | null } | undefined = all;
  while (place) {
    const page = await bills.rows({ day, ...place });
    assert.ok(page.outcome === 'success', JSON.stringify(page));
    assert.ok(page.rows.length <= 1_000);
    assert.deepEqual([page.totals.rows, page.totals.order_fee], [20_500, 20_500 * 101]);
    numbers.push(...page.rows.map(({ out_trade_no }) => out_trade_no));
    const { next_row, bill_hash } = page;
    place = next_row === null ? undefined : { from_row: next_row, bill_hash };
  }
  assert.deepEqual(
    numbers,
    rows.map(({ 商户订单号 }) => 商户订单号),
  );
  const back = await bills.rows({ ...all, from_row: 1_500 });
  assert.ok(back.outcome === 'success');
  assert.deepEqual([back.rows[0]?.out_trade_no, back.next_row], ['T1500', 2_500]);
  const behind = await bills.rows({ ...all, from_row: 99_999 });
  assert.ok(behind.outcome === 'success' && behind.next_row === null);
  assert.equal(behind.rows.length, 0);

  const pieces: Buffer[] = [];
  for (let offset: number | null = 0; offset !== null; ) {
    const ask = { day, kind: 'trade', offset, bill_hash: back.bill_hash } as const;
    const piece = await bills.bytes(ask);
    assert.ok(piece.outcome === 'success');
    assert.ok(piece.gzip_base64.length <= 524_288);
    pieces.push(Buffer.from(piece.gzip_base64, 'base64'));
    offset = piece.next_offset;
  }
  assert.ok(pieces.length > 10);
  assert.deepEqual(gunzipSync(Buffer.concat(pieces)), file);
  assert.equal(bodies.length, 1);
  assert.match(bodies[0] ?? '', /<bill_date><!\[CDATA\[20261011\]\]>[\s\S]*GZIP/);
});

test('each wish of a day is downloaded anew, and read on from where it was', async (t) => {
  const { bills, wechat, bodies } = await aBillOf(t, sends(goldenBill.zipped));
  const first = { ...all, wanted_time: '2026-10-12T02:15:00.000Z' };
  const again = { ...all, wanted_time: '2026-10-12T02:15:34.000Z' };
  const hashOf = async (asked: typeof first) => {
    const page = await bills.rows(asked);
    assert.ok(page.outcome === 'success', JSON.stringify(page));
    return page.bill_hash;
  };
  assert.equal(await hashOf(first), goldenBill.sha1);
  wechat.answer = sends(aBill([aPayment()]));
  assert.equal(await hashOf(first), goldenBill.sha1);
  assert.equal(bodies.length, 1);
  const [bill_hash = ''] = await Promise.all([again, again].map(hashOf));
  assert.notEqual(bill_hash, goldenBill.sha1);
  assert.equal(bodies.length, 2);
  // Its pieces are wanted by their hash, at whatever moment.
  const { outcome } = await bills.bytes({ day, kind: 'trade', offset: 0, bill_hash });
  assert.equal(outcome, 'success');
  assert.equal(bodies.length, 2);
  wechat.answer = (response) => void response.writeHead(502).end();
  const third = await bills.rows({ ...all, wanted_time: '2026-10-12T02:16:00.000Z' });
  assert.equal(third.outcome, 'unknown');
  assert.equal(await hashOf(again), bill_hash);
});

test('an instance that has an older file than the one that is asked for looks again', async (t) => {
  const { bills, wechat } = await aBillOf(t, sends(aBill([aPayment()])));
  assert.equal((await bills.rows(all)).outcome, 'success');
  wechat.answer = sends(goldenBill.zipped);
  const bill_hash = goldenBill.sha1;
  const piece = await bills.bytes({ day, kind: 'trade', offset: 0, bill_hash });
  assert.equal(piece.outcome, 'success');
});

test('many who ask at once wait for one download', async (t) => {
  const { bills, bodies } = await aBillOf(t, sends(goldenBill.zipped));
  const pages = await Promise.all(Array.from({ length: 8 }, () => bills.rows(all)));
  for (const page of pages) {
    assert.ok(page.outcome === 'success' && page.rows.length === 6);
    assert.equal(page.bill_hash, goldenBill.sha1);
  }
  assert.equal(bodies.length, 1);
});

test('a file that came plain although GZIP was asked for is read as well', async (t) => {
  const { bills } = await aBillOf(t, sends(goldenBill.plain));
  const page = await bills.rows(all);
  assert.ok(page.outcome === 'success' && page.bill_hash === goldenBill.sha1);
});

test('another file than the one that was begun is not mixed with it', async (t) => {
  const { bills } = await aBillOf(t, sends(goldenBill.zipped));
  const bill_hash = '0'.repeat(40);
  const changed = { outcome: 'changed', bill_hash: goldenBill.sha1 };
  assert.deepEqual(await bills.rows({ ...all, from_row: 3, bill_hash }), changed);
  assert.deepEqual(await bills.bytes({ day, kind: 'trade', offset: 3, bill_hash }), changed);
});

test('what is not whole is refused, not kept, and asked for again', async (t) => {
  const cut = sends(goldenBill.zipped.subarray(0, -9));
  const { bills, wechat, bodies } = await aBillOf(t, cut);
  const refused = await bills.rows(all);
  assert.ok(refused.outcome === 'refused' && /unzipped/.test(refused.reason));
  assert.deepEqual(await bills.bytes({ day, kind: 'trade', offset: 0, bill_hash: null }), refused);
  wechat.answer = sends(Buffer.alloc(0));
  const empty = await bills.rows(all);
  assert.ok(empty.outcome === 'refused' && /cut/.test(empty.reason));
  wechat.answer = sends(goldenBill.zipped);
  assert.equal((await bills.rows(all)).outcome, 'success');
  assert.equal(bodies.length, 4);
});

test('a file of another day or another merchant is refused', async (t) => {
  const { bills, wechat } = await aBillOf(t, sends(goldenBill.zipped));
  const other = await bills.rows({ ...all, day: '2026-10-12' });
  assert.ok(other.outcome === 'refused' && /of 2026-10-11, and not of/.test(other.reason));
  wechat.answer = sends(aBill([aPayment(), aPayment({ 商户号: '1900000109' })]));
  const foreign = await bills.bytes({ day, kind: 'trade', offset: 0, bill_hash: null });
  assert.ok(foreign.outcome === 'refused' && /merchant 1900000109/.test(foreign.reason));
});

test('what WeChat says instead of a file is told', async (t) => {
  const { bills, wechat } = await aBillOf(t, sends(golden('G27')));
  const told: [Buffer, object][] = [
    [golden('G27'), { outcome: 'none' }],
    [fail('NO Bill Exist', '20002'), { outcome: 'none' }],
    [fail('Bill Creating', '20002'), { outcome: 'creating' }],
    [fail('SYSTEMERROR', '20002'), { outcome: 'unknown', reason: 'SYSTEMERROR' }],
    [
      fail('data format error', '20001'),
      { outcome: 'no', err_code: '20001', err_code_des: 'data format error' },
    ],
    [Buffer.from('<html>'), { outcome: 'unknown' }],
    [plain({ return_code: 'SUCCESS' }), { outcome: 'unknown' }],
  ];
  for (const [answer, verdict] of told) {
    wechat.answer = sends(answer);
    assert.deepEqual({ ...(await bills.rows(all)), ...verdict }, await bills.rows(all));
  }
  wechat.answer = (response) => void response.writeHead(502).end('bad gateway');
  assert.deepEqual(await bills.rows(all), { outcome: 'unknown', reason: 'HTTP 502' });
});

const fail = (return_msg: string, error_code: string) =>
  plain({ return_code: 'FAIL', return_msg, error_code });

test('without the keys of v3 there is no fund flow, and WeChat is not asked', async (t) => {
  const { bills, bodies } = await aBillOf(t, sends(goldenBill.zipped));
  const flow = await bills.fundflow({ day });
  assert.ok(flow.outcome === 'no' && flow.err_code === 'DIALECT_GONE');
  assert.equal(bodies.length, 0);
});
