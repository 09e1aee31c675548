import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import type { ChromiumBrowser } from '../support/browser';
import { inBrowser } from '../support/in-browser';
import { isShown } from '../support/pay-page';
import { aReceiver } from '../support/shopper';
import { signedVisit } from '../support/signed-visit';
import type { System } from '../support/system';

const ordered = {
  'zh-CN': ['这些商品已经下过单（可能在另一个窗口），请不要重复下单。', '查看这笔支付'],
  'en-GB': ['These goods have already been ordered, maybe in another window', 'See its payment'],
} as const;
const changed = /价格或商品有变动|Prices or goods have changed/;

/** One shopper, one cart, two windows that show it. */
function twoWindows(system: () => System, browser: () => ChromiumBrowser): void {
  async function open(page: Page): Promise<void> {
    await page.goto(system().url());
    await page.waitForSelector('#order', { state: 'visible' });
    for (const [field, text] of Object.entries(aReceiver)) await page.fill(`#${field}`, text);
  }

  async function shopping(locale = 'zh-CN') {
    const visit = await signedVisit(browser(), system().url(), { locale });
    await visit.shopper.putItem('1001');
    const other = await visit.context.newPage();
    await Promise.all([visit.page, other].map(open));
    return { ...visit, other };
  }

  for (const [locale, [sentence, link]] of Object.entries(ordered)) {
    it(`in ${locale}, the second one that orders is led to the payment of the first`, async () => {
      const { page, other, context, shopper } = await shopping(locale);
      await other.click('#order');
      await other.waitForURL(/pay\.html/);
      await page.click('#order');
      await isShown(page, sentence);
      assert.doesNotMatch(await page.innerText('body'), changed);
      const [payment] = (await shopper.payments()).payments;
      await page.click(`text=${link}`);
      await page.waitForURL(new RegExp(`pay\\.html\\?out_trade_no=${payment?.out_trade_no}`));
      assert.equal((await shopper.payments()).payments.length, 1);
      await context.close();
    });
  }

  it('so it is when both press at once, and the service refuses one', async () => {
    const { page, other, context, shopper } = await shopping();
    await page.route('**/api/orders', async (route) => {
      await other.click('#order');
      await other.waitForURL(/pay\.html/);
      await route.continue();
    });
    await page.click('#order');
    await isShown(page, ordered['zh-CN'][0]);
    assert.equal(await page.isVisible('#ordered'), true);
    assert.equal((await shopper.orders()).orders.length, 1);
    await context.close();
  });

  it('an order that is paid on delivery has no payment to see, but its number', async () => {
    const { page, other, context, shopper } = await shopping();
    await other.check('[name=payment_type][value="2"]');
    await other.click('#order');
    await isShown(other, '下单成功');
    await page.click('#order');
    await isShown(page, ordered['zh-CN'][0]);
    const [order] = (await shopper.orders()).orders;
    await isShown(page, `订单号：${order?.order_id}`);
    await context.close();
  });

  it('a cart that was only emptied there is not said to be ordered', async () => {
    const { page, other, context } = await shopping();
    await other.click('#clear-cart');
    await other.waitForSelector('#cart-empty', { state: 'visible' });
    await page.click('#order');
    await page.waitForSelector('#problem', { state: 'visible' });
    assert.match(await page.innerText('#problem'), changed);
    await context.close();
  });
}

inBrowser('one cart in two windows', { stores: 'sqlite' }, twoWindows);
