import assert from 'node:assert/strict';
import { it } from 'node:test';
import { inBrowser } from '../support/in-browser';
import { bought, isShown } from '../support/pay-page';
import { signedVisit } from '../support/signed-visit';

const stores = 'sqlite';
inBrowser('the page of a payment that WeChat refuses', { stores }, (system, browser) => {
  const refuse = (out_trade_no: string) => {
    const match = { call: 'unifiedorder', out_trade_no };
    const no = { kind: 'err_code', err_code: 'NOAUTH', err_code_des: '权限未开通' };
    return system().sandbox.fault({ ...no, phase: 'before', times: 100, match });
  };

  it('says so in words, shows no code and invites to no payment', async () => {
    const { page, context, shopper } = await signedVisit(browser(), system().url());
    const { out_trade_no } = await shopper.buy();
    await refuse(out_trade_no);
    await page.goto(`${system().url()}/pay.html?out_trade_no=${out_trade_no}`);
    await isShown(page, '微信支付没有接受这笔付款');
    for (const part of ['#payment', '#qrious', '#ask']) {
      assert.equal(await page.isVisible(part), false, part);
    }
    await context.close();
  });

  it('takes away a code that is dead when there is no new one', async () => {
    const { page, context, out_trade_no } = await bought(browser(), system().url());
    await refuse(out_trade_no);
    await system().order.stop();
    await system().change("UPDATE tb_paylog SET code_expire_time = '2026-01-01 00:00:00.000'");
    await system().order.start();
    await page.evaluate(`{
      const now = performance.now.bind(performance);
      performance.now = () => now() + 400_000;
    }`);
    await page.evaluate("dispatchEvent(new Event('pageshow'))");
    await isShown(page, '微信支付没有接受这笔付款');
    for (const part of ['#scan', '#ask']) assert.equal(await page.isVisible(part), false, part);
    await context.close();
  });
});
