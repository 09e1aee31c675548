import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aSandbox, call, openOrder, signedCall } from '../spec-kit';

const out_trade_no = 'T20260930-0001';
type Kit = Awaited<ReturnType<typeof aSandbox>>;

type Asked = readonly [method: string, path: string, body?: string | undefined];

/** Plain HTTP, as a client in another language speaks it. */
async function ask(kit: Kit, [method, path, body]: Asked) {
  const response = await fetch(`${kit.url}${path}`, {
    method,
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  return { status: response.status, body: text && JSON.parse(text) };
}

test('the book tells of an order what a test wants to know', async (t) => {
  const kit = await aSandbox(t);
  const first = await openOrder(kit);
  const second = await openOrder(kit);
  await call(kit, '/pay/orderquery', { out_trade_no });
  const { status, body } = await ask(kit, ['GET', `/_sandbox/trades/${out_trade_no}`]);
  assert.equal(status, 200);
  assert.deepEqual(body.codes, [first, second]);
  assert.equal(body.code_url, second);
  assert.equal(body.trade_state, 'NOTPAY');
  assert.equal(body.request.body, '收银台-测试商品');
  assert.deepEqual(body.calls, { unifiedorder: 2, orderquery: 1 });
  assert.deepEqual([body.transaction_id, body.pay_time, body.expire_time], [null, null, null]);
  assert.equal(body.create_time, '2026-09-30T02:15:00.000Z');
  assert.equal((await ask(kit, ['GET', '/_sandbox/trades'])).body.trades.length, 1);
});

describe('what is not right is refused in words, and changes nothing', () => {
  const fault = (rule: object) => JSON.stringify(rule);
  const refused: [method: string, path: string, body: string | undefined, status: number][] = [
    ['POST', '/_sandbox/pay', 'no json', 400],
    ['POST', '/_sandbox/pay', '{}', 400],
    ['POST', '/_sandbox/pay', '{"out_trade_no":1}', 400],
    ['POST', '/_sandbox/pay', '{"out_trade_no":"T-unknown"}', 404],
    ['POST', '/_sandbox/pay', '{"code_url":"weixin://unknown"}', 404],
    ['GET', '/_sandbox/trades/T-unknown', undefined, 404],
    ['GET', '/_sandbox/unknown', undefined, 404],
    ['POST', '/_sandbox/clock', '{"advance_ms":-1}', 400],
    ['POST', '/_sandbox/clock', '{"advance_ms":1.5}', 400],
    ['POST', '/_sandbox/settings', '{"close_after_ms":"1"}', 400],
    ['POST', '/_sandbox/settings', '{"unknown":1}', 400],
    ['POST', '/_sandbox/faults', fault({ kind: 'unknown' }), 400],
    ['POST', '/_sandbox/faults', fault({ kind: 'reset', match: { call: 'micropay' } }), 400],
    ['POST', '/_sandbox/faults', fault({ kind: 'truncated', phase: 'before' }), 400],
    ['POST', '/_sandbox/faults', fault({ kind: 'drop' }), 400],
    ['POST', '/_sandbox/faults', fault({ kind: 'reset', match: { notice: 'pay' } }), 400],
    ['POST', '/_sandbox/faults', fault({ kind: 'coupons', match: { notice: 'refund' } }), 400],
    ['POST', '/_sandbox/faults', fault({ kind: 'reset', nth: 0 }), 400],
    ['POST', '/_sandbox/notices', '{"out_trade_no":"T-unknown"}', 404],
  ];
  for (const [method, path, body, status] of refused) {
    test(`${method} ${path} ${body ?? ''}`, async (t) => {
      const kit = await aSandbox(t);
      const answer = await ask(kit, [method, path, body]);
      assert.equal(answer.status, status);
      assert.equal(typeof answer.body.error, 'string');
      assert.notEqual(answer.body.error, '');
      assert.deepEqual(await kit.control.faults(), []);
      assert.equal(await kit.control.advance(0), '2026-09-30T02:15:00.000Z');
    });
  }

  test('a body that is too large', async (t) => {
    const kit = await aSandbox(t);
    const answer = await ask(kit, ['POST', '/_sandbox/pay', ' '.repeat(300_000)]);
    assert.equal(answer.status, 413);
    assert.equal(typeof answer.body.error, 'string');
  });
});

test('no content type is refused, be it empty or no type at all', async (t) => {
  const kit = await aSandbox(t);
  await openOrder(kit);
  const post = async (path: string, [type, body]: [type: string, body: string]) => {
    const headers = { 'content-type': type };
    const response = await fetch(`${kit.url}${path}`, { method: 'POST', headers, body });
    return response.text();
  };
  const query = signedCall({ out_trade_no });
  for (const type of ['', 'json', 'text/xml; charset']) {
    assert.match(await post('/_sandbox/clock', [type, '{"advance_ms":0}']), /"now"/);
    assert.match(await post('/pay/orderquery', [type, query]), /NOTPAY/);
    assert.match(await post('/v3/pay/transactions/native', [type, '{}']), /"code":"SIGN_ERROR"/);
  }
});

test('faults that nobody spends are bounded; a spent one makes room', async (t) => {
  const kit = await aSandbox(t);
  await kit.control.fault({ kind: 'system_error' });
  const match = { out_trade_no: 'T-other' };
  for (let n = 1; n < 1_000; n += 1) await kit.control.fault({ kind: 'reset', match });
  await assert.rejects(kit.control.fault({ kind: 'reset', match }), { status: 409 });
  await call(kit, '/pay/orderquery', { out_trade_no });
  const late = await kit.control.fault({ kind: 'reset', match });
  const faults = await kit.control.faults();
  assert.deepEqual([faults.length, faults.at(-1)?.id, late.id], [1_000, 1_001, 1_001]);
});

test('one fault is forgotten by its number, and the others stay', async (t) => {
  const kit = await aSandbox(t);
  const first = await kit.control.fault({ kind: 'reset', match: { call: 'refund' } });
  const second = await kit.control.fault({ kind: 'reset', match: { call: 'closeorder' } });
  await kit.control.forgetFault(first.id);
  assert.deepEqual(await kit.control.faults(), [second]);
  await assert.rejects(kit.control.forgetFault(first.id), { status: 404 });
});

test('DELETE forgets everything, and settings and clock are as at the start', async (t) => {
  const kit = await aSandbox(t, { settings: { close_after_ms: 7 } });
  await openOrder(kit);
  await kit.control.fault({ kind: 'reset', match: { call: 'refund' } });
  await kit.control.settings({ close_after_ms: 0, refund_after_ms: 1 });
  await kit.control.advance(60_000);
  await kit.control.forget();
  assert.deepEqual(await kit.control.trades(), []);
  assert.deepEqual(await kit.control.faults(), []);
  assert.equal(await kit.control.advance(0), '2026-09-30T02:15:00.000Z');
  const settings = await kit.control.settings({});
  assert.deepEqual(settings, {
    close_after_ms: 7,
    refund_after_ms: 3_000,
    refund_spacing_ms: 60_000,
  });
  assert.ok(await openOrder(kit, { total_fee: '7' }));
});

describe('memory is bounded by configuration', () => {
  const openThree = async (kit: Kit) => {
    for (const name of ['T-first', 'T-second', 'T-third']) {
      await openOrder(kit, { out_trade_no: name });
    }
  };
  const numbers = async (kit: Kit) =>
    (await kit.control.trades()).map((trade) => trade.out_trade_no);

  test('the oldest finished order leaves first', async (t) => {
    const kit = await aSandbox(t, { tradesMax: 3 });
    await openThree(kit);
    const { code_url } = await kit.control.pay({ out_trade_no: 'T-third' });
    await kit.control.pay({ out_trade_no: 'T-second' });
    await openOrder(kit);
    assert.deepEqual(await numbers(kit), ['T-first', 'T-second', out_trade_no]);
    await assert.rejects(kit.control.pay({ code_url }), { status: 404 });
    const query = await call(kit, '/pay/orderquery', { out_trade_no: 'T-third' });
    assert.equal(query.get('err_code'), 'ORDERNOTEXIST');
  });

  test('without a finished one the oldest leaves', async (t) => {
    const kit = await aSandbox(t, { tradesMax: 3 });
    await openThree(kit);
    await openOrder(kit);
    assert.deepEqual(await numbers(kit), ['T-second', 'T-third', out_trade_no]);
  });

  test('of many codes of one order the latest hundred are known', async (t) => {
    const kit = await aSandbox(t);
    const first = await openOrder(kit);
    for (let n = 0; n < 100; n += 1) await openOrder(kit);
    assert.equal((await kit.control.trade(out_trade_no)).codes.length, 100);
    await assert.rejects(kit.control.pay({ code_url: first }), { status: 404 });
  });
});
