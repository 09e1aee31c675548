import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page, Route } from 'playwright-core';
import type { ChromiumBrowser } from '../support/browser';
import { expected } from '../support/http';
import { inBrowser } from '../support/in-browser';
import { hasCode, isShown, listen } from '../support/pay-page';
import { openNew } from '../support/shop-order';
import type { System } from '../support/system';
import { until } from '../support/until';

const return_url = 'https://seller.example/thanks?from=saoma';

/** Where a page leads; the sandbox's phone is no way of the shop's. */
const ways = (page: Page) => page.locator('a:visible:not(#open-phone)');

/** The page of an order of another shop: by its number, and without a way into this house. */
async function isOfTheShop(page: Page, merchant_order_no: string): Promise<void> {
  await isShown(page, `订单号：${merchant_order_no}`);
  const text = await page.innerText('body');
  assert.doesNotMatch(text, /商店|购物车|我的|账号|登录/);
  assert.equal(text.split('订单号：').length, 2, text);
}

/** The only way from this page is where the shop said, with both numbers. */
async function leadsBack(page: Page, numbers: Record<string, string>): Promise<void> {
  const href = await page.getAttribute('#return:not([hidden])', 'href');
  assert.equal(href, `${return_url}&${new URLSearchParams(numbers)}`);
  assert.equal(await ways(page).count(), 1);
}

/** Who has nothing but the link to the payment of a shop's own order. */
function byTheLink(system: () => System, browser: () => ChromiumBrowser): void {
  const opened = async () => {
    const shop = await system().shopper({ roles: ['shop'] });
    const made = await openNew(shop, { return_url, metadata: { secret: 'of the shop' } });
    return { ...made, shop, ...(await browser().visit()) };
  };

  it('pays without sign-in, is led back, and leaves the key nowhere', async () => {
    const { shop, page, context, pay_url, out_trade_no, merchant_order_no } = await opened();
    const asked = listen(page, '/');
    await page.goto(pay_url);
    await hasCode(page);
    await page.waitForSelector('#goods-line:not([hidden])');
    const text = await page.innerText('main');
    assert.equal(text.split('两张电影票').length, 2, 'it is said once');
    assert.match(text, new RegExp(`商户单号：${out_trade_no}`));
    await isOfTheShop(page, merchant_order_no);
    assert.equal(await ways(page).count(), 0);
    assert.equal(await page.isVisible('#cancel'), false);
    const [, key = ''] = pay_url.split('#key=');
    assert.ok(!page.url().includes(key), 'the address has it no more');
    const { code_url } = await shop.createNative(out_trade_no);
    await system().sandbox.pay(code_url);
    await page.waitForURL(/paysuccess\.html/);
    await leadsBack(page, { out_trade_no, merchant_order_no });
    assert.ok(!(await page.content()).includes('of the shop'));
    await isOfTheShop(page, merchant_order_no);
    const sent = asked.filter((address) => address.replace(/#.*/, '').includes(key));
    assert.deepEqual(sent, []);
    await context.close();
  });

  it('hears that the money went back, on the page that said it was paid', async () => {
    const { shop, page, context, troubles, pay_url, out_trade_no } = await opened();
    await page.goto(pay_url);
    await hasCode(page);
    await system().sandbox.pay((await shop.createNative(out_trade_no)).code_url);
    await page.waitForURL(/paysuccess\.html/);
    await isShown(page, '支付成功');
    const operator = await system().shopper({ roles: ['operator'] });
    const { total_fee } = await operator.payment(out_trade_no);
    await system().pay.stop();
    expected(201, await operator.refund(out_trade_no, total_fee));
    await page.evaluate("dispatchEvent(new Event('focus'))");
    await isShown(page, '￥12.00 的退款正在处理');
    await system().pay.start();
    await until('the money to be back', async () => {
      return (await operator.payment(out_trade_no)).refund_fee === total_fee;
    });
    await isShown(page, '已全部退款');
    assert.equal(await page.innerText('#headline'), '已退款');
    assert.deepEqual(troubles, []);
    await context.close();
  });

  it('tells no other site how it came, and is led nowhere by an address', async () => {
    const { shop, page, context, pay_url, out_trade_no } = await opened();
    const [, key = ''] = pay_url.split('#key=');
    const referers: string[] = [];
    const told: string[] = [];
    page.on('request', (request) => {
      referers.push(request.headers().referer ?? '');
      told.push(JSON.stringify(request.headers()));
    });
    const fromElsewhere = new URL(pay_url);
    fromElsewhere.searchParams.set('return_url', 'https://evil.example/');
    await page.goto(fromElsewhere.href);
    await hasCode(page);
    const { code_url } = await shop.createNative(out_trade_no);
    await system().sandbox.pay(code_url);
    await page.waitForURL(/paysuccess\.html/);
    await page.goto(`${page.url()}&return_url=https://evil.example/`);
    await page.waitForSelector('#return:not([hidden])');
    assert.ok(!(await page.content()).includes('evil.example'));
    await page.route('https://seller.example/**', (route) => route.fulfill({ body: 'thanks' }));
    await page.click('#return');
    await page.waitForURL(/seller\.example/);
    assert.deepEqual([...new Set(referers)], ['']);
    // Cookies are seen by the gateway alone, which has set them.
    const headers = told.filter((each) => each.includes(key) && !each.includes('saoma_pay_'));
    assert.deepEqual(headers, []);
    await context.close();
  });

  it('copies an address that another device can pay by', async () => {
    const { page, context, pay_url, out_trade_no } = await opened();
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.setViewportSize({ width: 390, height: 900 });
    await page.goto(pay_url);
    await hasCode(page);
    await page.click('#copy');
    await isShown(page, '已复制');
    const copied = await page.evaluate('navigator.clipboard.readText()');
    assert.equal(copied, pay_url);
    assert.equal(page.url(), pay_url.replace(/#.*/, ''));
    const device = await browser().visit();
    await device.page.goto(String(copied));
    await hasCode(device.page);
    assert.match(await device.page.innerText('#out_trade_no'), new RegExp(out_trade_no));
    await device.context.close();
    await context.close();
  });

  it('is served by the right link when it is pasted over a wrong one', async () => {
    const { page, context, pay_url } = await opened();
    await page.goto(`${pay_url}x`);
    await isShown(page, '付款链接不正确，或已失效');
    await page.evaluate(`location.href = '${pay_url}'`);
    await hasCode(page);
    await page.evaluate(`location.href = '${pay_url}x'`);
    await isShown(page, '付款链接不正确，或已失效');
    await context.close();
  });

  it('sees no word of this house before its page knows whose order it is', async () => {
    const { page, context, out_trade_no } = await opened();
    const looks: Route[] = [];
    await page.route('**/css/whose.css', (route) => looks.push(route));
    const first = page.waitForResponse('**/js/first.js');
    const address = `${system().url()}/paysuccess.html?out_trade_no=${out_trade_no}`;
    await page.goto(address, { waitUntil: 'commit' });
    await (await first).finished();
    await until('its looks to be asked for', () => looks.length > 0);
    for (let count = 0; count < 20; count += 1) {
      const text = await page.evaluate<string>("document.body?.innerText ?? ''");
      assert.doesNotMatch(text, /商店|我的|订单的情况/);
    }
    for (const look of looks) await look.continue();
    await isShown(page, '请登录');
    await context.close();
  });

  it('sees no code once it is closed, and nothing with a wrong key', async () => {
    const { page, context, pay_url, shop, out_trade_no, merchant_order_no } = await opened();
    for (const wrong of [`${pay_url}x`, pay_url.replace(/out_trade_no=\d+/, 'out_trade_no=abc')]) {
      await page.goto('about:blank');
      await page.goto(wrong);
      await isShown(page, '付款链接不正确，或已失效');
      await isShown(page, '请回到下单的商家');
      assert.doesNotMatch(await page.innerText('body'), /商店|我的|账号|登录/);
      assert.equal(await page.isVisible('#qrious'), false);
      assert.equal(await ways(page).count(), 0);
    }
    expected(200, await shop.close(out_trade_no));
    await page.goto('about:blank');
    await page.goto(pay_url);
    await page.waitForURL(/payfail\.html/);
    await isShown(page, '支付已关闭');
    assert.equal(await page.isVisible('#put-back'), false);
    await isOfTheShop(page, merchant_order_no);
    await isShown(page, '请回到下单的商家查看');
    await leadsBack(page, { out_trade_no, merchant_order_no });
    await page.goto(page.url().replace('?', '?return_url=https://evil.example/&'));
    await leadsBack(page, { out_trade_no, merchant_order_no });
    assert.ok(!(await page.content()).includes('evil.example'));
    await context.close();
  });
}

// What a page does depends on no store.
const env = {
  'order-service': { WECHAT_CLOSE_AFTER_MS: '0', QUERY_INTERVAL_MS: '500' },
  'wechat-sandbox': { SANDBOX_CLOSE_AFTER_MS: '0' },
};
inBrowser('whoever comes by the link of a shop', { env, stores: 'sqlite' }, byTheLink);
