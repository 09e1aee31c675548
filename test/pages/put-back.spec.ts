import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ChromiumBrowser } from '../support/browser';
import { quickMoney } from '../support/every-way';
import { inBrowser } from '../support/in-browser';
import { bought, isShown } from '../support/pay-page';
import { tea } from '../support/shopper';
import type { System } from '../support/system';
import { until } from '../support/until';

const back = '商品已放回购物车';
const changed = '购物车后来有过变动';
const whole = 6_810;
const items = '**/api/cart/items/*';

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

  /** Somebody cancels, and reads that the goods are put back, which this service cannot do. */
  async function cancelled(path: string) {
    const visit = await bought(browser(), system().url());
    const { page, context } = visit;
    await context.route(path, (route) => route.fulfill({ status: 503 }));
    const refused = page.waitForResponse((response) => response.status() === 503);
    await page.click('#cancel');
    await page.click('#cancel-yes');
    await page.waitForURL(/payfail\.html/);
    await refused;
    return visit;
  }

  /** The goods are back once, and no page says anything else. */
  async function areBack({ page, shopper }: Awaited<ReturnType<typeof bought>>) {
    await isShown(page, back);
    assert.equal((await shopper.cart()).total_fee, whole);
    await page.reload();
    await isShown(page, '支付已关闭');
    assert.equal(await page.locator('#put-back').count(), 0);
    assert.equal((await shopper.cart()).total_fee, whole);
  }

  it('goes on by itself when the page is loaded anew before anything was sent', async () => {
    const visit = await cancelled('**/api/cart');
    const { page, context } = visit;
    await context.unroute('**/api/cart');
    await page.reload();
    await areBack(visit);
    await context.close();
  });

  it('that was under way is offered by every tab, and done by the first of them', async () => {
    const visit = await cancelled(items);
    const { page, context, shopper } = visit;
    const other = await context.newPage();
    await other.goto(page.url());
    await page.reload();
    for (const tab of [page, other]) await tab.waitForSelector('#put-back');
    assert.deepEqual((await shopper.cart()).lines, []);
    await context.unroute(items);
    for (const tab of [other, page]) {
      await tab.click('#put-back');
      await isShown(tab, back);
    }
    await areBack(visit);
    await context.close();
  });

  it('by two tabs at once is done once', async () => {
    const visit = await cancelled(items);
    const { page, context } = visit;
    const other = await context.newPage();
    await other.goto(page.url());
    await page.reload();
    await context.unroute(items);
    await Promise.all([page, other].map((tab) => tab.click('#put-back')));
    await isShown(other, back);
    await areBack(visit);
    await context.close();
  });

  it('of which the answer was lost puts nothing in twice by a page loaded anew', async () => {
    const visit = await offered();
    const { page, context, shopper } = visit;
    await page.route(items, (route) => route.fetch().then(() => {}));
    await page.click('#put-back');
    await until('goods in the cart', async () => (await shopper.cart()).lines.length > 0);
    await page.reload();
    await page.unroute(items);
    await page.click('#put-back');
    await areBack(visit);
    await context.close();
  });

  it('leaves as it is what somebody has changed since, and says so', async () => {
    const visit = await cancelled(items);
    const { page, context, shopper } = visit;
    await page.reload();
    await page.waitForSelector('#put-back');
    await shopper.putItem(tea, 7);
    await context.unroute(items);
    await page.click('#put-back');
    await isShown(page, changed);
    const { lines } = await shopper.cart();
    assert.equal(lines.find(({ item_id }) => item_id === tea)?.num, 7);
    assert.equal(lines.length > 1, true);
    await context.close();
  });

  it('that found no network is offered again, also after the page is loaded anew', async () => {
    const { page, context, shopper, out_trade_no } = await offered();
    const path = `**/api/payments/${out_trade_no}`;
    await page.route(path, (route) => route.abort());
    await page.click('#put-back');
    await isShown(page, '网络或服务没有回应', 60_000);
    await page.waitForSelector('#put-back');
    await page.unroute(path);
    assert.deepEqual((await shopper.cart()).lines, []);
    await page.reload();
    await page.click('#put-back');
    await isShown(page, back);
    assert.equal((await shopper.cart()).total_fee, whole);
    assert.equal(await page.isVisible('#put-back'), false);
    await context.close();
  });

  it('is seen to be done by whoever gets no answer that says so', async () => {
    const visit = await offered();
    const { page, context } = visit;
    await page.route(items, async (route) => {
      await route.fetch();
      await route.abort();
    });
    await page.click('#put-back');
    await isShown(page, back, 60_000);
    await areBack(visit);
    assert.equal(await page.isVisible('#problem'), false);
    await context.close();
  });
}

inBrowser('goods that are put back', { stores: 'sqlite', env: quickMoney }, putBack);
