import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { anOrder, aSandbox, aShop, call, callAs, openOrder } from '../spec-kit';

const out_trade_no = 'T20260930-0001';
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

type Kit = Awaited<ReturnType<typeof aSandbox>>;
const query = (kit: Kit) => call(kit, '/pay/orderquery', { out_trade_no });
const close = (kit: Kit) => call(kit, '/pay/closeorder', { out_trade_no });
const repeat = (kit: Kit, some = {}) => call(kit, '/pay/unifiedorder', anOrder(some));

test('an order goes from unpaid to paid, and each state has its own elements', async (t) => {
  const kit = await aSandbox(t);
  const shop = await aShop(t);
  const created = await repeat(kit, {
    notify_url: `${shop.url}/n`,
    device_info: 'WEB',
    attach: 'a',
  });
  assert.match(created.get('code_url') ?? '', /^weixin:\/\/wxpay\/bizpayurl\?pr=[0-9A-Za-z]{9}$/);
  assert.match(created.get('prepay_id') ?? '', /^wx[0-9a-f]{34}$/);
  assert.equal(created.get('trade_type'), 'NATIVE');
  assert.equal(created.get('device_info'), 'WEB');

  const unpaid = await query(kit);
  assert.equal(unpaid.get('trade_state'), 'NOTPAY');
  assert.equal(unpaid.get('total_fee'), '101');
  assert.equal(unpaid.has('transaction_id'), false);

  await kit.control.pay({ out_trade_no });
  const paid = await query(kit);
  const expected = {
    trade_state: 'SUCCESS',
    total_fee: '101',
    cash_fee: '101',
    fee_type: 'CNY',
    attach: 'a',
    time_end: '20260930101500',
    device_info: 'WEB',
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(paid.get(name), value, name);
  const transaction_id = paid.get('transaction_id') ?? '';
  assert.match(transaction_id, /^4200[0-9]{6}20260930[0-9]{10}$/);
  const byId = await call(kit, '/pay/orderquery', { transaction_id });
  assert.equal(byId.get('out_trade_no'), out_trade_no);

  assert.equal((await repeat(kit, { body: 'other' })).get('err_code'), 'ORDERPAID');
  assert.equal((await close(kit)).get('err_code'), 'ORDERPAID');
  await assert.rejects(kit.control.pay({ out_trade_no }), { status: 409, message: /paid/ });
  const { calls } = await kit.control.trade(out_trade_no);
  assert.deepEqual(calls, { unifiedorder: 2, orderquery: 3, closeorder: 1 });
});

describe('repeats of unifiedorder', () => {
  test('the same again gives a fresh code, and that kills the one before', async (t) => {
    const kit = await aSandbox(t);
    const first = await openOrder(kit);
    const second = await openOrder(kit, { nonce_str: 'another' });
    assert.notEqual(first, second);
    await assert.rejects(kit.control.pay({ code_url: first }), { status: 409, message: /expired/ });
    assert.equal((await kit.control.pay({ code_url: second })).trade_state, 'SUCCESS');
  });

  for (const [name, value] of Object.entries({
    body: 'other',
    total_fee: '102',
    attach: 'x',
    notify_url: 'http://127.0.0.1:9/other',
    spbill_create_ip: '127.0.0.2',
    time_expire: '20260930120000',
    product_id: 'p',
  })) {
    test(`another ${name} is 201 商户订单号重复, and the first code lives on`, async (t) => {
      const kit = await aSandbox(t);
      const code_url = await openOrder(kit);
      const no = await repeat(kit, { [name]: value });
      assert.equal(no.get('err_code'), 'INVALID_REQUEST');
      assert.equal(no.get('err_code_des'), '201 商户订单号重复');
      assert.equal((await kit.control.pay({ code_url })).total_fee, 101);
    });
  }

  test('the other algorithm is no other request, and the notice follows the latest', async (t) => {
    const kit = await aSandbox(t);
    const shop = await aShop(t);
    const order = anOrder({ notify_url: `${shop.url}/n` });
    await call(kit, '/pay/unifiedorder', order);
    await callAs({ sign_type: 'HMAC-SHA256' })(kit, '/pay/unifiedorder', order);
    await kit.control.pay({ out_trade_no });
    await kit.control.advance(0);
    assert.equal(shop.heard[0]?.fields.get('sign')?.length, 64);
  });
});

describe('closeorder', () => {
  test('not before five minutes; then nobody can pay, and the number is dead', async (t) => {
    const kit = await aSandbox(t);
    const code_url = await openOrder(kit);
    assert.equal((await close(kit)).get('err_code'), 'TRADE_STATE_ERROR');
    await kit.control.advance(5 * minuteMs - 1);
    assert.equal((await close(kit)).get('err_code'), 'TRADE_STATE_ERROR');
    await kit.control.advance(1);
    assert.equal((await close(kit)).get('result_code'), 'SUCCESS');
    assert.equal((await close(kit)).get('err_code'), 'ORDERCLOSED');
    assert.equal((await repeat(kit)).get('err_code'), 'ORDERCLOSED');
    assert.equal((await query(kit)).get('trade_state'), 'CLOSED');
    await assert.rejects(kit.control.pay({ code_url }), { status: 409, message: /closed/ });
  });

  test('paid is told before "too early", a fresh code makes no order younger', async (t) => {
    const kit = await aSandbox(t);
    await openOrder(kit);
    await kit.control.advance(4 * minuteMs);
    await openOrder(kit);
    await kit.control.advance(minuteMs);
    assert.equal((await close(kit)).get('result_code'), 'SUCCESS');
    await call(kit, '/pay/unifiedorder', anOrder({ out_trade_no: 'T-second' }));
    await kit.control.pay({ out_trade_no: 'T-second' });
    const lost = await call(kit, '/pay/closeorder', { out_trade_no: 'T-second' });
    assert.equal(lost.get('err_code'), 'ORDERPAID');
  });

  test('a switch turns the rule off', async (t) => {
    const kit = await aSandbox(t);
    await openOrder(kit);
    await kit.control.settings({ close_after_ms: 0 });
    assert.equal((await close(kit)).get('result_code'), 'SUCCESS');
  });

  test('an unknown order is ORDERNOTEXIST, for a query too', async (t) => {
    const kit = await aSandbox(t);
    assert.equal((await close(kit)).get('err_code'), 'ORDERNOTEXIST');
    assert.equal((await query(kit)).get('err_code'), 'ORDERNOTEXIST');
    const none = await call(kit, '/pay/orderquery', {});
    assert.equal(none.get('return_msg'), 'missing parameter out_trade_no');
  });
});

describe('lives, with the turned clock', () => {
  test('a code lives two hours, the order goes on and gives a fresh one', async (t) => {
    const kit = await aSandbox(t);
    const code_url = await openOrder(kit);
    await kit.control.advance(2 * hourMs - 1);
    const second = await aSecond(kit);
    await kit.control.advance(1);
    await assert.rejects(kit.control.pay({ code_url }), { status: 409, message: /expired/ });
    assert.equal((await query(kit)).get('trade_state'), 'NOTPAY');
    assert.equal(
      (await kit.control.pay({ code_url: await openOrder(kit) })).trade_state,
      'SUCCESS',
    );
    // The other code was given out a millisecond before the first one died.
    assert.equal((await kit.control.pay({ code_url: second })).trade_state, 'SUCCESS');
  });

  const aSecond = (kit: Kit) => openOrder(kit, { out_trade_no: 'T-second' });

  test('after time_expire the payer is refused and the order stays unpaid', async (t) => {
    const kit = await aSandbox(t);
    const code_url = await openOrder(kit, { time_expire: '20260930102000' });
    await kit.control.advance(5 * minuteMs);
    assert.equal((await kit.control.trade(out_trade_no)).trade_state, 'NOTPAY');
    await kit.control.advance(1);
    await assert.rejects(kit.control.pay({ code_url }), { status: 409, message: /expired/ });
    assert.equal((await query(kit)).get('trade_state'), 'NOTPAY');
    assert.equal((await close(kit)).get('result_code'), 'SUCCESS');
  });

  test('an order that would live a minute or less is not taken', async (t) => {
    const kit = await aSandbox(t);
    const no = await repeat(kit, { time_expire: '20260930101600' });
    assert.equal(no.get('err_code'), 'INVALID_REQUEST');
    assert.deepEqual(await kit.control.trades(), []);
    assert.ok(await openOrder(kit, { time_expire: '20260930101601' }));
  });

  test('WeChat closes an order that nobody paid for seven days', async (t) => {
    const kit = await aSandbox(t);
    await openOrder(kit);
    await kit.control.advance(7 * 24 * hourMs - 1);
    assert.equal((await query(kit)).get('trade_state'), 'NOTPAY');
    await kit.control.advance(1);
    assert.equal((await query(kit)).get('trade_state'), 'CLOSED');
    assert.equal((await repeat(kit)).get('err_code'), 'ORDERCLOSED');
  });
});

test('elements of an answer come in any order, and the return code first', async (t) => {
  const kit = await aSandbox(t);
  await openOrder(kit);
  const orders = new Set<string>();
  for (let n = 0; n < 10; n += 1) {
    const names = [...(await query(kit)).keys()];
    assert.equal(names[0], 'return_code');
    orders.add(names.join());
  }
  assert.ok(orders.size > 1);
});
