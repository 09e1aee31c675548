import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import WxPay = require('wechatpay-node-v3');

import { aV3Sandbox, aV3Shop, type Heard, v3Merchant as merchant, vectors } from '../v3/spec-kit';

const out_trade_no = 'T20260930-0001';
const wechat = 'https://api.mch.weixin.qq.com';

/** wechatpay-node-v3 as it is; its hook for HTTP goes to the sandbox, and keeps what came. */
async function aClient(t: Parameters<typeof aV3Sandbox>[0]) {
  // It has no mode for 微信支付公钥.
  const kit = await aV3Sandbox(t, {
    platformMode: 'certificate',
    settings: { refund_spacing_ms: 0 },
  });
  const shop = await aV3Shop(t);
  const client = new WxPay({
    appid: merchant.appid,
    mchid: merchant.mch_id,
    publicKey: Buffer.from(merchant.certificate ?? ''),
    privateKey: Buffer.from(vectors.keys.merchant.privateKey),
    key: merchant.v3_key,
  });
  const answers: Heard[] = [];
  const send = async (url: string, init: RequestInit) => {
    const answer = await fetch(url.replace(wechat, kit.url), init);
    const body = await answer.text();
    answers.push({ headers: Object.fromEntries(answer.headers), body });
    const isJson = answer.headers.get('content-type')?.startsWith('application/json');
    const data = isJson && body ? JSON.parse(body) : body;
    return answer.ok
      ? { status: answer.status, data }
      : { status: answer.status, error: body, errRaw: data };
  };
  client.createHttp({
    get: (url: string, headers: Record<string, string>) => send(url, { headers }),
    post: (url: string, params: object, headers: Record<string, string>) =>
      send(url, { method: 'POST', headers, body: JSON.stringify(params) }),
    upload: () => Promise.reject(new Error('nothing is uploaded here')),
  } as unknown as Parameters<WxPay['createHttp']>[0]);
  return { kit, shop, client, isVerified: (told?: Heard) => verify(client, told), answers };
}

/** By the client's own function. */
async function verify(client: WxPay, told: Heard | undefined): Promise<boolean> {
  const of = (name: string) => String(told?.headers[`wechatpay-${name}`]);
  const verified = await client.verifySign({
    timestamp: of('timestamp'),
    nonce: of('nonce'),
    body: told?.body ?? '',
    serial: of('serial'),
    signature: of('signature'),
    apiSecret: merchant.v3_key,
  });
  return Boolean(verified);
}

/** What a notice tells, decrypted by the client's own function. */
function read(client: WxPay, told: Heard | undefined) {
  const { event_type, resource } = JSON.parse(told?.body ?? '{}');
  const { ciphertext, associated_data, nonce } = resource;
  const plain = client.decipher_gcm<Record<string, unknown>>(ciphertext, associated_data, nonce);
  return { event_type, plain };
}

test('wechatpay-node-v3 2.2.1 pays, queries, refunds and reads both notices', async (t) => {
  const { kit, shop, client, isVerified, answers } = await aClient(t);
  const created = await client.transactions_native({
    description: '测试 <商品>',
    out_trade_no,
    notify_url: `${shop.url}/notify`,
    amount: { total: 101 },
  });
  assert.equal(created.status, 200);
  assert.ok(await isVerified(answers[0]));
  const { transaction_id } = await kit.control.pay({ code_url: created.data.code_url });
  await kit.control.advance(0);
  const byNumber = await client.query({ out_trade_no });
  const byId = await client.query({ transaction_id: transaction_id ?? '' });
  assert.deepEqual([byNumber.data.trade_state, byId.data], ['SUCCESS', byNumber.data]);

  assert.ok(await isVerified(shop.heard[0]));
  const paid = read(client, shop.heard[0]);
  assert.deepEqual(
    [paid.event_type, paid.plain.transaction_id],
    ['TRANSACTION.SUCCESS', transaction_id],
  );

  const amount = { refund: 40, total: 101, currency: 'CNY' };
  const notify_url = `${shop.url}/refunded`;
  const accepted = await client.refunds({ out_trade_no, out_refund_no: 'R-1', notify_url, amount });
  assert.equal(accepted.data?.status, 'PROCESSING');
  await kit.control.advance(3_000);
  assert.equal((await client.find_refunds('R-1')).data?.status, 'SUCCESS');
  assert.ok(await isVerified(shop.heard[1]));
  const refunded = read(client, shop.heard[1]);
  assert.deepEqual(
    [refunded.event_type, refunded.plain.refund_status],
    ['REFUND.SUCCESS', 'SUCCESS'],
  );
});

test('wechatpay-node-v3 2.2.1 downloads both bills', async (t) => {
  const { kit, client } = await aClient(t);
  const order = { description: '测试', out_trade_no, amount: { total: 101 } };
  const notify_url = 'http://127.0.0.1:9/notify';
  const created = await client.transactions_native({ ...order, notify_url });
  await kit.control.pay({ code_url: created.data.code_url });
  await kit.control.advance(24 * 3_600_000);
  const day = { bill_date: '2026-09-30' };
  const tickets = [
    await client.tradebill({ ...day, bill_type: 'ALL' }),
    await client.fundflowbill({ ...day, account_type: 'BASIC' }),
  ];
  for (const { data } of tickets) {
    // It signs a whole URL unless the host is WeChat's.
    const file = await client.downloadBill(data.download_url.replace(kit.url, wechat));
    assert.equal(createHash('sha1').update(`\ufeff${file.data}`).digest('hex'), data.hash_value);
  }
});

test('wechatpay-node-v3 2.2.1 closes, and hears what WeChat has against it', async (t) => {
  const { kit, client, isVerified, answers } = await aClient(t);
  assert.equal((await client.close(out_trade_no)).status, 204);
  assert.ok(await isVerified(answers[0]));
  assert.equal((await client.query({ out_trade_no })).status, 404);
  await kit.control.fault({ kind: 'wrong_sign' });
  await client.query({ out_trade_no });
  assert.ok(!(await isVerified(answers.at(-1))));
});
