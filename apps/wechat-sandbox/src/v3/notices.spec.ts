import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import { describe, test } from 'node:test';
import type { SandboxClient } from '../kit/sandbox-client';
import {
  aV3Sandbox,
  aV3Shop,
  isVerified,
  native,
  opened,
  openV3Order,
  platformKeys,
  refunds,
  v3Call,
  v3Merchant,
} from './spec-kit';

const out_trade_no = 'T20260930-0001';
const { mch_id: mchid, appid } = v3Merchant;

/** A paid order whose notices come to a shop that answers so. */
async function aPaidOrder(t: Parameters<typeof aV3Sandbox>[0], status?: (n: number) => number) {
  const shop = await aV3Shop(t, status);
  const kit = await aV3Sandbox(t);
  const code_url = await openV3Order(kit, { notify_url: `${shop.url}/notify`, attach: 'a<b' });
  const pay = async () => {
    const trade = await kit.control.pay({ code_url });
    await kit.control.advance(0);
    return trade;
  };
  return { kit, shop, pay, keys: await platformKeys(kit) };
}

test('a payment is told signed and encrypted, its members in WeChat’s order', async (t) => {
  const { kit, shop, pay, keys } = await aPaidOrder(t);
  const { transaction_id } = await pay();
  const [notice] = shop.heard;
  assert.ok(notice && isVerified(notice, keys));
  const { headers } = notice;
  assert.deepEqual(
    [headers['content-type'], headers['wechatpay-signature-type']],
    ['application/json', 'WECHATPAY2-SHA256-RSA2048'],
  );
  assert.match(String(headers['request-id']), /^08[0-9A-F]{38}-0$/);
  const body = JSON.parse(notice.body);
  const { id, resource, ...others } = body;
  const order = 'id create_time resource_type event_type summary resource';
  assert.equal(Object.keys(body).join(' '), order);
  assert.match(id, /^[0-9a-f-]{36}$/);
  assert.deepEqual(others, {
    create_time: '2026-09-30T10:15:00+08:00',
    resource_type: 'encrypt-resource',
    event_type: 'TRANSACTION.SUCCESS',
    summary: '支付成功',
  });
  const inner = 'original_type algorithm ciphertext associated_data nonce';
  assert.equal(Object.keys(resource).join(' '), inner);
  assert.equal(
    JSON.stringify(opened(notice)),
    JSON.stringify({
      mchid,
      appid,
      out_trade_no,
      transaction_id,
      trade_type: 'NATIVE',
      trade_state: 'SUCCESS',
      trade_state_desc: '支付成功',
      bank_type: 'OTHERS',
      attach: 'a<b',
      success_time: '2026-09-30T10:15:00+08:00',
      payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
      amount: { total: 101, payer_total: 101, currency: 'CNY', payer_currency: 'CNY' },
    }),
  );
  const [attempt] = (await kit.control.trade(out_trade_no)).notices;
  assert.deepEqual([attempt?.api, attempt?.status, attempt?.accepted], ['v3', 204, true]);
});

test('a refund is told when the payer has it', async (t) => {
  const { kit, shop, pay, keys } = await aPaidOrder(t);
  const { transaction_id } = await pay();
  const amount = { refund: 40, total: 101, currency: 'CNY' };
  const body = { transaction_id, out_refund_no: 'R-1', notify_url: `${shop.url}/r`, amount };
  const { refund_id } = (await v3Call(kit, refunds, { body })).json;
  await kit.control.advance(3_000);
  const notice = shop.heard[1];
  assert.ok(notice && isVerified(notice, keys));
  assert.equal(JSON.parse(notice.body).event_type, 'REFUND.SUCCESS');
  assert.equal(
    JSON.stringify(opened(notice)),
    JSON.stringify({
      mchid,
      out_trade_no,
      transaction_id,
      out_refund_no: 'R-1',
      refund_id,
      refund_status: 'SUCCESS',
      success_time: '2026-09-30T10:15:03+08:00',
      amount: { total: 101, refund: 40, payer_total: 101, payer_refund: 40 },
      user_received_account: '支付用户零钱',
    }),
  );
});

test('only 200 and 204 end the repeats, whatever the body; each is signed anew', async (t) => {
  const answers = [500, 201, 302, 400, 200];
  const { kit, shop, pay, keys } = await aPaidOrder(t, (n) => answers[n] ?? 200);
  await pay();
  await kit.control.advance(24 * 3_600_000);
  assert.equal(shop.heard.length, answers.length);
  const ids = new Set(shop.heard.map(({ body }) => JSON.parse(body).id));
  const signatures = new Set(shop.heard.map(({ headers }) => headers['wechatpay-signature']));
  assert.deepEqual([ids.size, signatures.size], [1, answers.length]);
  assert.ok(shop.heard.every((notice) => isVerified(notice, keys)));
  const { notices } = await kit.control.trade(out_trade_no);
  assert.deepEqual(
    notices.map(({ time }) => time.slice(11, 19)),
    ['02:15:00', '02:15:15', '02:15:30', '02:16:00', '02:19:00'],
  );
});

test('a probe comes before the genuine notice, which is not probed again', async (t) => {
  const { kit, shop, pay, keys } = await aPaidOrder(t, (n) => (n === 0 ? 401 : 200));
  await kit.control.changePlatform({ probe_share: 1 });
  await pay();
  await kit.control.advance(60_000);
  const probed = shop.heard.map(({ headers }) =>
    String(headers['wechatpay-signature']).startsWith('WECHATPAY/SIGNTEST/'),
  );
  assert.deepEqual(probed, [true, false]);
  const [first, second] = shop.heard;
  assert.ok(first && second && !isVerified(first, keys) && isVerified(second, keys));
  assert.equal(first.body.length, second.body.length);
  const { notices } = await kit.control.trade(out_trade_no);
  assert.deepEqual(
    notices.map(({ fault, accepted }) => [fault, accepted]),
    [
      ['probe', false],
      [undefined, true],
    ],
  );
});

test('an answer may be a probe, but not twice in a row', async (t) => {
  const { kit, keys } = await aPaidOrder(t);
  await kit.control.changePlatform({ probe_share: 1 });
  const body = { appid, mchid };
  const answers = [];
  for (const _n of [1, 2, 3]) answers.push(await v3Call(kit, native, { body }));
  assert.deepEqual(
    answers.map((answer) => isVerified(answer, keys)),
    [false, true, false],
  );
  await kit.control.forget();
  assert.ok(isVerified(await v3Call(kit, native, { body }), keys));
});

describe('a spoilt notice', () => {
  type Fault = Omit<Parameters<SandboxClient['fault']>[0], 'match'>;
  const unverified: Fault[] = [
    { kind: 'forged' },
    { kind: 'unknown_serial' },
    { kind: 'wrong_serial' },
    { kind: 'missing_header', header: 'Nonce' },
    { kind: 'stale' },
    { kind: 'tampered' },
    { kind: 'probe' },
    { kind: 'altered_amount', signed: false },
  ] as Fault[];
  for (const fault of unverified) {
    test(`${JSON.stringify(fault)} is not verified`, async (t) => {
      const { kit, shop, pay, keys } = await aPaidOrder(t);
      await pay();
      await kit.control.notice({ out_trade_no, fault });
      const notice = shop.heard.at(-1);
      assert.ok(notice && shop.heard.length === 2);
      assert.ok(!isVerified(notice, keys));
    });
  }

  test('of a short tag four bytes are left, which are true', async (t) => {
    const { kit, shop, pay } = await aPaidOrder(t);
    await pay();
    await kit.control.notice({ out_trade_no, fault: { kind: 'short_tag' } });
    const { nonce, ciphertext, associated_data } = JSON.parse(shop.heard[1]?.body ?? '').resource;
    const bytes = Buffer.from(ciphertext, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', v3Merchant.v3_key, nonce);
    decipher.setAAD(Buffer.from(associated_data)).setAuthTag(bytes.subarray(-4));
    const text = decipher.update(bytes.subarray(0, -4)).toString() + decipher.final().toString();
    assert.equal(JSON.parse(text).out_trade_no, out_trade_no);
  });

  test('that nobody may believe can be sent for an order that nobody paid', async (t) => {
    const { kit, shop, keys } = await aPaidOrder(t);
    await assert.rejects(kit.control.notice({ out_trade_no }), { status: 409 });
    const believable = [{ kind: 'altered_amount' }, { kind: 'unknown_event' }];
    for (const fault of believable) {
      await assert.rejects(kit.control.notice({ out_trade_no, fault }), { status: 409 });
    }
    for (const fault of [...unverified, { kind: 'broken_tag' }, { kind: 'other_merchant' }]) {
      await kit.control.notice({ out_trade_no, fault });
    }
    assert.equal(shop.heard.length, unverified.length + 2);
    assert.equal(shop.heard.filter((notice) => isVerified(notice, keys)).length, 2);
    assert.equal((await kit.control.trade(out_trade_no)).trade_state, 'NOTPAY');
  });

  test('verified, but nothing that a merchant may believe', async (t) => {
    const { kit, shop, pay, keys } = await aPaidOrder(t);
    await pay();
    const told = async (fault: Fault) => {
      await kit.control.notice({ out_trade_no, fault });
      const notice = shop.heard.at(-1);
      assert.ok(notice && isVerified(notice, keys));
      return notice;
    };
    for (const kind of ['broken_tag', 'short_tag']) {
      const broken = await told({ kind } as Fault);
      assert.throws(() => opened(broken));
    }
    const other = opened(await told({ kind: 'other_merchant' } as Fault));
    assert.ok(other.mchid !== mchid && other.appid !== appid);
    const altered = opened(await told({ kind: 'altered_amount', total_fee: 7 } as Fault));
    assert.equal(altered.amount.total, 7);
    const unknown = await told({ kind: 'unknown_event' } as Fault);
    assert.equal(JSON.parse(unknown.body).event_type, 'SANDBOX.UNKNOWN');
  });

  test('true, with more or less than is known', async (t) => {
    const { kit, shop, pay, keys } = await aPaidOrder(t);
    await pay();
    for (const fault of [{ kind: 'unknown_elements' }, { kind: 'sign_type', present: false }]) {
      await kit.control.notice({ out_trade_no, fault });
      const notice = shop.heard.at(-1);
      assert.ok(notice && isVerified(notice, keys));
      assert.equal(opened(notice).amount.total, 101);
    }
    assert.equal(shop.heard.at(-1)?.headers['wechatpay-signature-type'], undefined);
    await kit.control.notice({ out_trade_no, fault: { kind: 'coupons' } });
    const { amount, promotion_detail } = opened(shop.heard.at(-1) ?? { headers: {}, body: '' });
    assert.equal(amount.payer_total, 71);
    assert.deepEqual(
      promotion_detail.map((coupon: { amount: number }) => coupon.amount),
      [10, 20],
    );
  });
});
