import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { payService } from '@saoma/contracts/pay';
import { ClientOf } from '@saoma/platform/rpc/client';
import { checkWechat } from '../support/check-wechat';
import { ask } from '../support/http';
import { freePort } from '../support/ports';
import { ServiceProcess } from '../support/processes';
import { Sandbox } from '../support/sandbox';
import { until } from '../support/until';

class PayClient extends ClientOf(payService) {}

const { identities, keys } = JSON.parse(
  readFileSync(join(process.cwd(), 'test/vectors/wechat-v3/v3-more.json'), 'utf8'),
);
const WECHAT_KEY = '192006250b4c09247ec02edce69f6a2d';
const ours = { WECHAT_APPID: identities.appid, WECHAT_MCH_ID: identities.mchid };
const account = { dialect: 'v3', appid: identities.appid, mch_id: identities.mchid } as const;

interface Arrived {
  readonly body: Buffer;
  readonly headers: IncomingHttpHeaders;
}

/** The shop's notify address, which keeps what comes and lets the test say what it answers. */
async function aShop(t: TestContext) {
  const arrived: Arrived[] = [];
  const hears: { notice?: (notice: Arrived) => Promise<number> } = {};
  const server = createServer(async (request, response) => {
    const notice = { body: Buffer.concat(await request.toArray()), headers: request.headers };
    const status = (await hears.notice?.(notice)) ?? 204;
    arrived.push(notice);
    response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/pay/notify`;
  return { url, arrived, hears };
}

/** A folder for PEM files, and what is written into it. */
function pemFiles(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'saoma-v3-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return (name: string, pem: string) => {
    writeFileSync(join(folder, name), pem);
    return join(folder, name);
  };
}

/** A sandbox in one of its modes, and what a pay service must know of it. */
async function aWechat(t: TestContext, mode: 'certificate' | 'both' | 'public-key') {
  const file = pemFiles(t);
  const shop = await aShop(t);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const merchant = {
    ...ours,
    WECHAT_V3_KEY: identities.apiV3Key,
    WECHAT_CERT: file('cert.pem', keys.merchant.certificate),
  };
  const service = await ServiceProcess.start('wechat-sandbox', {
    ...merchant,
    WECHAT_KEY,
    PORT: String(port),
    SANDBOX_PLATFORM_MODE: mode,
    SANDBOX_REFUND_AFTER_MS: '100',
  });
  t.after(() => service.kill());
  const platform = (await ask('GET', `${url}/_sandbox/platform`)).json();
  const { public_key, public_key_id } = platform as Record<string, string | null>;
  const env: Record<string, string> = {
    ...merchant,
    WECHAT_API: 'v3',
    WECHAT_CERT_KEY: file('key.pem', keys.merchant.privateKey),
    WECHAT_API_URL: url,
    WECHAT_NOTIFY_URL: shop.url,
    ...(public_key && {
      WECHAT_PUBLIC_KEY: file('pub_key.pem', public_key),
      WECHAT_PUBLIC_KEY_ID: public_key_id ?? '',
    }),
  };
  return { env, shop, file, sandbox: new Sandbox(url, { ...ours, WECHAT_KEY }), url };
}

async function aPayService(t: TestContext, env: Record<string, string>) {
  const port = await freePort();
  const service = await ServiceProcess.start('pay-service', {
    ...env,
    PAY_RPC: `tcp://127.0.0.1:${port}`,
  });
  const client = new PayClient({ host: '127.0.0.1', port });
  t.after(async () => {
    client.onApplicationShutdown();
    await service.kill();
  });
  const read = ({ body, headers }: Arrived) => {
    const told = Object.entries(headers).filter(([name]) => /^(wechatpay-|request-id)/.test(name));
    const body_base64 = body.toString('base64');
    return client.readNotice({ body_base64, headers: Object.fromEntries(told) });
  };
  return { client, read };
}

function aPayment(out_trade_no: string, total_fee = 2500) {
  const now = new Date().toISOString();
  return { out_trade_no, total_fee, create_time: now, expire_time: null, now };
}

for (const mode of ['certificate', 'both', 'public-key'] as const) {
  test(`in ${mode} mode a payment goes all the way from code to refund`, async (t) => {
    const { env, shop, sandbox } = await aWechat(t, mode);
    const { client, read } = await aPayService(t, env);
    const out_trade_no = '1234567890123456789';
    const trade = { out_trade_no, account };
    const code = await client.createNative(await client.prepareNative(aPayment(out_trade_no)));
    assert.ok(code.outcome === 'success');
    const before = await client.queryPayStatus(trade);
    assert.deepEqual(before, { outcome: 'success', trade_state: 'NOTPAY', paid: null });

    await sandbox.pay(code.code_url);
    const after = await client.queryPayStatus(trade);
    assert.ok(after.outcome === 'success' && after.paid?.total_fee === 2500);
    const paid = await read(await until('the notice', () => shop.arrived[0]));
    assert.deepEqual(paid.news, { is: 'payment', paid: after.paid });
    assert.equal(paid.reply.status, 204);
    const late = await client.closeOrder(trade);
    assert.ok(late.outcome === 'no' && late.err_code === 'ORDERPAID');

    const out_refund_no = '9876543210987654321';
    const { transaction_id } = after.paid;
    const money = {
      out_trade_no,
      transaction_id,
      out_refund_no,
      total_fee: 2500,
      refund_fee: 1000,
    };
    const request = await client.prepareRefund({ ...money, reason: '商品已售完', account });
    const accepted = await client.refund(request);
    assert.deepEqual(await client.refund(request), accepted, 'a repeat is the same refund');
    const back = await read(await until('the refund notice', () => shop.arrived[1]));
    assert.deepEqual(back.news, { is: 'refund', out_trade_no, out_refund_no, transaction_id });
    const refunded = await client.queryRefund({ ...trade, out_refund_no });
    assert.ok(refunded.outcome === 'success');
    assert.deepEqual([refunded.refund_status, refunded.refund_fee], ['SUCCESS', 1000]);
    const strange = await client.queryRefund({ ...trade, out_refund_no: '1' });
    assert.ok(strange.outcome === 'no' && strange.err_code === 'REFUNDNOTEXIST');
  });
}

test('a payment is closed, and a number that WeChat never knew is burnt', async (t) => {
  const { env } = await aWechat(t, 'public-key');
  const { client } = await aPayService(t, env);
  const request = await client.prepareNative(aPayment('111111'));
  assert.equal((await client.createNative(request)).outcome, 'success');
  for (const out_trade_no of ['111111', '121212']) {
    const closed = await client.closeOrder({ out_trade_no, account });
    assert.deepEqual(closed, { outcome: 'success' });
  }
  const again = await client.createNative(request);
  assert.ok(again.outcome === 'no' && again.err_code === 'ORDERCLOSED');
  const burnt = await client.createNative(await client.prepareNative(aPayment('121212')));
  assert.equal(burnt.outcome, 'no');
});

test('what v2 opened is carried on in v3 when the key of v2 is gone', async (t) => {
  const { env, sandbox } = await aWechat(t, 'public-key');
  const before = await aPayService(t, { ...env, WECHAT_API: 'v2', WECHAT_KEY });
  const request = await before.client.prepareNative(aPayment('212121'));
  const code = await before.client.createNative(request);
  assert.ok(request.dialect === 'v2' && code.outcome === 'success');
  await sandbox.pay(code.code_url);

  const { client } = await aPayService(t, env);
  const gone = await client.createNative(request);
  assert.ok(gone.outcome === 'no' && gone.err_code === 'DIALECT_GONE');
  const v2 = { ...account, dialect: 'v2' } as const;
  const paid = await client.queryPayStatus({ out_trade_no: '212121', account: v2 });
  assert.ok(paid.outcome === 'success' && paid.paid?.total_fee === 2500);
});

test('check-wechat proves a right configuration, and a running service its notices', async (t) => {
  const { env, shop } = await aWechat(t, 'public-key');
  const { client, read } = await aPayService(t, env);
  shop.hears.notice = async (notice) => (await read(notice)).reply.status;
  const { findings } = await client.checkWechat({});
  const unproved = findings.filter(({ is }) => is !== 'good').map(({ about }) => about);
  assert.deepEqual(unproved, ['appid']);
  shop.hears = {};

  const { code, said } = await checkWechat(env);
  assert.equal(code, 0, said);
  assert.match(said, /^good +v3 request-key/m);
  assert.match(said, /^unproved +v3 notify-url/m);
  assert.match(said, /^good +v3 certificate +WECHAT_CERT ends on 20/m);
  assert.match(said, /^unproved +v3 appid +only a first code proves/m);
  assert.match(said, /POST \/api\/wechat\/check hears of them/);
  assert.match(said, /NOT proved, and maybe wrong: v3 api-key, v3 notify-url, v3 appid\.\n$/);
  const both = await checkWechat({ ...env, WECHAT_KEY });
  assert.equal(both.code, 0, both.said);
  assert.match(both.said, /^good +v2 request-key/m);
});

test('check-wechat says what is wrong, and ends with 1', async (t) => {
  const { env, file } = await aWechat(t, 'public-key');
  const wrong: [Record<string, string>, RegExp][] = [
    [{ WECHAT_PUBLIC_KEY: file('other.pem', keys.wxpub.publicKey) }, /BAD .*answer-key/],
    [{ WECHAT_PUBLIC_KEY_ID: 'PUB_KEY_ID_1' }, /BAD .*(own|answer)-key/],
    [
      {
        WECHAT_CERT: file('other-cert.pem', keys.platform1.certificate),
        WECHAT_CERT_KEY: file('other-key.pem', keys.platform1.privateKey),
      },
      /BAD .*request-key.*look at WECHAT_CERT/,
    ],
    [{ WECHAT_API: 'v2', WECHAT_KEY: 'A'.repeat(32) }, /BAD .*v2 request-key.*WECHAT_KEY/],
    [{ WECHAT_V3_KEY: 'thirty-two characters with blank' }, /WECHAT_V3_KEY: must be/],
    [
      {
        WECHAT_API_URL: `http://127.0.0.1:${await freePort()}`,
        WECHAT_KEY: 'A'.repeat(32),
      },
      /UNKNOWN +v2 .*UNKNOWN +v3 .*no answer/s,
    ],
  ];
  for (const [change, says] of wrong) {
    const { code, said } = await checkWechat({ ...env, ...change });
    assert.deepEqual([code, says.test(said)], [1, true], said);
    assert.ok(!said.includes(identities.apiV3Key));
    // Nothing but its own lines: no log stands between them.
    assert.doesNotMatch(said, /WARN|no certain answer from WeChat/);
  }
});
