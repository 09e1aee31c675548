import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import Tenpay = require('tenpay');

import { exampleMerchant } from '../merchant';
import { aSandbox, aShop } from '../spec-kit';

const { appid, mch_id, key } = exampleMerchant;
const out_trade_no = 'T20260930-0001';
const dayMs = 86_400_000;

/** tenpay as it is, but for the address of WeChat. */
async function aClient(t: Parameters<typeof aSandbox>[0]) {
  const kit = await aSandbox(t, { settings: { refund_spacing_ms: 0 } });
  const shop = await aShop(t);
  const client = new Tenpay({
    appid,
    mchid: mch_id,
    partnerKey: key,
    notify_url: `${shop.url}/notify`,
    refund_url: `${shop.url}/refunded`,
  });
  for (const [name, url] of Object.entries(client.urls)) {
    client.urls[name] = url.replace('https://api.mch.weixin.qq.com', kit.url);
  }
  return { kit, shop, client };
}

/** What tenpay reads in a notice, or the words with which it refuses it. */
async function read(client: Tenpay, kind: 'pay' | 'refund', body: string) {
  const request: Parameters<ReturnType<Tenpay['middlewareForExpress']>>[0] = { body };
  let refusal: string | undefined;
  const send = (xml: string) => {
    refusal = xml;
  };
  const reply = { header: () => {}, send };
  await client.middlewareForExpress(kind)(request, reply, () => {});
  return { refusal, notice: request.weixin };
}

for (const sign_type of ['MD5', 'HMAC-SHA256']) {
  describe(`tenpay 2.1.18 with ${sign_type}`, () => {
    const order = {
      body: '测试 <商品> & 更多',
      out_trade_no,
      total_fee: 101,
      trade_type: 'NATIVE',
    };

    test('creates, queries, refunds, asks for the refund and the bill', async (t) => {
      const { kit, client, shop } = await aClient(t);
      const created = await client.unifiedOrder({ ...order, sign_type });
      assert.match(created.code_url ?? '', /^weixin:\/\//);
      const unpaid = await client.orderQuery({ out_trade_no, sign_type });
      assert.equal(unpaid.trade_state, 'NOTPAY');

      const { transaction_id } = await kit.control.pay({ code_url: created.code_url ?? '' });
      await kit.control.advance(0);
      const paid = await client.orderQuery({ out_trade_no, sign_type });
      assert.deepEqual([paid.trade_state, paid.total_fee], ['SUCCESS', '101']);
      assert.equal(paid.transaction_id, transaction_id);

      const refund = { out_trade_no, out_refund_no: 'R-1', total_fee: 101, refund_fee: 1 };
      const accepted = await client.refund({ ...refund, sign_type });
      assert.match(accepted.refund_id ?? '', /^50/);
      await kit.control.advance(dayMs);
      const refunds = await client.refundQuery({ out_trade_no, sign_type });
      assert.equal(refunds.refund_status_0, 'SUCCESS');

      const bill = await client.downloadBill({ bill_date: '20260930', sign_type }, true);
      assert.deepEqual(
        bill.list_data.map((row) => [row[6], row[9]]),
        [
          [out_trade_no, 'SUCCESS'],
          [out_trade_no, 'REFUND'],
        ],
      );
      const refunded = await read(client, 'refund', shop.heard[1]?.body ?? '');
      assert.equal(refunded.notice?.req_info?.refund_status, 'SUCCESS');
      assert.equal(refunded.notice?.req_info?.out_refund_no, 'R-1');
    });

    test('closes, and hears what WeChat has against it', async (t) => {
      const { kit, client } = await aClient(t);
      await client.unifiedOrder({ ...order, sign_type });
      await assert.rejects(client.unifiedOrder({ ...order, total_fee: 102, sign_type }), {
        message: 'INVALID_REQUEST',
      });
      await kit.control.advance(300_000);
      await client.closeOrder({ out_trade_no, sign_type });
      await assert.rejects(client.closeOrder({ out_trade_no, sign_type }), {
        message: 'ORDERCLOSED',
      });
      const unknown = client.orderQuery({ out_trade_no: 'T-unknown', sign_type });
      await assert.rejects(unknown, { message: 'ORDERNOTEXIST' });
      const wrong = new Tenpay({ appid, mchid: mch_id, partnerKey: 'x'.repeat(32) });
      wrong.urls = client.urls;
      await assert.rejects(wrong.orderQuery({ out_trade_no, sign_type }), { message: '签名错误' });
    });
  });
}

test('tenpay takes true payment notices, and neither forged nor altered ones', async (t) => {
  const { kit, client, shop } = await aClient(t);
  await client.unifiedOrder({ body: 'a', out_trade_no, total_fee: 101, trade_type: 'NATIVE' });
  await kit.control.pay({ out_trade_no });
  for (const kind of ['coupons', 'sign_type', 'unknown_elements'] as const) {
    await kit.control.notice({ out_trade_no, fault: { kind } });
  }
  const trueOnes = shop.heard.length;
  await kit.control.notice({ out_trade_no, fault: { kind: 'forged' } });
  const altered = { kind: 'altered_amount', total_fee: 1, signed: false };
  await kit.control.notice({ out_trade_no, fault: altered });
  await kit.control.notice({ out_trade_no, fault: { kind: 'other_merchant' } });
  assert.equal(trueOnes, 4);
  for (const [n, { body }] of shop.heard.entries()) {
    const { refusal, notice } = await read(client, 'pay', body);
    if (n < trueOnes) assert.equal(notice?.total_fee, '101');
    else assert.match(refusal ?? '', /FAIL/);
  }
});
