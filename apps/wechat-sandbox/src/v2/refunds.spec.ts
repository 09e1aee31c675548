import assert from 'node:assert/strict';
import { createDecipheriv, createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { exampleMerchant } from '../merchant';
import { aSandbox, aShop, call, comeAgain, openOrder, received } from '../spec-kit';
import { type Fields, readXml } from './xml';

const out_trade_no = 'T20260930-0001';
const minuteMs = 60_000;

type Kit = Awaited<ReturnType<typeof aSandbox>>;

async function aPaidOrder(kit: Kit, total_fee = '101'): Promise<string> {
  await openOrder(kit, { total_fee });
  return (await kit.control.pay({ out_trade_no })).transaction_id ?? '';
}

const refund = (kit: Kit, some: Record<string, string> = {}) =>
  call(kit, '/secapi/pay/refund', {
    out_trade_no,
    out_refund_no: 'R-1',
    total_fee: '101',
    refund_fee: '1',
    ...some,
  });
const query = (kit: Kit, some: Record<string, string> = { out_trade_no }) =>
  call(kit, '/pay/refundquery', some);

/** What a refund notice says; throws for another key. */
function decrypted(fields: Fields, key = exampleMerchant.key): Fields {
  const aesKey = createHash('md5').update(key).digest('hex');
  const decipher = createDecipheriv('aes-256-ecb', aesKey, null);
  const bytes = Buffer.from(fields.get('req_info') ?? '', 'base64');
  const text = Buffer.concat([decipher.update(bytes), decipher.final()]).toString('utf8');
  return readXml(text.replaceAll('root>', 'xml>'));
}

test('a refund is accepted, under way, then done; the order says REFUND at once', async (t) => {
  const kit = await aSandbox(t);
  const transaction_id = await aPaidOrder(kit);
  const accepted = await refund(kit, { transaction_id, out_trade_no: 'T-ignored' });
  assert.equal(accepted.get('result_code'), 'SUCCESS');
  assert.equal(accepted.get('out_trade_no'), out_trade_no);
  assert.match(accepted.get('refund_id') ?? '', /^50[0-9]{27}$/);
  assert.equal(accepted.get('cash_refund_fee'), '1');
  assert.equal((await query(kit)).get('refund_status_0'), 'PROCESSING');
  await kit.control.advance(3_000);
  const done = await query(kit);
  assert.equal(done.get('refund_status_0'), 'SUCCESS');
  assert.equal(done.get('refund_success_time_0'), '2026-09-30 10:15:03');
  assert.equal(done.get('refund_recv_accout_0'), '支付用户零钱');
  assert.equal(done.has('total_refund_count'), false);
  const order = await call(kit, '/pay/orderquery', { out_trade_no });
  assert.equal(order.get('trade_state'), 'REFUND');
  assert.equal(order.get('total_fee'), '101');
});

describe('WeChat refuses', () => {
  const refused: [what: string, some: Record<string, string>, err_code: string][] = [
    ['an unknown order', { out_trade_no: 'T-unknown' }, 'ORDERNOTEXIST'],
    ['another total', { total_fee: '102' }, 'INVALID_REQUEST'],
    ['more than was paid', { refund_fee: '102' }, 'ERROR'],
  ];
  for (const [what, some, err_code] of refused) {
    test(what, async (t) => {
      const kit = await aSandbox(t);
      await aPaidOrder(kit);
      assert.equal((await refund(kit, some)).get('err_code'), err_code);
      assert.equal((await query(kit)).get('err_code'), 'REFUNDNOTEXIST');
      assert.equal((await kit.control.trade(out_trade_no)).trade_state, 'SUCCESS');
    });
  }

  test('an unpaid order', async (t) => {
    const kit = await aSandbox(t);
    await openOrder(kit);
    assert.equal((await refund(kit)).get('err_code'), 'ORDERNOTEXIST');
  });

  test('parts that are more than the whole, or less than a minute apart', async (t) => {
    const kit = await aSandbox(t);
    await aPaidOrder(kit);
    await refund(kit, { refund_fee: '60' });
    const soon = await refund(kit, { out_refund_no: 'R-2', refund_fee: '41' });
    assert.equal(soon.get('err_code'), 'FREQUENCY_LIMITED');
    await kit.control.advance(minuteMs);
    const much = await refund(kit, { out_refund_no: 'R-2', refund_fee: '42' });
    assert.equal(much.get('err_code'), 'ERROR');
    const rest = await refund(kit, { out_refund_no: 'R-2', refund_fee: '41' });
    assert.equal(rest.get('result_code'), 'SUCCESS');
  });

  test('a payment of more than a year ago', async (t) => {
    const kit = await aSandbox(t);
    await aPaidOrder(kit);
    await kit.control.advance(365 * 24 * 60 * minuteMs);
    assert.equal((await refund(kit)).get('result_code'), 'SUCCESS');
    await kit.control.advance(minuteMs);
    assert.equal((await refund(kit, { out_refund_no: 'R-2' })).get('err_code'), 'TRADE_OVERDUE');
  });

  test('the 51st part', async (t) => {
    const kit = await aSandbox(t, { settings: { refund_spacing_ms: 0 } });
    await aPaidOrder(kit);
    for (let n = 0; n < 50; n += 1) await refund(kit, { out_refund_no: `R-${n}` });
    assert.equal((await refund(kit, { out_refund_no: 'R-50' })).get('err_code'), 'ERROR');
    assert.equal((await kit.control.refunds()).length, 50);
  });
});

test('the same number again is the same refund and is told once', async (t) => {
  const kit = await aSandbox(t);
  const shop = await aShop(t);
  await aPaidOrder(kit);
  const notify_url = `${shop.url}/refunded`;
  const first = await refund(kit, { notify_url });
  const again = await refund(kit, { notify_url });
  assert.equal(again.get('refund_id'), first.get('refund_id'));
  const other = await refund(kit, { notify_url, refund_fee: '2' });
  assert.equal(other.get('err_code'), 'REFUND_FEE_MISMATCH');
  assert.equal((await kit.control.refunds()).length, 1);
  await kit.control.advance(minuteMs);
  assert.equal(shop.heard.length, 1);
});

test('a query shows ten refunds a page, and one by its own number', async (t) => {
  const kit = await aSandbox(t, { settings: { refund_spacing_ms: 0 } });
  await aPaidOrder(kit);
  for (let n = 0; n < 12; n += 1) await refund(kit, { out_refund_no: `R-${n}`, refund_fee: '2' });
  const first = await query(kit);
  assert.equal(first.get('refund_count'), '10');
  assert.equal(first.get('total_refund_count'), '12');
  assert.equal(first.get('refund_fee'), '24');
  const second = await query(kit, { out_trade_no, offset: '10' });
  assert.equal(second.get('refund_count'), '2');
  assert.equal(second.get('out_refund_no_1'), 'R-11');
  assert.equal((await query(kit, { out_trade_no, offset: '12' })).get('err_code'), 'PARAM_ERROR');
  const refund_id = second.get('refund_id_1') ?? '';
  for (const [name, value] of Object.entries({ refund_id, out_refund_no: 'R-11' })) {
    const one = await query(kit, { [name]: value });
    assert.equal(one.get('refund_count'), '1');
    assert.equal(one.get('refund_id_0'), refund_id);
  }
  assert.equal((await query(kit, { out_refund_no: 'R-99' })).get('err_code'), 'REFUNDNOTEXIST');
});

test('the refund notice tells the end under the merchant’s key, until it is taken', async (t) => {
  const kit = await aSandbox(t);
  const shop = await aShop(t, (n) => (n < 2 ? comeAgain : received));
  await aPaidOrder(kit);
  await refund(kit, { notify_url: `${shop.url}/refunded` });
  assert.equal(shop.heard.length, 0);
  await kit.control.advance(60 * minuteMs);
  assert.equal(shop.heard.length, 3);
  const [first, second] = shop.heard;
  assert.equal(first?.path, '/refunded');
  assert.equal(first?.body, second?.body);
  assert.equal(first?.fields.has('sign'), false);
  const about = decrypted(first?.fields ?? new Map());
  assert.equal(about.get('refund_status'), 'SUCCESS');
  assert.equal(about.get('refund_fee'), '1');
  assert.equal(about.get('success_time'), '2026-09-30 10:15:03');
  assert.throws(() => decrypted(first?.fields ?? new Map(), 'x'.repeat(32)));
});

test('without an address in the call the console’s is used, or nobody is told', async (t) => {
  const shop = await aShop(t);
  const merchant = { ...exampleMerchant, refund_notify_url: `${shop.url}/console` };
  const kit = await aSandbox(t, { merchants: [merchant] });
  await aPaidOrder(kit);
  await refund(kit);
  await kit.control.advance(3_000);
  assert.equal(shop.heard[0]?.path, '/console');

  const quiet = await aSandbox(t);
  await aPaidOrder(quiet);
  await refund(quiet);
  await quiet.control.advance(3_000);
  const { notices } = await quiet.control.trade(out_trade_no);
  assert.deepEqual(
    notices.filter(({ kind }) => kind === 'refund'),
    [],
  );
});
