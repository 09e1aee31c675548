import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SandboxKit } from '../kit/create-sandbox';
import { exampleMerchant } from '../merchant';
import { anOrder, aSandbox, aShop, call, comeAgain, openOrder } from '../spec-kit';
import {
  aV3Shop,
  isVerified,
  native,
  openV3Order,
  platformKeys,
  query,
  v3Call,
  v3Merchant,
  anOrder as v3Order,
} from '../v3/spec-kit';
import { aPath, readBook, reborn } from './spec-kit';

const out_trade_no = 'T20260930-0001';
const dayMs = 86_400_000;

async function lookOf({ control }: SandboxKit) {
  return {
    trades: await control.trades(),
    now: await control.advance(0),
    settings: await control.settings({}),
    platform: await control.platform(),
  };
}

describe('a sandbox that comes after one that was killed', () => {
  test('has the whole book, and its clock stands where it was turned to', async (t) => {
    const file = aPath();
    const merchants = [exampleMerchant, v3Merchant] as const;
    const kit = await aSandbox(t, { file, merchants });
    await openOrder(kit);
    await openOrder(kit);
    await kit.control.pay({ out_trade_no });
    await call(kit, '/pay/orderquery', { out_trade_no });
    await kit.control.refund({ out_trade_no, refund_fee: 1 });
    await kit.control.settings({ refund_after_ms: 7 });
    await kit.control.advance(3_600_000);
    const { kit: next, copy } = await reborn(t, file, { merchants });
    assert.deepEqual(await lookOf(next), await lookOf(kit));
    assert.deepEqual(readBook(copy), readBook(file));
    const paid = await call(next, '/pay/orderquery', { out_trade_no });
    assert.equal(paid.get('trade_state'), 'REFUND');
    const again = await call(next, '/pay/unifiedorder', anOrder());
    assert.equal(again.get('err_code'), 'ORDERPAID');
  });

  test('has what was done for a client that never heard of it', async (t) => {
    const file = aPath();
    const kit = await aSandbox(t, { file });
    await kit.control.fault({ match: { call: 'unifiedorder' }, kind: 'reset' });
    await assert.rejects(openOrder(kit));
    const { kit: next } = await reborn(t, file);
    assert.equal((await next.control.trade(out_trade_no)).codes.length, 1);
  });

  test('knows the merchants that were told of, and signs with the same keys', async (t) => {
    const file = aPath();
    const kit = await aSandbox(t, { file, platformMode: 'both' });
    await kit.control.merchant(v3Merchant);
    await kit.control.changePlatform({ rotate: true, probe_share: 0 });
    await openV3Order(kit);
    const keys = await platformKeys(kit);
    assert.equal(keys.size, 3);
    const { kit: next } = await reborn(t, file, { platformMode: 'both' });
    assert.deepEqual(await platformKeys(next), keys);
    const answer = await v3Call(next, query(out_trade_no));
    assert.equal(answer.json.trade_state, 'NOTPAY');
    assert.ok(isVerified(answer, keys));
  });

  test('the environment tells of merchants, and only what was told later is kept', async (t) => {
    const file = aPath();
    const kit = await aSandbox(t, { file });
    await kit.control.merchant({
      appid: exampleMerchant.appid,
      mch_id: exampleMerchant.mch_id,
      notify_url: 'http://127.0.0.1:9/a',
    });
    const key = 'k'.repeat(32);
    const { kit: next } = await reborn(t, file, { merchants: [{ ...exampleMerchant, key }] });
    const { notify_url } = await next.control.merchant(exampleMerchant);
    assert.equal(notify_url, 'http://127.0.0.1:9/a');
    assert.equal(readBook(file).merchants.told[0].key, undefined);
  });

  test('nobody but the payer who has scanned an order can pay it', async (t) => {
    const file = aPath();
    const kit = await aSandbox(t, { file });
    const code_url = await openOrder(kit);
    const phone = `/phone?code_url=${encodeURIComponent(code_url)}`;
    await fetch(kit.url + phone);
    const { kit: next } = await reborn(t, file);
    assert.match(
      await (await fetch(`${next.url}${phone}&payer=2`)).text(),
      /data-screen="foreign"/,
    );
  });

  test('a number that was closed without an order stays closed', async (t) => {
    const file = aPath();
    const kit = await aSandbox(t, { file, merchants: [v3Merchant] });
    const body = { mchid: v3Merchant.mch_id };
    const close = `/v3/pay/transactions/out-trade-no/${out_trade_no}/close`;
    await v3Call(kit, ['POST', close], { body });
    const { kit: next } = await reborn(t, file, { merchants: [v3Merchant] });
    assert.equal((await v3Call(next, native, { body: v3Order() })).status, 400);
  });

  test('whoever keeps fewer orders forgets the first that were finished', async (t) => {
    const file = aPath();
    const kit = await aSandbox(t, { file, settings: { close_after_ms: 0 } });
    for (const name of ['order-A', 'order-B', 'order-C', 'order-D'])
      await openOrder(kit, { out_trade_no: name });
    for (const name of ['order-C', 'order-A'])
      await call(kit, '/pay/closeorder', { out_trade_no: name });
    const { kit: next } = await reborn(t, file, { tradesMax: 3 });
    await openOrder(next, { out_trade_no: 'order-E' });
    const left = (await next.control.trades()).map((trade) => trade.out_trade_no);
    assert.deepEqual(left, ['order-B', 'order-D', 'order-E']);
  });
});

describe('notices that were not told to the end', () => {
  test('come again in their time and byte for byte, the first as well', async (t) => {
    const file = aPath();
    const shop = await aShop(t, () => comeAgain);
    const kit = await aSandbox(t, { file });
    await openOrder(kit, { notify_url: `${shop.url}/n` });
    await kit.control.pay({ out_trade_no });
    await kit.control.advance(15_000);
    assert.equal(shop.heard.length, 2);
    const { kit: next } = await reborn(t, file);
    await next.control.advance(14_999);
    assert.equal(shop.heard.length, 2);
    await next.control.advance(1);
    assert.equal(shop.heard.length, 3);
    await next.control.advance(2 * dayMs);
    const { notices } = await next.control.trade(out_trade_no);
    assert.deepEqual(
      notices.map(({ repeat }) => repeat),
      Array.from({ length: 16 }, (_, n) => n),
    );
    assert.equal(new Set(shop.heard.map(({ body }) => body)).size, 1);
  });

  test('of APIv3 have the same id, and end when they were heard', async (t) => {
    const file = aPath();
    const shop = await aV3Shop(t, (n) => (n === 0 ? 500 : 204));
    const merchants = [v3Merchant] as const;
    const kit = await aSandbox(t, { file, merchants });
    await openV3Order(kit, { notify_url: `${shop.url}/n` });
    await kit.control.pay({ out_trade_no });
    await kit.control.advance(0);
    const { kit: next } = await reborn(t, file, { merchants });
    await next.control.advance(15_000);
    const { kit: last } = await reborn(t, file, { merchants });
    assert.equal((await last.control.trade(out_trade_no)).notices.length, 1);
    const ids = shop.heard.map(({ body }) => JSON.parse(body).id);
    assert.equal(ids.length, 2);
    assert.equal(ids[0], ids[1]);
    assert.ok(isVerified(shop.heard[1] ?? assert.fail(), await platformKeys(next)));
    await next.control.advance(dayMs);
    assert.equal(shop.heard.length, 2);
  });

  test('a refund that was under way is told when it has ended', async (t) => {
    const file = aPath();
    const shop = await aShop(t);
    const kit = await aSandbox(t, { file });
    await openOrder(kit);
    await kit.control.pay({ out_trade_no });
    await kit.control.refund({ out_trade_no, refund_fee: 101, notify_url: `${shop.url}/r` });
    await kit.control.advance(2_999);
    const { kit: next } = await reborn(t, file);
    await next.control.advance(1);
    assert.equal(shop.heard.length, 1);
    const { kit: late } = await reborn(t, file, { at: '2026-10-30T10:15:00+08:00' });
    await late.control.advance(0);
    assert.equal(shop.heard.length, 2);
  });

  test('one that a fault holds back comes when it would have', async (t) => {
    const file = aPath();
    const shop = await aShop(t);
    const kit = await aSandbox(t, { file });
    await kit.control.fault({ match: { notice: 'pay' }, kind: 'delay', delay_ms: 60_000 });
    await openOrder(kit, { notify_url: `${shop.url}/n` });
    await kit.control.pay({ out_trade_no });
    await kit.control.advance(0);
    const { kit: next } = await reborn(t, file);
    await next.control.advance(59_999);
    assert.equal(shop.heard.length, 0);
    await next.control.advance(1);
    assert.equal(shop.heard.length, 1);
  });
});
