import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { goldenBill } from '../bill/bill-spec-kit';
import { Bills } from '../bills';
import { Dialects } from '../dialects';
import { aChannel, account, answer, no, vector, vectors } from './v3-spec-kit';

const day = '2026-10-11';
const all = { day, from_row: 0, bill_hash: null };
const paths = { ticket: '/v3/bill/tradebill', file: '/v3/billdownload/file' };
const { plain, sha1 } = goldenBill;
const aTicket = (some: object = {}) =>
  answer(200, {
    download_url: `https://api.mch.weixin.qq.com${paths.file}?token=abc&tartype=gzip`,
    hash_type: 'SHA1',
    hash_value: sha1,
    ...some,
  });
const theFile = { status: 200, body: plain.toString(), headers: {} };

async function aBillOf(t: TestContext, wechat: Parameters<typeof aChannel>[1]) {
  const kit = await aChannel(t, wechat);
  const { log } = kit;
  return { ...kit, bills: new Bills(new Dialects({ v3: kit.channel }, 'v3', log)) };
}

test('a ticket leads to the file, which is asked for where everything else is', async (t) => {
  const wechat = { [paths.ticket]: aTicket(), [paths.file]: theFile };
  const { bills, requests } = await aBillOf(t, { wechat });
  const page = await bills.rows(all);
  assert.ok(page.outcome === 'success' && page.rows.length === 6, JSON.stringify(page));
  assert.equal(page.bill_hash, sha1);
  const asked = requests.map(({ method, url }) => `${method} ${url}`);
  assert.deepEqual(asked, [
    `GET ${paths.ticket}?bill_date=${day}&bill_type=ALL&tar_type=GZIP`,
    `GET ${paths.file}?token=abc&tartype=gzip`,
  ]);
  for (const { headers } of requests) assert.match(headers.authorization ?? '', /^WECHATPAY2/);
});

test('the ticket of the vectors is read', async (t) => {
  // Signed anew: WeChat's clock is that of the other tests.
  const { body } = vector(vectors.answers, 'tradebill-200-gzip');
  const wechat = { [paths.ticket]: answer(200, JSON.parse(body)), [paths.file]: theFile };
  const { bills } = await aBillOf(t, { wechat });
  const page = await bills.rows(all);
  assert.ok(page.outcome === 'success' && page.bill_hash === sha1, JSON.stringify(page));
});

test('a file with another SHA1 than the ticket says is refused', async (t) => {
  const body = plain.toString().replace('苹果', '梨子');
  const wechat = { [paths.ticket]: aTicket(), [paths.file]: { ...theFile, body } };
  const { bills } = await aBillOf(t, { wechat });
  const page = await bills.rows(all);
  assert.ok(page.outcome === 'refused' && /SHA1/.test(page.reason), JSON.stringify(page));
});

test('a ticket that is over is asked for once more, and no oftener', async (t) => {
  const over = no(400, 'INVALID_REQUEST');
  const wechat = { [paths.ticket]: aTicket(), [paths.file]: [over, theFile] };
  assert.equal((await (await aBillOf(t, { wechat })).bills.rows(all)).outcome, 'success');
  const never = { [paths.ticket]: aTicket(), [paths.file]: over };
  const { bills, requests } = await aBillOf(t, { wechat: never });
  const page = await bills.rows(all);
  assert.ok(page.outcome === 'no' && page.err_code === 'TICKET_OVER', JSON.stringify(page));
  assert.equal(requests.length, 4);
});

test('what WeChat says instead of a ticket or a file is told', async (t) => {
  const told: [Parameters<typeof aBillOf>[1], string][] = [
    [{ wechat: { [paths.ticket]: no(400, 'NO_STATEMENT_EXIST') } }, 'none'],
    [{ wechat: { [paths.ticket]: no(400, 'STATEMENT_CREATING') } }, 'creating'],
    [{ wechat: { [paths.ticket]: no(400, 'STATEMENTCREATING') } }, 'creating'],
    [{ wechat: { [paths.ticket]: no(403, 'NO_AUTH') } }, 'no'],
    [{ wechat: { [paths.ticket]: no(500, 'SYSTEM_ERROR') } }, 'unknown'],
    [{ wechat: { [paths.ticket]: { ...no(400, 'NO_STATEMENT_EXIST'), headers: {} } } }, 'unknown'],
    [{ wechat: { [paths.ticket]: aTicket({ hash_type: 'MD5' }) } }, 'unknown'],
    [{ wechat: { [paths.ticket]: aTicket({ download_url: 'https://x.example/a' }) } }, 'unknown'],
    [{ wechat: { [paths.ticket]: aTicket(), [paths.file]: no(403, 'NO_AUTH') } }, 'no'],
    [{ wechat: { [paths.ticket]: aTicket() } }, 'unknown'],
  ];
  for (const [wechat, outcome] of told) {
    const { bills } = await aBillOf(t, wechat);
    const page = await bills.rows(all);
    assert.equal(page.outcome, outcome, JSON.stringify(page));
  }
});

test('WeChat is asked for the merchant of the configuration', async (t) => {
  const wechat = { [paths.ticket]: no(400, 'NO_STATEMENT_EXIST') };
  const { bills, requests } = await aBillOf(t, { wechat });
  await bills.rows(all);
  assert.ok(requests[0]?.headers.authorization?.includes(`mchid="${account.mch_id}"`));
});
