import assert from 'node:assert/strict';
import { it } from 'node:test';
import { onEveryStore } from '../support/on-stores';
import type { System } from '../support/system';

const callsMax = 100;

/** One user's createNative, asked for again and again at every gateway at once. */
async function manyTabs(system: System, count: number) {
  const shopper = await system.shopper();
  const { out_trade_no } = await shopper.buy();
  const tabs = Array.from({ length: count }, (_, tab) => shopper.at(system.url(tab % 2)));
  return { shopper, out_trade_no, tabs };
}

onEveryStore('one live code', { gateways: 2 }, (system) => {
  it('100 parallel createNative over two gateways: one call to WeChat, one code', async () => {
    const { out_trade_no, tabs } = await manyTabs(system(), callsMax);
    const codes = await Promise.all(tabs.map((tab) => tab.createNative()));
    assert.equal(new Set(codes.map(({ code_url }) => code_url)).size, 1);
    const trade = await system().sandbox.trade(out_trade_no);
    assert.equal(trade.calls.unifiedorder, 1);
    assert.deepEqual(trade.codes, [codes[0]?.code_url]);
  });

  it('a slow WeChat is asked once as well, and a later tab gets the same code', async () => {
    const { shopper, out_trade_no, tabs } = await manyTabs(system(), 20);
    const match = { call: 'unifiedorder', out_trade_no };
    await system().sandbox.fault({ kind: 'delay', delay_ms: 1_500, match });
    const codes = await Promise.all(tabs.map((tab) => tab.createNative(out_trade_no)));
    codes.push(await shopper.createNative());
    assert.equal(new Set(codes.map(({ code_url }) => code_url)).size, 1);
    assert.equal((await system().sandbox.trade(out_trade_no)).calls.unifiedorder, 1);
  });

  for (const kind of ['reset', 'http_error', 'truncated', 'wrong_sign', 'system_error']) {
    it(`an answer lost (${kind}) after WeChat made the order: the code comes`, async () => {
      const shopper = await system().shopper();
      const { out_trade_no } = await shopper.buy();
      await system().sandbox.fault({ kind, match: { call: 'unifiedorder', out_trade_no } });
      const first = await shopper.ask('GET', '/pay/createNative');
      if (first.status !== 200) {
        assert.equal(first.status, 503);
        assert.equal((first.json() as { code: string }).code, 'wechat/unavailable');
        assert.match(first.headers.get('retry-after') ?? '', /^[1-9][0-9]*$/);
      }
      const code = await shopper.createNative();
      const trade = await system().sandbox.trade(out_trade_no);
      assert.equal(trade.code_url, code.code_url);
      assert.equal(trade.trade_state, 'NOTPAY');
    });
  }
});

onEveryStore('one live code over two order services', { gateways: 2, orders: 2 }, (system) => {
  it('100 parallel createNative: one call to WeChat, one code', async () => {
    const { out_trade_no, tabs } = await manyTabs(system(), callsMax);
    const codes = await Promise.all(tabs.map((tab) => tab.createNative()));
    assert.equal(new Set(codes.map(({ code_url }) => code_url)).size, 1);
    assert.equal((await system().sandbox.trade(out_trade_no)).calls.unifiedorder, 1);
  });

  it('a page that waits at one gateway hears of a payment settled by the other', async () => {
    const { sandbox } = system();
    const shopper = await system().shopper();
    const { out_trade_no } = await shopper.buy();
    const { code_url } = await shopper.createNative();
    const waits = [0, 1].map((index) =>
      shopper.at(system().url(index)).queryPayStatus(out_trade_no),
    );
    await sandbox.pay(code_url);
    const paid = { success: true, message: '支付成功' };
    assert.deepEqual(await Promise.all(waits), [paid, paid]);
  });
});
