import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { assertAccessible } from '../support/accessibility';
import { type ChromiumBrowser, desktop, phone } from '../support/browser';
import { inBrowser } from '../support/in-browser';
import { hasCode, isShown } from '../support/pay-page';
import { openNew } from '../support/shop-order';
import { tea } from '../support/shopper';
import { signedVisit } from '../support/signed-visit';
import type { System } from '../support/system';
import { moneyComes } from '../support/true-notice';

const return_url = 'https://seller.example/thanks';
const looks: Record<string, BrowserContextOptions> = {
  'at a desk, in Chinese': desktop,
  'on a phone, in English, in the dark': { ...phone, locale: 'en-GB', colorScheme: 'dark' },
};

/** No page is wider than its window. */
async function assertFits(page: Page, what: string): Promise<void> {
  const overflow = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  assert.equal(overflow, 0, what);
}

async function assertGood(page: Page, what: string): Promise<void> {
  await assertAccessible(page, what);
  await assertFits(page, what);
}

function journeys(system: () => System, browser: () => ChromiumBrowser): void {
  for (const [how, options] of Object.entries(looks)) {
    it(`axe finds nothing on any page, ${how}`, async () => {
      const { page, context, shopper } = await signedVisit(browser(), system().url(), options);
      const open = (path: string) => page.goto(system().url() + path);
      await open('/');
      await page.click(`#add-${tea}`);
      await page.waitForSelector(`#num-${tea}`);
      await assertGood(page, 'the shop');
      const { out_trade_no } = await shopper.checkout();
      const number = `?out_trade_no=${out_trade_no}`;
      await open(`/pay.html${number}`);
      await page.waitForSelector('#goods-line:not([hidden])');
      await assertGood(page, 'pay.html');
      await page.click('#cancel');
      await assertGood(page, 'pay.html that asks');
      await open(`/paysuccess.html${number}`);
      await page.waitForSelector('#pay:not([hidden])');
      await assertGood(page, 'paysuccess.html, unpaid');
      await open(`/pay.html${number}`);
      await page.waitForSelector('#qrious:not([hidden])');
      await system().sandbox.pay((await system().sandbox.trade(out_trade_no)).code_url);
      await page.waitForURL(/paysuccess/);
      await isShown(page, '支付成功');
      await assertGood(page, 'paysuccess.html');
      const other = await shopper.buy();
      await shopper.close(other.out_trade_no);
      await open(`/payfail.html?out_trade_no=${other.out_trade_no}`);
      await page.waitForSelector('#put-back');
      await assertGood(page, 'payfail.html');
      const { out_trade_no: held } = await shopper.buy();
      await moneyComes(system(), { out_trade_no: held, total_fee: 1 });
      await open(`/pay.html?out_trade_no=${held}`);
      await isShown(page, '请勿再付款');
      await assertGood(page, 'pay.html of money that does not fit');
      await open('/payments.html');
      await page.waitForSelector('.badge.held');
      await assertGood(page, 'payments.html');
      await open('/orders.html');
      await page.waitForSelector('.order');
      await assertGood(page, 'orders.html');
      await open('/nothing');
      await assertGood(page, 'the page for unknown addresses');
      await context.clearCookies();
      for (const path of ['/', '/pay.html', '/payments.html', '/orders.html']) {
        await open(path);
        await page.waitForSelector('#sign-in', { state: 'visible' });
        await assertGood(page, `${path} without a session`);
      }
      await context.close();
    });
  }

  for (const [how, options] of Object.entries(looks)) {
    it(`axe finds nothing on the pages of who came by a link, ${how}`, async () => {
      const { page, context } = await browser().visit(options);
      const shop = await system().shopper({ roles: ['shop'] });
      const [paid, closed] = [
        await openNew(shop, { return_url }),
        await openNew(shop, { return_url }),
      ];
      await page.goto(`${paid.pay_url}x`);
      await page.waitForSelector('#nothing:not([hidden])');
      await assertGood(page, 'pay.html with a wrong key');
      await page.goto('about:blank');
      await page.goto(paid.pay_url);
      await page.waitForSelector('#goods-line:not([hidden])');
      await hasCode(page);
      await assertGood(page, 'pay.html');
      await system().sandbox.pay((await shop.createNative(paid.out_trade_no)).code_url);
      await page.waitForURL(/paysuccess/);
      await page.waitForSelector('#return:not([hidden])');
      await assertGood(page, 'paysuccess.html');
      await shop.close(closed.out_trade_no);
      await page.goto(closed.pay_url);
      await page.waitForURL(/payfail/);
      await page.waitForSelector('#return:not([hidden])');
      await assertGood(page, 'payfail.html');
      await context.clearCookies();
      await page.reload();
      await page.waitForSelector('#sign-in', { state: 'visible' });
      await assertGood(page, 'payfail.html without the key');
      await context.close();
    });
  }

  it('everything is done with the keyboard alone', async () => {
    const { page, context } = await signedVisit(browser(), system().url());
    await page.goto(system().url());
    await page.waitForSelector(`#add-${tea}`);
    const focused = () => page.evaluate('document.activeElement.id');
    const tabTo = async (id: string) => {
      for (let count = 0; (await focused()) !== id; count += 1) {
        assert.ok(count < 60, `${id} cannot be reached`);
        await page.keyboard.press('Tab');
      }
    };
    await tabTo(`add-${tea}`);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await tabTo(`less-${tea}`);
    await page.keyboard.press('Space');
    await tabTo('name');
    await page.keyboard.type('王小明');
    await tabTo('mobile');
    await page.keyboard.type('13800138000');
    await tabTo('address');
    await page.keyboard.type('北京');
    await page.keyboard.press('Enter');
    await page.waitForURL(/pay\.html/);
    await isShown(page, '￥59.90');
    await page.waitForSelector('#acts:not([hidden])');
    await tabTo('cancel');
    await page.keyboard.press('Enter');
    await tabTo('cancel-yes');
    await page.keyboard.press('Enter');
    await page.waitForURL(/payfail\.html/);
    await context.close();
  });
}

const env = {
  'order-service': { WECHAT_CLOSE_AFTER_MS: '0' },
  'wechat-sandbox': { SANDBOX_CLOSE_AFTER_MS: '0' },
};
inBrowser('pages for everybody', { env, stores: 'sqlite' }, journeys);
