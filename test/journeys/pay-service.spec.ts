import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { payService } from '@saoma/contracts/pay';
import { ClientOf } from '@saoma/platform/rpc/client';
import { ConnectProxy } from '../support/connect-proxy';
import { freePort } from '../support/ports';
import { ServiceProcess } from '../support/processes';
import { merchant } from '../support/system';
import { until, within } from '../support/until';

class PayClient extends ClientOf(payService) {}

const file = (name: string) => join(process.cwd(), 'test/vectors/certificates', name);
const { WECHAT_APPID: appid, WECHAT_MCH_ID: mch_id } = merchant;
const account = { dialect: 'v2' as const, appid, mch_id };
const trade = { out_trade_no: '1234567890123456789', account };
const refund = {
  ...account,
  out_trade_no: trade.out_trade_no,
  transaction_id: '4200002345202609306543210987',
  out_refund_no: '9876543210987654321',
  total_fee: 101,
  refund_fee: 1,
  reason: '',
  notify_url: 'http://127.0.0.1/pay/refundNotify',
};

/** A pay service before the WeChat at `url`, and a caller. */
async function aPayService(t: TestContext, url: string, env: Record<string, string> = {}) {
  const port = await freePort();
  const service = await ServiceProcess.start('pay-service', {
    ...merchant,
    PAY_RPC: `tcp://127.0.0.1:${port}`,
    WECHAT_API_URL: url,
    ...env,
  });
  const client = new PayClient({ host: '127.0.0.1', port });
  t.after(async () => {
    client.onApplicationShutdown();
    await service.kill();
  });
  return { service, client };
}

async function listening(t: TestContext, server: Server | ReturnType<typeof createHttpServer>) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A WeChat with TLS that notes who showed which certificate at which path. */
async function aSecureWechat(t: TestContext) {
  const seen: [path: string, subject: string][] = [];
  const server = createServer(
    {
      cert: readFileSync(file('host.pem')),
      key: readFileSync(file('host.key')),
      ca: readFileSync(file('ca.pem')),
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      seen.push([request.url ?? '', String(subject?.CN ?? 'nobody')]);
      response.end('<xml><return_code>FAIL</return_code></xml>');
    },
  );
  return { url: `https://127.0.0.1:${await listening(t, server)}`, seen };
}

const certified = {
  NODE_EXTRA_CA_CERTS: file('ca.pem'),
  WECHAT_CERT: file('merchant.pem'),
  WECHAT_CERT_KEY: file('merchant.key'),
};
const seenWithCertificate = [
  ['/pay/orderquery', 'nobody'],
  ['/secapi/pay/refund', 'merchant of the tests'],
  ['/pay/closeorder', 'nobody'],
];

async function callAll(client: PayClient): Promise<void> {
  await client.queryPayStatus(trade);
  await client.refund(refund);
  await client.closeOrder(trade);
}

test('the certificate is shown for a refund and nowhere else', async (t) => {
  const wechat = await aSecureWechat(t);
  const { client } = await aPayService(t, wechat.url, certified);
  await callAll(client);
  assert.deepEqual(wechat.seen, seenWithCertificate);
});

test('through a proxy WeChat sees and is shown the same', async (t) => {
  const [wechat, proxy] = [await aSecureWechat(t), await ConnectProxy.start()];
  t.after(() => proxy.stop());
  const { client } = await aPayService(t, wechat.url, {
    ...certified,
    HTTPS_PROXY: `http://${proxy.host}`,
    NO_PROXY: 'shop.example',
  });
  await callAll(client);
  assert.deepEqual(wechat.seen, seenWithCertificate);
  assert.deepEqual(new Set(proxy.asked), new Set([new URL(wechat.url).host]));
  proxy.stop();
  assert.equal((await client.queryPayStatus(trade)).outcome, 'unknown');
});

test('the merchant’s key may stand in a file', async (t) => {
  const wechat = await aSecureWechat(t);
  const folder = mkdtempSync(join(tmpdir(), 'saoma-key-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'key'), `${merchant.WECHAT_KEY}\n`);
  const { client } = await aPayService(t, wechat.url, {
    ...certified,
    WECHAT_KEY: '',
    WECHAT_KEY_FILE: join(folder, 'key'),
  });
  assert.equal((await client.queryPayStatus(trade)).outcome, 'unknown');
  assert.deepEqual(wechat.seen, [['/pay/orderquery', 'nobody']]);
});

test('a host whose own certificate nobody vouches for is told nothing', async (t) => {
  const wechat = await aSecureWechat(t);
  const { client } = await aPayService(t, wechat.url);
  assert.equal((await client.queryPayStatus(trade)).outcome, 'unknown');
  assert.deepEqual(wechat.seen, []);
});

test('a stop lets a call in flight end with its answer, then ends cleanly', async (t) => {
  let answer: (() => void) | undefined;
  const server = createHttpServer((_request, response) => {
    answer = () => response.end('<xml><return_code>FAIL</return_code></xml>');
  });
  const port = await listening(t, server);
  const { service, client } = await aPayService(t, `http://127.0.0.1:${port}`);
  const verdict = client.queryPayStatus(trade);
  await until('WeChat is asked', () => answer);
  const stopped = service.stop();
  await until('the stop has begun', () => service.log.join('').includes('"stopping"'));
  answer?.();
  assert.deepEqual(await verdict, { outcome: 'unknown', reason: 'FAIL: ' });
  await within('the stop', stopped);
});

test('a bad configuration stops it with one message, and without repeating the key', async () => {
  const service = new ServiceProcess('pay-service', {
    ...merchant,
    WECHAT_KEY: 'only-half-of-a-key',
    WECHAT_CERT: 'nowhere.pem',
    PAY_RPC: 'nowhere',
  });
  const { code, said } = await service.startInVain();
  assert.equal(code, 1);
  for (const name of ['WECHAT_KEY', 'WECHAT_CERT', 'WECHAT_CERT_KEY', 'PAY_RPC']) {
    assert.match(said, new RegExp(`^ {2}${name}: `, 'm'));
  }
  assert.doesNotMatch(said, /only-half/);
});
