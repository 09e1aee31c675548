import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import type { ChromiumBrowser } from '../support/browser';
import { quickMoney } from '../support/every-way';
import { inBrowser } from '../support/in-browser';
import { bought, isShown } from '../support/pay-page';
import type { System } from '../support/system';

const back = '商品已放回购物车';
const whole = 6_810;

function putBack(system: () => System, browser: () => ChromiumBrowser): void {
  /** Somebody is offered the goods of a payment that is closed. */
  async function offered() {
    const visit = await bought(browser(), system().url());
    const { page, shopper, out_trade_no } = visit;
    await page.goto('about:blank');
    await shopper.close(out_trade_no);
    await shopper.paymentIn('CLOSED', out_trade_no);
    await page.goto(`${system().url()}/payfail.html?out_trade_no=${out_trade_no}`);
    await page.waitForSelector('#put-back');
    return visit;
  }

  /** Asks for them while the network fails these requests: they are offered again. */
  async function fails(page: Page, path: string) {
    await page.click('#put-back');
    await isShown(page, '网络或服务没有回应', 60_000);
    await page.waitForSelector('#put-back');
    await page.unroute(path);
  }

  it('that found no network is offered again, also after the page is loaded anew', async () => {
    const { page, context, shopper, out_trade_no } = await offered();
    const path = `**/api/payments/${out_trade_no}`;
    await page.route(path, (route) => route.abort());
    await fails(page, path);
    assert.deepEqual((await shopper.cart()).lines, []);
    await page.reload();
    await page.click('#put-back');
    await isShown(page, back);
    assert.equal((await shopper.cart()).total_fee, whole);
    assert.equal(await page.isVisible('#put-back'), false);
    await context.close();
  });

  it('puts nothing back twice that is there already, though no answer said so', async () => {
    const { page, context, shopper } = await offered();
    const path = '**/api/cart/items/*';
    await page.route(path, async (route) => {
      await route.fetch();
      await route.abort();
    });
    await fails(page, path);
    assert.notDeepEqual((await shopper.cart()).lines, []);
    await page.click('#put-back');
    await isShown(page, back);
    assert.equal((await shopper.cart()).total_fee, whole);
    assert.equal(await page.isVisible('#problem'), false);
    await context.close();
  });
}

inBrowser('goods that are put back', { stores: 'sqlite', env: quickMoney }, putBack);
