import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ChromiumBrowser } from '../support/browser';
import { inBrowser } from '../support/in-browser';
import { isShown, listen } from '../support/pay-page';
import { rice, tea } from '../support/shopper';
import { signedVisit } from '../support/signed-visit';
import type { System } from '../support/system';
import { until } from '../support/until';

/** Takes away what came after Chrome 80, Safari 14 or Firefox 78, before a page begins. */
const forget = `
  for (const [owner, names] of [
    [AbortSignal, ['timeout', 'any']],
    [Navigator.prototype, ['locks', 'clipboard', 'userAgentData']],
    [Element.prototype, ['replaceChildren', 'ariaLabel', 'checkVisibility']],
    [Document.prototype, ['replaceChildren', 'startViewTransition']],
    [HTMLFormElement.prototype, ['requestSubmit']],
    [Object, ['hasOwn', 'groupBy']],
    [Array.prototype, ['at', 'findLast', 'findLastIndex', 'toSorted', 'toReversed', 'with']],
    [String.prototype, ['at', 'replaceAll', 'isWellFormed']],
    [Promise, ['any', 'withResolvers', 'try']],
    [Crypto.prototype, ['randomUUID']],
    [globalThis, ['BroadcastChannel', 'reportError', 'structuredClone', 'scheduler', 'WeakRef',
      'HTMLDialogElement', 'navigation', 'cookieStore', 'URLPattern']],
  ]) for (const name of names) delete owner[name];
`;

function journeys(system: () => System, browser: () => ChromiumBrowser): void {
  it('an old browser buys, pays and sees its payments', async () => {
    const visit = await signedVisit(browser(), system().url());
    const { page, context, troubles } = visit;
    await context.addInitScript(forget);
    await page.goto(system().url());
    assert.equal(
      await page.evaluate('typeof AbortSignal.timeout + typeof navigator.locks'),
      'undefinedundefined',
    );
    await page.click(`#add-${tea}`);
    await page.click(`#add-${rice}`);
    await page.fill('#name', '王小明');
    await page.fill('#mobile', '13800138000');
    await page.fill('#address', '北京市海淀区 1 号');
    await page.click('#order');
    await page.waitForURL(/pay\.html/);
    await page.waitForSelector('#qrious:not([hidden])');
    // Without locks it looks instead of waiting.
    const waits = listen(page, '/pay/queryPayStatus');
    const looks = listen(page, '/api/payments/');
    await until('the page to look twice', () => looks.length >= 2);
    assert.deepEqual(waits, []);
    const out_trade_no = new URL(page.url()).searchParams.get('out_trade_no') ?? '';
    await system().sandbox.pay((await system().sandbox.trade(out_trade_no)).code_url);
    await page.waitForURL(/paysuccess\.html/);
    await isShown(page, '支付金额：￥68.10元');
    await page.goto(`${system().url()}/payments.html`);
    await page.locator('.payment').getByText('已支付').waitFor();
    assert.equal(await page.isVisible('#old'), false);
    assert.deepEqual(troubles, []);
    await context.close();
  });

  it('a browser that is too old is told so, in words', async () => {
    const { page, context } = await signedVisit(browser(), system().url());
    // As a module is to whoever cannot read its syntax.
    await page.route('**/js/page.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: 'let a = 1 ?!= 2;' }),
    );
    for (const path of ['/', '/pay.html', '/payments.html', '/orders.html']) {
      await page.goto(system().url() + path);
      await page.waitForSelector('#old', { state: 'visible' });
      assert.match(await page.innerText('#old'), /这个浏览器太旧.*Chrome 80/);
    }
    await context.close();
  });
}

inBrowser('old browsers', { stores: 'sqlite' }, journeys);
