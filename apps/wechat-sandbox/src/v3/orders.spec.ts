import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleMerchant } from '../merchant';
import { openOrder, call as v2Call } from '../spec-kit';
import {
  anOrder,
  aV3Sandbox,
  close,
  isVerified,
  native,
  openV3Order,
  platformKeys,
  query,
  v3Call,
  v3Merchant,
} from './spec-kit';

const out_trade_no = 'T20260930-0001';
const { mch_id: mchid, appid } = v3Merchant;
const reentry = '请求重入时，参数与首次请求时不一致';

test('an order is opened, scanned, paid and asked for by either number', async (t) => {
  const kit = await aV3Sandbox(t);
  const code_url = await openV3Order(kit, { attach: 'order=7&note=a<b' });
  assert.match(code_url, /^weixin:\/\/wxpay\/bizpayurl\?pr=\w+$/);
  const unpaid = await v3Call(kit, query(out_trade_no));
  const head = `{"amount":{"payer_currency":"CNY","total":101},"appid":"${appid}"`;
  const state = '"trade_state":"NOTPAY","trade_state_desc":"订单未支付"';
  assert.equal(
    unpaid.text,
    `${head},"mchid":"${mchid}","out_trade_no":"${out_trade_no}","promotion_detail":[],` +
      `"scene_info":{"device_id":""},${state}}`,
  );

  const { transaction_id } = await kit.control.pay({ code_url });
  const paid = await v3Call(kit, query(out_trade_no));
  assert.deepEqual(paid.json, {
    amount: { currency: 'CNY', payer_currency: 'CNY', payer_total: 101, total: 101 },
    appid,
    attach: 'order=7&note=a<b',
    bank_type: 'OTHERS',
    mchid,
    out_trade_no,
    payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
    promotion_detail: [],
    success_time: '2026-09-30T10:15:00+08:00',
    trade_state: 'SUCCESS',
    trade_state_desc: '支付成功',
    trade_type: 'NATIVE',
    transaction_id,
  });
  const target = `/v3/pay/transactions/id/${transaction_id}?mchid=${mchid}`;
  assert.equal((await v3Call(kit, ['GET', target])).text, paid.text);
  const again = await v3Call(kit, native, { body: anOrder({ attach: 'order=7&note=a<b' }) });
  assert.deepEqual([again.status, again.json.code], [400, 'ORDER_PAID']);
  const { calls, api } = await kit.control.trade(out_trade_no);
  assert.deepEqual([api, calls], ['v3', { unifiedorder: 2, orderquery: 3 }]);
});

test('the same order again gives a new code, another one under its number none', async (t) => {
  const kit = await aV3Sandbox(t);
  const first = await openV3Order(kit);
  const { amount, ...others } = anOrder();
  const respelled = JSON.stringify({ amount, ...others }, null, 1);
  const again = await v3Call(kit, native, { body: respelled });
  assert.equal(again.status, 200);
  assert.notEqual(again.json.code_url, first);
  const other = await v3Call(kit, native, { body: anOrder({ attach: 'x' }) });
  assert.deepEqual(
    [other.status, other.json],
    [400, { code: 'INVALID_REQUEST', message: reentry }],
  );
  assert.match(String(other.headers['request-id']), /^08[0-9A-F]{38}-268498688$/);
});

test('time_expire is raised to a minute and cut to seven days', async (t) => {
  const kit = await aV3Sandbox(t);
  const expire = async (name: string, time_expire?: string) => {
    await openV3Order(kit, { out_trade_no: name, time_expire });
    return (await kit.control.trade(name)).expire_time;
  };
  assert.equal(await expire('T-past', '2020-01-01T00:00:00+08:00'), '2026-09-30T02:16:00.000Z');
  assert.equal(await expire('T-far-away', '2030-01-01T00:00:00Z'), '2026-10-07T02:15:00.000Z');
  assert.equal(await expire('T-without'), '2026-10-07T02:15:00.000Z');
  assert.equal(await expire('T-hour', '2026-09-30T11:15:00+08:00'), '2026-09-30T03:15:00.000Z');
});

test('a close is signed and empty, of an old order, a young one and a closed one', async (t) => {
  const kit = await aV3Sandbox(t);
  await openV3Order(kit);
  const keys = await platformKeys(kit);
  for (const _time of [1, 2]) {
    const closed = await v3Call(kit, close(out_trade_no), { body: { mchid } });
    assert.deepEqual([closed.status, closed.text], [204, '']);
    assert.equal(closed.headers['content-type'], 'application/json; charset=utf-8');
    assert.equal(closed.headers['content-length'], '0');
    assert.ok(isVerified(closed, keys));
  }
  const asked = await v3Call(kit, query(out_trade_no));
  assert.equal(
    asked.text,
    `{"amount":{"payer_currency":"CNY","total":101},"appid":"${appid}","attach":"",` +
      `"mchid":"${mchid}","out_trade_no":"${out_trade_no}","payer":{},"promotion_detail":[],` +
      '"trade_state":"CLOSED","trade_state_desc":"订单已关闭"}',
  );
  const again = await v3Call(kit, native, { body: anOrder() });
  assert.deepEqual([again.status, again.json.code], [400, 'ORDER_CLOSED']);
});

test('closing a number that nobody has burns it, in both dialects', async (t) => {
  const kit = await aV3Sandbox(t);
  assert.equal((await v3Call(kit, close(out_trade_no), { body: { mchid } })).status, 204);
  const asked = await v3Call(kit, query(out_trade_no));
  assert.deepEqual(
    [asked.status, asked.json],
    [404, { code: 'ORDER_NOT_EXIST', message: '订单不存在' }],
  );
  const opened = await v3Call(kit, native, { body: anOrder() });
  assert.deepEqual([opened.status, opened.json.message], [400, reentry]);
  await kit.control.forget();
  await openV3Order(kit);
});

test('a paid order cannot be closed', async (t) => {
  const kit = await aV3Sandbox(t);
  await kit.control.pay({ code_url: await openV3Order(kit) });
  const closed = await v3Call(kit, close(out_trade_no), { body: { mchid } });
  assert.deepEqual(
    [closed.status, closed.json],
    [400, { code: 'ORDER_PAID', message: '该订单已支付' }],
  );
});

test('one book: what one dialect opened, the other asks for, closes and cannot open', async (t) => {
  const merchant = { ...v3Merchant, mch_id: exampleMerchant.mch_id };
  const kit = await aV3Sandbox(t, { merchants: [merchant], settings: { close_after_ms: 0 } });
  const twist = { mchid: merchant.mch_id };
  await openOrder(kit);
  const number = [
    'GET',
    `/v3/pay/transactions/out-trade-no/${out_trade_no}?mchid=${merchant.mch_id}`,
  ] as const;
  assert.equal((await v3Call(kit, number, twist)).json.trade_state, 'NOTPAY');
  const body = anOrder({ mchid: merchant.mch_id, out_trade_no: 'T-by-v3' });
  assert.equal((await v3Call(kit, native, { body, ...twist })).status, 200);
  const other = { ...body, out_trade_no };
  assert.equal((await v3Call(kit, native, { body: other, ...twist })).json.message, reentry);

  const asked = await v2Call(kit, '/pay/orderquery', { out_trade_no: 'T-by-v3' });
  assert.equal(asked.get('trade_state'), 'NOTPAY');
  const closed = await v2Call(kit, '/pay/closeorder', { out_trade_no: 'T-by-v3' });
  assert.equal(closed.get('result_code'), 'SUCCESS');
  const bodyOfClose = { mchid: merchant.mch_id };
  assert.equal(
    (await v3Call(kit, close(out_trade_no), { body: bodyOfClose, ...twist })).status,
    204,
  );
  const states = (await kit.control.trades()).map(({ api, trade_state }) => [api, trade_state]);
  assert.deepEqual(states, [
    ['v2', 'CLOSED'],
    ['v3', 'CLOSED'],
  ]);
});
