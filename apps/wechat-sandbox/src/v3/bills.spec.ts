import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { authorization, aV3Sandbox, openV3Order, refunds, v3Call, v3Merchant } from './spec-kit';

type Kit = Awaited<ReturnType<typeof aV3Sandbox>>;
const hourMs = 3_600_000;
const trade = (some = '') => ['GET', `/v3/bill/tradebill?bill_date=2026-09-30${some}`] as const;
const flow = ['GET', '/v3/bill/fundflowbill?bill_date=2026-09-30&account_type=BASIC'] as const;

/** A day with one payment and one refund, seen from the next morning. */
async function aDay(t: Parameters<typeof aV3Sandbox>[0]): Promise<Kit> {
  const kit = await aV3Sandbox(t);
  await kit.control.pay({ code_url: await openV3Order(kit) });
  const amount = { refund: 40, total: 101, currency: 'CNY' };
  const body = { out_trade_no: 'T20260930-0001', out_refund_no: 'R-1', amount };
  await v3Call(kit, refunds, { body });
  await kit.control.advance(24 * hourMs);
  return kit;
}

/** What stands behind a ticket, and its headers. */
async function download(url: string, twist: { mchid?: string } = {}) {
  const { origin, pathname, search } = new URL(url);
  const target = pathname + search;
  const headers = { authorization: authorization({ method: 'GET', target, body: '' }, twist) };
  const answer = await fetch(origin + target, { headers });
  return { answer, file: Buffer.from(await answer.arrayBuffer()) };
}

const sha1 = (file: Buffer) => createHash('sha1').update(file).digest('hex');

test('a ticket leads to the unsigned file, plain or GZIP, with the plain one’s hash', async (t) => {
  const kit = await aDay(t);
  const ticket = (await v3Call(kit, trade('&bill_type=ALL'))).json;
  assert.deepEqual(Object.keys(ticket), ['download_url', 'hash_type', 'hash_value']);
  assert.ok(ticket.download_url.startsWith(`${kit.url}/v3/billdownload/file?token=`));
  assert.equal(new URL(ticket.download_url).searchParams.get('token')?.length, 64);
  const plain = await download(ticket.download_url);
  assert.equal(plain.answer.headers.get('content-type'), 'text/plain');
  assert.equal(plain.answer.headers.get('wechatpay-signature'), null);
  assert.equal(sha1(plain.file), ticket.hash_value);
  assert.equal(String(plain.file).match(/T20260930-0001/g)?.length, 2);

  const zipped = (await v3Call(kit, trade('&tar_type=GZIP'))).json;
  assert.match(zipped.download_url, /&tartype=gzip$/);
  assert.equal(zipped.hash_value, ticket.hash_value);
  const { answer, file } = await download(zipped.download_url);
  assert.equal(answer.headers.get('content-type'), 'application/x-gzip');
  assert.deepEqual(gunzipSync(file), plain.file);
});

test('a ticket is for one merchant and for five minutes', async (t) => {
  const kit = await aDay(t);
  const { download_url } = (await v3Call(kit, trade())).json;
  const other = { ...v3Merchant, mch_id: '1900000002' };
  await kit.control.merchant(other);
  const stolen = await download(download_url, { mchid: other.mch_id });
  assert.deepEqual([stolen.answer.status, JSON.parse(String(stolen.file)).code], [403, 'NO_AUTH']);
  await kit.control.advance(5 * 60_000);
  const late = await download(download_url);
  assert.deepEqual(
    [late.answer.status, JSON.parse(String(late.file)).code],
    [400, 'INVALID_REQUEST'],
  );
});

test('there is no bill of today, of a day without trade, or before nine', async (t) => {
  const kit = await aV3Sandbox(t);
  const code = async (way: readonly ['GET', string]) => (await v3Call(kit, way)).json.code;
  const before = ['GET', '/v3/bill/tradebill?bill_date=2026-09-29'] as const;
  assert.equal(await code(trade()), 'INVALID_REQUEST');
  assert.equal(await code(before), 'NO_STATEMENT_EXIST');
  await kit.control.advance(14 * hourMs);
  // Whether there will be one is not said before.
  assert.equal(await code(trade()), 'STATEMENT_CREATING');
  await kit.control.forget();
  await kit.control.pay({ code_url: await openV3Order(kit) });
  await kit.control.advance(14 * hourMs);
  assert.equal(await code(trade()), 'STATEMENT_CREATING');
  assert.equal(await code(flow), 'STATEMENT_CREATING');
  for (const wrong of ['bill_date=20260930', 'bill_date=2026-09-30&bill_type=X', 'tar_type=GZIP']) {
    assert.equal(await code(['GET', `/v3/bill/tradebill?${wrong}`]), 'PARAM_ERROR');
  }
});

test('the fund flow counts what came, went and cost', async (t) => {
  const kit = await aDay(t);
  const { download_url } = (await v3Call(kit, flow)).json;
  const [head, ...rows] = String((await download(download_url)).file)
    .slice(1)
    .split('\r\n');
  assert.equal(head?.split(',').length, 11);
  const cells = rows.slice(0, 3).map((row) => row.slice(1).split(',`'));
  assert.deepEqual(
    cells.map((row) => [row[3], row[5], row[6], row[7], row[10]]),
    [
      ['交易', '收入', '1.01', '1.01', 'T20260930-0001'],
      ['扣除交易手续费', '支出', '0.01', '1.00', 'T20260930-0001'],
      ['退款', '支出', '0.40', '0.60', 'R-1'],
    ],
  );
  assert.equal(rows[4], '`3,`1,`1.01,`2,`0.41');
  const fees = await v3Call(kit, ['GET', flow[1].replace('BASIC', 'FEES')]);
  assert.equal(fees.json.code, 'NO_STATEMENT_EXIST');
});
