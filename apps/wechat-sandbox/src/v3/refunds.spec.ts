import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { sealField } from './cipher';
import {
  aV3Sandbox,
  aV3Shop,
  opened,
  openV3Order,
  platformKeys,
  query,
  refundQuery,
  refunds,
  v3Call,
  v3Merchant,
} from './spec-kit';

type Kit = Awaited<ReturnType<typeof aV3Sandbox>>;
const out_trade_no = 'T20260930-0001';

const aRefund = (some: Record<string, unknown> = {}) => ({
  out_trade_no,
  out_refund_no: 'R-1',
  reason: '商品已售完',
  amount: { refund: 40, total: 101, currency: 'CNY' },
  ...some,
});
const amount = (refund: number, total = 101) => ({ refund, total, currency: 'CNY' });

async function aPaidOrder(kit: Kit, some: Record<string, unknown> = {}) {
  const code_url = await openV3Order(kit, some);
  return (await kit.control.pay({ code_url })).transaction_id;
}

test('a refund is PROCESSING, then SUCCESS, and the order says REFUND', async (t) => {
  const kit = await aV3Sandbox(t);
  const transaction_id = await aPaidOrder(kit);
  const accepted = await v3Call(kit, refunds, { body: aRefund() });
  const { refund_id, ...told } = accepted.json;
  assert.match(refund_id, /^50[0-9]{27}$/);
  const base = {
    amount: {
      currency: 'CNY',
      discount_refund: 0,
      from: [],
      payer_refund: 40,
      payer_total: 101,
      refund: 40,
      refund_fee: 0,
      settlement_refund: 40,
      settlement_total: 101,
      total: 101,
    },
    channel: 'ORIGINAL',
    create_time: '2026-09-30T10:15:00+08:00',
    funds_account: 'AVAILABLE',
    out_refund_no: 'R-1',
    out_trade_no,
    promotion_detail: [],
    transaction_id,
    user_received_account: '支付用户零钱',
  };
  assert.deepEqual(told, { ...base, status: 'PROCESSING' });
  assert.match(refund_id, /^503/);
  const again = await v3Call(kit, refunds, { body: aRefund() });
  assert.equal(again.json.refund_id, refund_id, 'the same number is the same refund');
  await kit.control.advance(3_000);
  const ended = await v3Call(kit, refundQuery('R-1'));
  assert.deepEqual(ended.json, {
    ...base,
    refund_id,
    status: 'SUCCESS',
    success_time: '2026-09-30T10:15:03+08:00',
  });
  assert.equal((await v3Call(kit, query(out_trade_no))).json.trade_state, 'REFUND');
});

test('what cannot be refunded is refused, each with its code', async (t) => {
  const kit = await aV3Sandbox(t);
  const refusal = async (body: object) => {
    const { status, json } = await v3Call(kit, refunds, { body });
    return [status, json.code, json.message];
  };
  await openV3Order(kit);
  assert.deepEqual(await refusal(aRefund()), [404, 'RESOURCE_NOT_EXISTS', '订单不存在']);
  const transaction_id = await aPaidOrder(kit);
  const mismatch = '订单金额或退款金额与之前请求不一致，请核实后再试';
  const tooMuch = { out_refund_no: 'R-2', amount: amount(102) };
  assert.deepEqual((await refusal(aRefund(tooMuch))).slice(0, 2), [400, 'INVALID_REQUEST']);
  const total = aRefund({ amount: amount(40, 100) });
  assert.deepEqual(await refusal(total), [400, 'INVALID_REQUEST', mismatch]);
  const both = aRefund({ transaction_id, out_trade_no: 'T-another' });
  assert.deepEqual((await refusal(both)).slice(0, 2), [400, 'INVALID_REQUEST']);
  assert.equal((await v3Call(kit, refunds, { body: aRefund({ transaction_id }) })).status, 200);

  const other = aRefund({ amount: amount(41) });
  assert.deepEqual(await refusal(other), [400, 'INVALID_REQUEST', mismatch]);
  const soon = aRefund({ out_refund_no: 'R-2', amount: amount(61) });
  assert.deepEqual((await refusal(soon)).slice(0, 2), [429, 'FREQUENCY_LIMITED']);
  await kit.control.advance(60_000);
  assert.equal((await v3Call(kit, refunds, { body: soon })).status, 200);
  const third = aRefund({ out_refund_no: 'R-3', amount: amount(1) });
  assert.deepEqual(await refusal(third), [400, 'INVALID_REQUEST', '订单已全额退款']);
  const unknown = await v3Call(kit, refundQuery('R-9'));
  assert.deepEqual(
    [unknown.status, unknown.json],
    [404, { code: 'RESOURCE_NOT_EXISTS', message: '退款单不存在' }],
  );
});

test('no balance is 403 once; the same refund goes through afterwards', async (t) => {
  const kit = await aV3Sandbox(t);
  await aPaidOrder(kit);
  const match = { call: 'refund', api: 'v3' } as const;
  await kit.control.fault({ kind: 'err_code', err_code: 'NOT_ENOUGH', phase: 'before', match });
  const poor = await v3Call(kit, refunds, { body: aRefund() });
  assert.deepEqual(
    [poor.status, poor.text],
    [403, '{"code":"NOT_ENOUGH","message":"基本账户余额不足，请充值后重新发起"}'],
  );
  assert.match(String(poor.headers['request-id']), /-268892709$/);
  assert.equal((await v3Call(kit, refunds, { body: aRefund() })).status, 200);
});

test('a refund tells the account that paid it, and an unknown merchant is 404', async (t) => {
  const kit = await aV3Sandbox(t);
  await aPaidOrder(kit);
  const body = aRefund({ funds_account: 'UNSETTLED' });
  assert.equal((await v3Call(kit, refunds, { body })).json.funds_account, 'UNSETTLED');
  assert.equal((await v3Call(kit, refundQuery('R-1'))).json.funds_account, 'UNSETTLED');
  const codes = [
    ['MCH_NOT_EXISTS', 404, '268435461'],
    ['BIZ_ERR_NEED_RETRY', 500, '268435461'],
    ['FREQUENCY_LIMITED', 429, '268447840'],
  ] as const;
  for (const [err_code, status, internal] of codes) {
    await kit.control.fault({ kind: 'err_code', err_code, match: { call: 'refundquery' } });
    const answer = await v3Call(kit, refundQuery('R-1'));
    assert.deepEqual([answer.status, answer.json.code], [status, err_code]);
    assert.ok(String(answer.headers['request-id']).endsWith(`-${internal}`), err_code);
  }
  await kit.control.fault({ kind: 'err_code', err_code: 'MCH_NOT_EXISTS' });
  assert.equal((await v3Call(kit, query(out_trade_no))).status, 400);
});

test('a refund may end ABNORMAL or CLOSED; a closed one moved nothing', async (t) => {
  const shop = await aV3Shop(t);
  const kit = await aV3Sandbox(t, { settings: { refund_spacing_ms: 0 } });
  await aPaidOrder(kit);
  const notify_url = `${shop.url}/refunded`;
  const endings = [
    ['REFUNDCLOSE', 'CLOSED', 'R-1'],
    ['CHANGE', 'ABNORMAL', 'R-2'],
  ] as const;
  for (const [ending, status, out_refund_no] of endings) {
    await kit.control.fault({ kind: 'refund_ending', ending, match: { call: 'refund' } });
    const body = aRefund({ out_refund_no, notify_url, amount: amount(101) });
    assert.equal((await v3Call(kit, refunds, { body })).json.status, 'PROCESSING');
    await kit.control.advance(3_000);
    const ended = (await v3Call(kit, refundQuery(out_refund_no))).json;
    assert.deepEqual([ended.status, 'success_time' in ended], [status, false]);
    const notice = shop.heard.at(-1);
    assert.ok(notice);
    assert.equal(JSON.parse(notice.body).event_type, `REFUND.${status}`);
    assert.equal(opened(notice).refund_status, status);
    assert.ok(!('success_time' in opened(notice)));
  }
});

test('a refund that ended ABNORMAL goes to another card, and is told of once more', async (t) => {
  const shop = await aV3Shop(t);
  const kit = await aV3Sandbox(t);
  await aPaidOrder(kit);
  await kit.control.fault({
    kind: 'refund_ending',
    ending: 'CHANGE',
    match: { call: 'refund' },
  });
  const body = aRefund({ notify_url: `${shop.url}/refunded` });
  const { refund_id } = (await v3Call(kit, refunds, { body })).json;
  const [[serial = '', pem = ''] = []] = [...(await platformKeys(kit))];
  const secret = (words: string) => sealField(words, createPublicKey(pem));
  const card = {
    bank_type: 'CMB_DEBIT',
    bank_account: secret('6226090000000000'),
    real_name: secret('王小明'),
  };
  const wish = { out_refund_no: 'R-1', type: 'USER_BANK_CARD', ...card };
  const apply = async (some: object = wish, id = refund_id, named = serial) => {
    const way = ['POST', `/v3/refund/domestic/refunds/${id}/apply-abnormal-refund`] as const;
    const headers = { 'wechatpay-serial': named };
    const { status, json } = await v3Call(kit, way, { body: some, headers });
    return [status, json.code ?? json.status, json.message ?? json.user_received_account];
  };
  const notAbnormal = [400, 'INVALID_REQUEST', '退款单状态不是退款异常，不能发起异常退款'];
  assert.deepEqual(await apply(), notAbnormal, 'it is still PROCESSING');
  await kit.control.advance(3_000);
  const noSerial = 'HTTP header缺少微信支付平台证书序列号(Wechatpay-Serial)';
  assert.deepEqual(await apply(wish, refund_id, ''), [400, 'INVALID_REQUEST', noSerial]);
  const missing = await apply({ ...wish, real_name: undefined });
  assert.match(missing[2], /“\/body\/real_name”.*必填性规则校验失败/);
  const garbled = { ...wish, real_name: 'AAAA' };
  assert.deepEqual(await apply(garbled), [400, 'INVALID_REQUEST', '敏感信息解密失败']);
  assert.deepEqual((await apply(wish, '5030')).slice(0, 2), [404, 'RESOURCE_NOT_EXISTS']);
  const other = await apply({ ...wish, out_refund_no: 'R-2' });
  assert.deepEqual(other.slice(0, 2), [400, 'INVALID_REQUEST']);

  const processing = [200, 'PROCESSING', '招商银行借记卡0403'];
  assert.deepEqual([await apply(), await apply()], [processing, processing]);
  await kit.control.advance(3_000);
  const ended = (await v3Call(kit, refundQuery('R-1'))).json;
  assert.deepEqual([ended.status, ended.channel], ['SUCCESS', 'OTHER_BANKCARD']);
  const events = shop.heard.map((notice) => JSON.parse(notice.body).event_type);
  assert.deepEqual(events, ['REFUND.ABNORMAL', 'REFUND.SUCCESS']);
  assert.deepEqual(await apply({ ...wish, type: 'MERCHANT_BANK_CARD' }), notAbnormal);
});

test('a refund that names no address is told to the account, in the XML of v2', async (t) => {
  const shop = await aV3Shop(t, () => 200);
  const notify_url = `${shop.url}/console`;
  const kit = await aV3Sandbox(t, { merchants: [{ ...v3Merchant, notify_url }] });
  await aPaidOrder(kit);
  await v3Call(kit, refunds, { body: aRefund() });
  await kit.control.advance(3_000);
  assert.match(shop.heard[0]?.body ?? '', /<req_info>/);
  const { notices } = await kit.control.trade(out_trade_no);
  assert.deepEqual(
    notices.filter(({ kind }) => kind === 'refund').map(({ api, url }) => [api, url]),
    [['v2', notify_url]],
  );
  await kit.control.advance(60_000);
  const { status } = await kit.control.refund({ out_trade_no, refund_fee: 1 });
  assert.equal(status, 'PROCESSING');
  await kit.control.advance(3_000);
  const told = (await kit.control.trade(out_trade_no)).notices;
  const numbers = new Set(told.map(({ out_refund_no }) => out_refund_no));
  assert.equal(numbers.size, 2 + 1, 'so is one of the console');
});
