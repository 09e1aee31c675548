import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { payService } from '@saoma/contracts/pay';
import { ClientOf } from '@saoma/platform/rpc/client';
import { freePort } from '../support/ports';
import { ServiceProcess } from '../support/processes';
import { Sandbox } from '../support/sandbox';
import { merchant } from '../support/system';
import { until } from '../support/until';

class PayClient extends ClientOf(payService) {}

const file = (name: string) => join(process.cwd(), 'test/vectors/certificates', name);
const tls = { SANDBOX_TLS_CERT: file('host.pem'), SANDBOX_TLS_KEY: file('host.key') };
const account = {
  dialect: 'v2' as const,
  appid: merchant.WECHAT_APPID,
  mch_id: merchant.WECHAT_MCH_ID,
};
const out_trade_no = '1234567890123456789';
const trade = { out_trade_no, account };
const payment = {
  out_trade_no,
  total_fee: 101,
  create_time: new Date().toISOString(),
  expire_time: null,
  now: new Date().toISOString(),
};

type Environments = Partial<Record<'pay' | 'sandbox', Record<string, string>>>;

/** A pay service before a sandbox, and a caller. */
async function aPair(t: TestContext, env: Environments = {}) {
  const port = await freePort();
  const sandboxPort = await freePort();
  const url = `${env.sandbox?.SANDBOX_TLS_CERT ? 'https' : 'http'}://127.0.0.1:${sandboxPort}`;
  const services = await Promise.all([
    ServiceProcess.start('wechat-sandbox', {
      ...merchant,
      PORT: String(sandboxPort),
      SANDBOX_REFUND_AFTER_MS: '100',
      ...env.sandbox,
    }),
    ServiceProcess.start('pay-service', {
      ...merchant,
      PAY_RPC: `tcp://127.0.0.1:${port}`,
      WECHAT_API_URL: url,
      ...env.pay,
    }),
  ]);
  const client = new PayClient({ host: '127.0.0.1', port });
  t.after(async () => {
    client.onApplicationShutdown();
    await Promise.all(services.map((service) => service.kill()));
  });
  return { client, sandbox: new Sandbox(url, merchant) };
}

/** The shop's notify address, which keeps what comes and believes all of it. */
async function aNotifyHost(t: TestContext) {
  const bodies: [path: string, body_base64: string][] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString('base64');
    bodies.push([request.url ?? '', body]);
    response.end('<xml><return_code>SUCCESS</return_code></xml>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/pay/notify`;
  const bodyAt = (path: string) =>
    until(`a notice at ${path}`, () => bodies.find(([at]) => at === path)?.[1]);
  return { url, bodyAt };
}

for (const WECHAT_SIGN_TYPE of ['MD5', 'HMAC-SHA256']) {
  test(`with ${WECHAT_SIGN_TYPE} a payment goes all the way from code to refund`, async (t) => {
    const shop = await aNotifyHost(t);
    const pay = { WECHAT_SIGN_TYPE, WECHAT_NOTIFY_URL: shop.url };
    const { client, sandbox } = await aPair(t, { pay });
    const request = await client.prepareNative(payment);
    assert.equal((await client.queryPayStatus(trade)).outcome, 'no');
    const code = await client.createNative(request);
    assert.ok(code.outcome === 'success');
    const unpaid = await client.queryPayStatus(trade);
    assert.ok(unpaid.outcome === 'success' && unpaid.trade_state === 'NOTPAY' && !unpaid.paid);

    await sandbox.pay(code.code_url);
    const paid = await client.queryPayStatus(trade);
    assert.ok(paid.outcome === 'success' && paid.trade_state === 'SUCCESS' && paid.paid);
    assert.equal(paid.paid.total_fee, 101);
    const body_base64 = await shop.bodyAt('/pay/notify');
    const { news } = await client.readNotice({ body_base64, headers: {} });
    assert.deepEqual(news, { is: 'payment', paid: paid.paid });
    const closed = await client.closeOrder(trade);
    assert.ok(closed.outcome === 'no' && closed.err_code === 'ORDERPAID');

    const refund = await client.prepareRefund({
      ...trade,
      transaction_id: paid.paid.transaction_id,
      out_refund_no: '9876543210987654321',
      total_fee: 101,
      refund_fee: 50,
      reason: '商品已售完',
    });
    const none = await client.queryRefund({ ...trade, out_refund_no: refund.out_refund_no });
    assert.ok(none.outcome === 'no' && none.err_code === 'REFUNDNOTEXIST');
    const accepted = await client.refund(refund);
    assert.ok(accepted.outcome === 'success');
    assert.deepEqual(await client.refund(refund), accepted);
    const notice = await client.readNotice({
      body_base64: await shop.bodyAt('/pay/refundNotify'),
      headers: {},
    });
    const { transaction_id, out_refund_no } = refund;
    assert.deepEqual(notice.news, { is: 'refund', out_trade_no, transaction_id, out_refund_no });
    const refunded = await client.queryRefund({ ...trade, out_refund_no: refund.out_refund_no });
    const asked = { ...trade, out_refund_no: refund.out_refund_no, timed: true } as const;
    const timed = await client.queryRefund(asked);
    assert.ok(timed.outcome === 'success');
    const { success_time, ...untimed } = timed;
    assert.match(success_time ?? '', /\+08:00$/);
    assert.deepEqual(untimed, refunded, 'a release before asks for no time, and is told none');
    assert.deepEqual(refunded, {
      outcome: 'success',
      refund_status: 'SUCCESS',
      refund_fee: 50,
      refund_id: accepted.refund_id,
      money: { out_trade_no, transaction_id, total_fee: 101 },
    });
    const after = await client.queryPayStatus(trade);
    assert.ok(after.outcome === 'success' && after.trade_state === 'REFUND' && after.paid);
  });
}

test('WeChat hears of a refund only with our certificate; without it nobody knows', async (t) => {
  const refund = {
    ...account,
    out_trade_no,
    transaction_id: '4200000000000000000000000000',
    out_refund_no: '1',
    total_fee: 101,
    refund_fee: 1,
    reason: '',
    notify_url: 'http://127.0.0.1/pay/refundNotify',
  };
  const sandbox = { ...tls, SANDBOX_CLIENT_CA: file('ca.pem') };
  const trusting = { NODE_EXTRA_CA_CERTS: file('ca.pem') };
  const certificate = {
    WECHAT_CERT: file('merchant.pem'),
    WECHAT_CERT_KEY: file('merchant.key'),
  };
  const bare = await aPair(t, { sandbox, pay: trusting });
  assert.equal((await bare.client.refund(refund)).outcome, 'unknown');
  assert.equal((await bare.client.queryPayStatus(trade)).outcome, 'no');
  const certified = await aPair(t, { sandbox, pay: { ...trusting, ...certificate } });
  const verdict = await certified.client.refund(refund);
  assert.equal(verdict.outcome, 'no');
});

test('with another key at WeChat every answer is unknown, never a no', async (t) => {
  const { client } = await aPair(t, { sandbox: { WECHAT_KEY: 'f'.repeat(32) } });
  assert.equal((await client.queryPayStatus(trade)).outcome, 'unknown');
  assert.equal((await client.closeOrder(trade)).outcome, 'unknown');
});
