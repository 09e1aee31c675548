import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SandboxClient } from '../kit/sandbox-client';
import { exampleMerchant } from '../merchant';
import { aSandbox, aShop, call, comeAgain, openOrder, received } from '../spec-kit';
import { isSigned } from '../v2/sign';

const out_trade_no = 'T20260930-0001';
type Rule = Parameters<SandboxClient['fault']>[0];

/** A paid order whose first notice met the fault, and what the merchant heard. */
async function paidWith(t: Parameters<typeof aSandbox>[0], rule: Rule, reply?: () => string) {
  const kit = await aSandbox(t);
  const shop = await aShop(t, reply);
  await kit.control.fault(rule);
  await openOrder(kit, { notify_url: `${shop.url}/notify` });
  await kit.control.pay({ out_trade_no });
  await kit.control.advance(0);
  const notices = async () => (await kit.control.trade(out_trade_no)).notices;
  return { kit, heard: shop.heard, notices };
}

const pay = { match: { notice: 'pay' } } as const;
const { key } = exampleMerchant;

describe('attempts that go astray', () => {
  test('drop: the merchant hears nothing, and the next attempt comes in its time', async (t) => {
    const { kit, heard, notices } = await paidWith(t, { ...pay, kind: 'drop' });
    assert.equal(heard.length, 0);
    const [lost] = await notices();
    assert.deepEqual([lost?.fault, lost?.status, lost?.accepted], ['drop', null, false]);
    await kit.control.advance(15_000);
    assert.equal(heard.length, 1);
  });

  test('drop, always: the merchant never hears, and only a query tells', async (t) => {
    const { kit, heard } = await paidWith(t, { ...pay, kind: 'drop', times: 16 });
    await kit.control.advance(2 * 86_400_000);
    assert.equal(heard.length, 0);
    const query = await call(kit, '/pay/orderquery', { out_trade_no });
    assert.equal(query.get('trade_state'), 'SUCCESS');
  });

  test('delay: it comes later, and once', async (t) => {
    const { kit, heard, notices } = await paidWith(t, { ...pay, kind: 'delay', delay_ms: 40_000 });
    await kit.control.advance(39_999);
    assert.equal(heard.length, 0);
    await kit.control.advance(86_400_000);
    assert.equal(heard.length, 1);
    assert.deepEqual(
      (await notices()).map(({ time, accepted }) => [time, accepted]),
      [['2026-09-30T02:15:40.000Z', true]],
    );
  });

  test('duplicate: the same bytes so many times more', async (t) => {
    const { heard, notices } = await paidWith(t, { ...pay, kind: 'duplicate', copies: 4 });
    assert.equal(heard.length, 5);
    assert.equal(new Set(heard.map(({ body }) => body)).size, 1);
    assert.equal((await notices()).length, 5);
  });

  test('reorder: a later order is told of first', async (t) => {
    const match = { notice: 'pay', out_trade_no } as const;
    const { kit, heard } = await paidWith(t, { match, kind: 'reorder' });
    assert.equal(heard.length, 0);
    const notify_url = 'http://127.0.0.1:1/nobody';
    await openOrder(kit, { out_trade_no: 'T-second', notify_url });
    await kit.control.pay({ out_trade_no: 'T-second' });
    await kit.control.advance(0);
    assert.equal(heard.length, 1);
    const [second] = (await kit.control.trade('T-second')).notices;
    const [first] = (await kit.control.trade(out_trade_no)).notices;
    assert.ok(second && first && second.time <= first.time);
  });

  test('reorder without another order: it comes after a minute', async (t) => {
    const { kit, heard } = await paidWith(t, { ...pay, kind: 'reorder' });
    await kit.control.advance(59_999);
    assert.equal(heard.length, 0);
    await kit.control.advance(86_400_000);
    assert.equal(heard.length, 1);
  });
});

describe('notices that lie', () => {
  test('forged: not the merchant’s key; the true one follows when it is refused', async (t) => {
    let n = 0;
    const reply = () => (n++ === 0 ? comeAgain : received);
    const { kit, heard } = await paidWith(t, { ...pay, kind: 'forged' }, reply);
    const [forged] = heard;
    assert.ok(forged && !isSigned(forged.fields, key, 'MD5'));
    await kit.control.advance(15_000);
    const after = heard[1]?.fields ?? new Map<string, string>();
    assert.ok(isSigned(after, key, 'MD5'));
    assert.equal(after.get('transaction_id'), forged.fields.get('transaction_id'));
  });

  test('altered_amount: another amount under a valid signature', async (t) => {
    const { heard } = await paidWith(t, { ...pay, kind: 'altered_amount', total_fee: 7 });
    const fields = heard[0]?.fields ?? new Map<string, string>();
    assert.deepEqual([fields.get('total_fee'), fields.get('cash_fee')], ['7', '7']);
    assert.ok(isSigned(fields, key, 'MD5'));
  });

  test('altered_amount, not signed: the signature is that of the true amount', async (t) => {
    const { heard } = await paidWith(t, { ...pay, kind: 'altered_amount', signed: false });
    const fields = heard[0]?.fields ?? new Map<string, string>();
    assert.equal(fields.get('total_fee'), '1');
    assert.ok(!isSigned(fields, key, 'MD5'));
    assert.ok(isSigned(new Map(fields).set('total_fee', '101'), key, 'MD5'));
  });

  test('other_merchant: only the numbers give it away', async (t) => {
    const { heard } = await paidWith(t, { ...pay, kind: 'other_merchant' });
    const fields = heard[0]?.fields ?? new Map<string, string>();
    assert.notEqual(fields.get('mch_id'), exampleMerchant.mch_id);
    assert.notEqual(fields.get('appid'), exampleMerchant.appid);
    assert.ok(isSigned(fields, key, 'MD5'));
  });
});

describe('notices that say more', () => {
  test('unknown_elements take part in the signature', async (t) => {
    const { heard } = await paidWith(t, { ...pay, kind: 'unknown_elements' });
    const fields = heard[0]?.fields ?? new Map<string, string>();
    assert.equal(fields.get('unknown_new_field'), 'x');
    assert.ok(isSigned(fields, key, 'MD5'));
    fields.delete('unknown_new_field');
    assert.ok(!isSigned(fields, key, 'MD5'));
  });

  test('coupons paid a part, without coupon_type; the query says the same', async (t) => {
    const { kit, heard } = await paidWith(t, { ...pay, kind: 'coupons' });
    const fields = heard[0]?.fields ?? new Map<string, string>();
    const query = await call(kit, '/pay/orderquery', { out_trade_no });
    for (const told of [fields, query]) {
      const fee = (name: string) => Number(told.get(name));
      assert.equal(fee('total_fee'), 101);
      assert.equal(fee('cash_fee') + fee('coupon_fee'), 101);
      assert.equal(fee('coupon_fee_0') + fee('coupon_fee_1'), fee('coupon_fee'));
      assert.equal(told.get('coupon_count'), '2');
      assert.equal(told.get('coupon_id_1'), '2000000000472570002');
      assert.equal(told.has('coupon_type_0'), false);
      assert.ok(isSigned(told, key, 'MD5'));
    }
  });

  test('sign_type: present it is signed too, absent it is as always', async (t) => {
    const there = await paidWith(t, { ...pay, kind: 'sign_type' });
    const fields = there.heard[0]?.fields ?? new Map<string, string>();
    assert.equal(fields.get('sign_type'), 'MD5');
    assert.ok(isSigned(fields, key, 'MD5'));
    const absent = await paidWith(t, { ...pay, kind: 'sign_type', present: false });
    assert.equal(absent.heard[0]?.fields.has('sign_type'), false);
  });
});

test('refund notices have faults of their own', async (t) => {
  const kit = await aSandbox(t);
  const shop = await aShop(t);
  const notify_url = `${shop.url}/notify`;
  await openOrder(kit, { notify_url });
  await kit.control.pay({ out_trade_no });
  const match = { notice: 'refund' } as const;
  await kit.control.fault({ match, kind: 'drop' });
  await kit.control.fault({ match, kind: 'forged' });
  await kit.control.fault({ match, kind: 'altered_amount', total_fee: 100 });
  await call(kit, '/secapi/pay/refund', {
    out_trade_no,
    out_refund_no: 'R-1',
    total_fee: '101',
    refund_fee: '1',
    notify_url,
  });
  await kit.control.advance(18_000);
  const notices = (await kit.control.trade(out_trade_no)).notices;
  assert.deepEqual(
    notices.map(({ kind, fault }) => [kind, fault]),
    [
      ['pay', undefined],
      ['refund', 'drop'],
      ['refund', 'forged'],
    ],
  );
  const again = await kit.control.notice({ out_trade_no, notice: 'refund' });
  assert.equal(again.out_refund_no, 'R-1');
});
