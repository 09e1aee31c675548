import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ChromiumBrowser } from '../support/browser';
import { expected } from '../support/http';
import { inBrowser } from '../support/in-browser';
import { hasCode, isShown, listen } from '../support/pay-page';
import { openNew } from '../support/shop-order';
import type { System } from '../support/system';

const return_url = 'https://seller.example/thanks?from=saoma';

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
    assert.equal(await page.textContent('#goods'), '两张电影票');
    assert.equal(await page.isVisible('#cancel'), false);
    const [, key = ''] = pay_url.split('#key=');
    assert.ok(!page.url().includes(key), 'the address has it no more');
    const { code_url } = await shop.createNative(out_trade_no);
    await system().sandbox.pay(code_url);
    await page.waitForURL(/paysuccess\.html/);
    const href = await page.getAttribute('#return:not([hidden])', 'href');
    const numbers = `out_trade_no=${out_trade_no}&merchant_order_no=${merchant_order_no}`;
    assert.equal(href, `${return_url}&${numbers}`);
    assert.ok(!(await page.content()).includes('of the shop'));
    assert.equal(await page.isVisible('#to-shop'), false);
    const sent = asked.filter((address) => address.replace(/#.*/, '').includes(key));
    assert.deepEqual(sent, []);
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

  it('sees no code once it is closed, and nothing with a wrong key', async () => {
    const { page, context, pay_url, shop, out_trade_no } = await opened();
    await page.goto(`${pay_url}x`);
    await isShown(page, '没有这笔支付');
    assert.equal(await page.isVisible('#qrious'), false);
    expected(200, await shop.close(out_trade_no));
    await page.goto('about:blank');
    await page.goto(pay_url);
    await page.waitForURL(/payfail\.html/);
    await isShown(page, '支付已关闭');
    assert.equal(await page.isVisible('#put-back'), false);
    await context.close();
  });
}

// What a page does depends on no store.
const env = {
  'order-service': { WECHAT_CLOSE_AFTER_MS: '0', QUERY_INTERVAL_MS: '500' },
  'wechat-sandbox': { SANDBOX_CLOSE_AFTER_MS: '0' },
};
inBrowser('whoever comes by the link of a shop', { env, stores: 'sqlite' }, byTheLink);
