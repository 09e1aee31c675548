import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { payService } from '@saoma/contracts/pay';
import { ClientOf } from '@saoma/platform/rpc/client';
import { beijingTime } from '../support/beijing-time';
import { ask, expected } from '../support/http';
import { freePort } from '../support/ports';
import { ServiceProcess } from '../support/processes';
import { Sandbox } from '../support/sandbox';

class PayClient extends ClientOf(payService) {}

const { identities, keys } = JSON.parse(
  readFileSync(join(process.cwd(), 'test/vectors/wechat-v3/v3-more.json'), 'utf8'),
);
const merchant = {
  WECHAT_APPID: identities.appid,
  WECHAT_MCH_ID: identities.mchid,
  WECHAT_KEY: '192006250b4c09247ec02edce69f6a2d',
};
const dayMs = 86_400_000;

/** A sandbox for both dialects, and a pay service of one with the keys of both. */
async function aPair(t: TestContext, dialect: 'v2' | 'v3') {
  const folder = mkdtempSync(join(tmpdir(), 'saoma-bills-'));
  const file = (name: string, pem: string) => {
    writeFileSync(join(folder, name), pem);
    return join(folder, name);
  };
  const [port, sandboxPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${sandboxPort}`;
  const cert = file('cert.pem', keys.merchant.certificate);
  const both = { ...merchant, WECHAT_V3_KEY: identities.apiV3Key, WECHAT_CERT: cert };
  const wechat = await ServiceProcess.start('wechat-sandbox', {
    ...both,
    PORT: String(sandboxPort),
  });
  const sandbox = new Sandbox(url, merchant);
  const { public_key, public_key_id } = await sandbox.publicKey();
  const pay = await ServiceProcess.start('pay-service', {
    ...both,
    WECHAT_API: dialect,
    WECHAT_CERT_KEY: file('key.pem', keys.merchant.privateKey),
    WECHAT_PUBLIC_KEY: file('pub_key.pem', public_key ?? ''),
    WECHAT_PUBLIC_KEY_ID: public_key_id ?? '',
    WECHAT_API_URL: url,
    PAY_RPC: `tcp://127.0.0.1:${port}`,
  });
  const client = new PayClient({ host: '127.0.0.1', port });
  t.after(async () => {
    client.onApplicationShutdown();
    await Promise.all([wechat.kill(), pay.kill()]);
    rmSync(folder, { recursive: true });
  });
  const turn = async (advance_ms: number) =>
    expected(200, await ask('POST', `${url}/_sandbox/clock`, { body: { advance_ms } }));
  return { client, sandbox, turn };
}

type Pair = Awaited<ReturnType<typeof aPair>>;

/** A payment of 25.00 and a refund of 10.00, and their day at WeChat. */
async function aDay({ client, sandbox, turn }: Pair): Promise<string> {
  // Far from midnight, whenever the test runs.
  const sinceMidnightMs = (Date.now() + 8 * 3_600_000) % dayMs;
  await turn(dayMs + 12 * 3_600_000 - sinceMidnightMs);
  const noonMs = Date.now() + dayMs + 12 * 3_600_000 - sinceMidnightMs;
  const out_trade_no = '1234567890123456789';
  const now = new Date(noonMs).toISOString();
  const payment = { out_trade_no, total_fee: 2_500, create_time: now, expire_time: null, now };
  const code = await client.createNative(await client.prepareNative(payment));
  assert.ok(code.outcome === 'success', JSON.stringify(code));
  await sandbox.pay(code.code_url);
  const refund = { out_trade_no, refund_fee: 1_000, notify_url: 'http://127.0.0.1:9/refundNotify' };
  await sandbox.refundInConsole(refund);
  return beijingTime(noonMs).replace(/^(....)(..)(..).*/, '$1-$2-$3');
}

for (const dialect of ['v2', 'v3'] as const) {
  const call = dialect === 'v2' ? 'downloadbill' : 'tradebill';
  const file = dialect === 'v2' ? 'downloadbill' : 'billdownload';

  test(`${dialect}: the bill of a day is had next morning, through every fault`, async (t) => {
    const pair = await aPair(t, dialect);
    const { client, sandbox, turn } = pair;
    const day = await aDay(pair);
    const rows = (some: string) => client.billRows({ day: some, from_row: 0, bill_hash: null });
    await turn(18 * 3_600_000);
    assert.deepEqual(await rows(day), { outcome: 'creating' });
    await turn(6 * 3_600_000);
    const empty = new Date(Date.parse(day) - 10 * dayMs).toISOString().slice(0, 10);
    assert.deepEqual(await rows(empty), { outcome: 'none' });

    const faults: [object, string][] = [
      [{ kind: 'http_error', status: 502, match: { call } }, 'unknown'],
      [{ kind: 'system_error', match: { call } }, 'unknown'],
      [{ kind: 'reset', times: 2, match: { call } }, 'unknown'],
      [{ kind: 'truncated', match: { call: file } }, 'refused'],
      [{ kind: 'http_error', status: 503, match: { call: file } }, 'unknown'],
    ];
    for (const [fault, outcome] of faults) {
      await sandbox.fault({ ...fault });
      const told = await rows(day);
      assert.equal(told.outcome, outcome, JSON.stringify([fault, told]));
      await sandbox.forgetFaults();
    }
    if (dialect === 'v3') {
      const over = { kind: 'err_code', err_code: 'INVALID_REQUEST', match: { call: file } };
      await sandbox.fault(over);
    }
    const bill = await rows(day);
    assert.ok(bill.outcome === 'success', JSON.stringify(bill));
    const { order_fee, refund_fee } = bill.totals;
    assert.deepEqual([bill.next_row, order_fee, refund_fee], [null, 2_500, 1_000]);
    const told = bill.rows.map(({ type, fee, out_trade_no }) => [type, fee, out_trade_no]);
    assert.deepEqual(told, [
      ['payment', 2_500, '1234567890123456789'],
      ['refund', 1_000, '1234567890123456789'],
    ]);
    const { bill_hash } = bill;
    const piece = await client.billBytes({ day, kind: 'trade', offset: 0, bill_hash });
    assert.ok(piece.outcome === 'success' && piece.next_offset === null);
    const text = gunzipSync(Buffer.from(piece.gzip_base64, 'base64')).toString();
    assert.match(text, /^\ufeff交易时间,.*\r\n`2,/s);

    const flow = await client.fundflow({ day });
    assert.ok(flow.outcome === 'success', JSON.stringify(flow));
    assert.deepEqual([flow.rows, flow.incoming, flow.fees], [3, 2_500, 15]);
    assert.deepEqual(
      flow.kinds.map(({ kind }) => kind),
      ['交易', '扣除交易手续费', '退款'],
    );
    assert.equal((await client.fundflow({ day: empty })).outcome, 'none');
  });
}
