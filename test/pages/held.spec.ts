import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible } from '../support/accessibility';
import type { ChromiumBrowser } from '../support/browser';
import { inBrowser } from '../support/in-browser';
import { bought, hasCode, isShown, listen } from '../support/pay-page';
import type { System } from '../support/system';
import { moneyComes } from '../support/true-notice';
import { until } from '../support/until';

const sentence = '微信支付收到了与本单有关的款项，需要商家核实。请勿重复付款，请联系商家。';
const english =
  'WeChat has received money for it that the shop must look into. Do not pay it again: ' +
  'contact the shop.';

/** It is said, and nothing invites anybody to pay. */
async function saysIt(page: Page): Promise<void> {
  await isShown(page, sentence);
  const parts = ['#scan', '#qrious', '#remaining', '#ask', '#again', '#cancel', '#pay'];
  for (const part of [...parts, '#put-back', '#to-cart']) {
    assert.equal(await page.isVisible(part), false, part);
  }
  const text = await page.locator('main section.pay:visible, #rows').innerText();
  assert.match(text, /请勿再付款/);
  assert.doesNotMatch(text, /扫一扫|去支付|继续支付|待支付|尚未支付|重试|放回购物车/);
}

function held(system: () => System, browser: () => ChromiumBrowser): void {
  const open = (page: Page, name: string, out_trade_no: string) =>
    page.goto(`${system().url()}/${name}.html?out_trade_no=${out_trade_no}`);

  it('a pay page that is open takes its code away at once, and stays so', async () => {
    const { page, context, address } = await bought(browser(), system().url());
    await page.close();
    const waiting = await context.newPage();
    const waits = listen(waiting, '/pay/queryPayStatus');
    await waiting.goto(address);
    await hasCode(waiting);
    await until('the page to wait', () => waits.length > 0);
    const out_trade_no = new URL(address).searchParams.get('out_trade_no') ?? '';
    await moneyComes(system(), { out_trade_no, total_fee: 1 });
    await saysIt(waiting);
    await assertAccessible(waiting, 'a payment with money that does not fit');
    const codes = listen(waiting, '/pay/createNative');
    const before = waits.length;
    await waiting.reload();
    await saysIt(waiting);
    await until('the page to wait again', () => waits.length > before);
    assert.ok(codes.length <= 1, 'it asks for no code once it knows');
    await context.close();
  });

  it('the other pages say so too, unpaid and closed', async () => {
    const { page, context, shopper, out_trade_no } = await bought(browser(), system().url());
    await moneyComes(system(), { out_trade_no, total_fee: 1 });
    for (const name of ['paysuccess', 'payfail', 'payments']) {
      await open(page, name, out_trade_no);
      await saysIt(page);
      await assertAccessible(page, name);
    }
    await page.click('#language');
    await isShown(page, english);
    await page.click('#language');
    await shopper.close(out_trade_no);
    await shopper.paymentIn('CLOSED', out_trade_no);
    for (const name of ['paysuccess', 'payfail', 'payments']) {
      await open(page, name, out_trade_no);
      await saysIt(page);
      assert.doesNotMatch(await page.innerText('main'), /已取消或超时/);
      await assertAccessible(page, `${name}, closed`);
    }
    assert.deepEqual(await page.locator('.badge').allInnerTexts(), ['请勿再付款', '已关闭']);
    await context.close();
  });

  /** Somebody sees that their payment is closed, and is offered its goods. */
  async function offeredGoods() {
    const visit = await bought(browser(), system().url());
    const { page, shopper, out_trade_no } = visit;
    await page.goto('about:blank');
    await shopper.close(out_trade_no);
    await shopper.paymentIn('CLOSED', out_trade_no);
    await open(page, 'payfail', out_trade_no);
    await page.waitForSelector('#put-back');
    return visit;
  }

  it('nobody is offered the goods any more by a page that hears of such money', async () => {
    const { page, context, out_trade_no } = await offeredGoods();
    await moneyComes(system(), { out_trade_no, total_fee: 1 });
    await saysIt(page);
    await page.reload();
    await saysIt(page);
    await context.close();
  });

  it('that goods are back in the cart is said no more: it would invite to buy again', async () => {
    const { page, context, out_trade_no } = await offeredGoods();
    await page.click('#put-back');
    await isShown(page, '商品已放回购物车。');
    await moneyComes(system(), { out_trade_no, total_fee: 1 });
    await saysIt(page);
    assert.equal(await page.isVisible('#goods'), false);
    await context.close();
  });

  it('goods are not put back once it came, though the page has not heard of it', async () => {
    const { page, context, shopper, out_trade_no } = await offeredGoods();
    let looks = 0;
    let isPressed = false;
    await page.route(`**/api/payments/${out_trade_no}`, async (route) => {
      looks += 1;
      await until('the button to be pressed', () => isPressed);
      await route.continue();
    });
    await until('the page to look', () => looks > 0);
    await moneyComes(system(), { out_trade_no, total_fee: 1 });
    await page.click('#put-back');
    isPressed = true;
    await saysIt(page);
    assert.deepEqual((await shopper.cart()).lines, []);
    await context.close();
  });

  it('money that came too late will be paid back, until it is', async () => {
    const options = { locale: 'en-GB' };
    const { page, context, shopper, out_trade_no } = await bought(
      browser(),
      system().url(),
      options,
    );
    await shopper.close(out_trade_no);
    await shopper.paymentIn('CLOSED', out_trade_no);
    // It goes there by itself: whoever opens another page meanwhile is interrupted.
    await page.waitForURL(/payfail\.html/);
    await isShown(page, 'If you have paid, the money is not lost');
    // The sandbox's book has no such money, so that its refund waits.
    await moneyComes(system(), { out_trade_no, total_fee: 6_810 });
    // The page that is open says so, as a page loaded now does.
    await isShown(page, 'it will be paid back.');
    await isShown(page, 'The money came too late');
    for (const name of ['payfail', 'payments']) {
      await open(page, name, out_trade_no);
      await isShown(page, 'it will be paid back');
    }
    await context.close();
  });
}

const env = {
  'order-service': { WECHAT_CLOSE_AFTER_MS: '0', QUERY_INTERVAL_MS: '500' },
  'wechat-sandbox': { SANDBOX_CLOSE_AFTER_MS: '0' },
};
inBrowser('a payment with money that does not fit', { stores: 'sqlite', env }, held);
