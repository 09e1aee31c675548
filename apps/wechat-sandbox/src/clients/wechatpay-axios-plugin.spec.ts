import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { Aes, Formatter, Hash, Transformer, Wechatpay } from 'wechatpay-axios-plugin';
import { exampleMerchant } from '../merchant';
import { aSandbox, aShop, openOrder } from '../spec-kit';

const { appid, mch_id, key } = exampleMerchant;
const out_trade_no = 'T20260930-0001';
const dayMs = 86_400_000;

/** Its v3 half wants keys, though nobody asks it anything here. */
const pem = { type: 'spki', format: 'pem' } as const;
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: pem,
  privateKeyEncoding: { ...pem, type: 'pkcs8' },
});

/** wechatpay-axios-plugin as it is, but for the address of WeChat. */
async function aClient(t: Parameters<typeof aSandbox>[0], secret = key) {
  const kit = await aSandbox(t);
  const shop = await aShop(t);
  const client = new Wechatpay({
    mchid: mch_id,
    serial: '1234',
    privateKey,
    certs: { PLATFORM: publicKey },
    secret,
    baseURL: `${kit.url}/`,
    proxy: false,
  });
  return { kit, shop, v2: client.v2 as unknown as Chain };
}

type Fields = Record<string, string>;
interface Call {
  post(fields: object, config?: object): Promise<{ readonly data: Fields }>;
}
/** Its chain is made of any names; these are the ones that are called here. */
interface Chain {
  readonly pay: Record<
    'unifiedorder' | 'orderquery' | 'closeorder' | 'refundquery' | 'downloadbill',
    Call
  >;
  readonly secapi: { readonly pay: Record<'refund', Call> };
}
const head = { appid, mch_id };

for (const sign_type of ['MD5', 'HMAC-SHA256'] as const) {
  describe(`wechatpay-axios-plugin 0.9.6 with ${sign_type}`, () => {
    test('creates, queries, refunds, asks for the refund and the bill', async (t) => {
      const { kit, shop, v2 } = await aClient(t);
      const about = { ...head, sign_type, out_trade_no };
      const created = await v2.pay.unifiedorder.post({
        ...about,
        body: '测试 <商品> & 更多',
        total_fee: 101,
        spbill_create_ip: '127.0.0.1',
        notify_url: `${shop.url}/notify`,
        trade_type: 'NATIVE',
      });
      assert.match(created.data.code_url ?? '', /^weixin:\/\//);
      assert.equal((await v2.pay.orderquery.post(about)).data.trade_state, 'NOTPAY');
      await kit.control.pay({ code_url: created.data.code_url ?? '' });
      await kit.control.advance(0);
      assert.equal((await v2.pay.orderquery.post(about)).data.trade_state, 'SUCCESS');

      const notice = Transformer.toObject(shop.heard[0]?.body ?? '') as Fields;
      assert.ok(Hash.equals(notice.sign ?? '', Hash.sign(sign_type, notice, key)));
      assert.equal(notice.total_fee, '101');

      const accepted = await v2.secapi.pay.refund.post({
        ...about,
        out_refund_no: 'R-1',
        total_fee: 101,
        refund_fee: 1,
        notify_url: `${shop.url}/refunded`,
      });
      assert.match(accepted.data.refund_id ?? '', /^50/);
      await kit.control.advance(dayMs);
      const refunds = await v2.pay.refundquery.post(about);
      assert.equal(refunds.data.refund_status_0, 'SUCCESS');
      const told = Transformer.toObject(shop.heard[1]?.body ?? '') as Fields;
      const info = Aes.AesEcb.decrypt(told.req_info ?? '', Hash.md5(key));
      assert.equal((Transformer.toObject(info) as Fields).out_refund_no, 'R-1');

      const bill = await v2.pay.downloadbill.post(
        { ...head, sign_type, bill_date: '20260930' },
        { transformResponse: [] },
      );
      const { rows } = Formatter.castCsvBill(String(bill.data)) as { rows: Fields[] };
      assert.deepEqual(
        rows.map((row) => row.交易状态),
        ['SUCCESS', 'REFUND'],
      );
    });

    test('closes, and hears what WeChat has against it', async (t) => {
      const { kit, v2 } = await aClient(t);
      await openOrder(kit);
      const about = { ...head, sign_type, out_trade_no };
      await kit.control.advance(300_000);
      assert.equal((await v2.pay.closeorder.post(about)).data.result_code, 'SUCCESS');
      await assert.rejects(v2.pay.closeorder.post(about), {
        code: 'EV2_RES_STATUS_CODE_NOT_SUCESS',
      });
      await kit.control.fault({ kind: 'wrong_sign' });
      await assert.rejects(v2.pay.orderquery.post(about), { code: 'EV2_RES_SIGNATURE_NOT_EQUAL' });
    });
  });
}

test('with another key it is told so, and nothing happens', async (t) => {
  const { kit, v2 } = await aClient(t, 'x'.repeat(32));
  const lost = v2.pay.closeorder.post({ ...head, out_trade_no });
  await assert.rejects(lost, (error: { response: { data: Fields } }) => {
    assert.deepEqual({ ...error.response.data }, { return_code: 'FAIL', return_msg: '签名错误' });
    return true;
  });
  assert.deepEqual(await kit.control.trades(), []);
});
