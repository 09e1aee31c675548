import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible } from '../support/accessibility';
import type { ChromiumBrowser } from '../support/browser';
import { inBrowser } from '../support/in-browser';
import { bought, hasCode, isShown } from '../support/pay-page';
import type { System } from '../support/system';

/** Its wait tells a page of money; all else it reads anew when that is over, after 15 s. */
const readAnewMsMax = 30_000;
const safe = '如果已经付过，钱不会丢，请不要再付。';

/** Whoever may have paid is shown no code, but can have it back. */
async function hidesCode(page: Page): Promise<void> {
  await page.waitForSelector('#show-code', { state: 'visible' });
  assert.equal(await page.isVisible('#scan'), false);
  assert.doesNotMatch(await page.innerText('main'), /扫一扫|扫码支付|Scan/);
}

/** A payer who may have paid, while nobody knows. */
function unsure(system: () => System, browser: () => ChromiumBrowser): void {
  it('whoever says that it is paid sees no code any more, but for saying it is not', async () => {
    const { page, context } = await bought(browser(), system().url());
    assert.equal(await page.isVisible('#show-code'), false);
    await page.click('#ask');
    await isShown(page, '还没有收到这笔付款');
    await hidesCode(page);
    await assertAccessible(page, 'a pay page without its code');
    await page.click('text=我还没有付款，显示二维码');
    await hasCode(page);
    assert.equal(await page.isVisible('#show-code'), false);
    assert.doesNotMatch(await page.innerText('main'), /请不要再付/);
    await context.close();
  });

  it('while WeChat cannot be asked there is no code, nor a link to pay', async () => {
    const visit = await bought(browser(), system().url(), { locale: 'en-GB' });
    const { page, context, address } = visit;
    const unasked = 'We cannot ask WeChat just now';
    await system().pay.stop();
    await page.click('#ask');
    await isShown(page, unasked);
    await hidesCode(page);
    await page.goto(`${system().url()}/payments.html`);
    await isShown(page, unasked);
    assert.equal(await page.innerText('.payment .button'), 'See');
    await page.click('.payment .button');
    await isShown(page, unasked);
    await hidesCode(page);
    await page.reload();
    await hidesCode(page);
    await page.click('text=I have not paid: show the code');
    await hasCode(page);
    await isShown(page, unasked);
    await page.click('#ask');
    await hidesCode(page);
    await page.goto(address);
    await hidesCode(page);
    await system().pay.start();
    await hasCode(page, readAnewMsMax);
    await context.close();
  });

  it('“I have paid” says what is away: the reader’s network, or a part of ours', async () => {
    const { page, context, address } = await bought(browser(), system().url());
    await context.setOffline(true);
    await page.click('#ask');
    await page.locator('#state', { hasText: `没有网络，正在重试…${safe}` }).waitFor();
    await hidesCode(page);
    await context.setOffline(false);
    await isShown(page, '还没有收到这笔付款');
    await system().order.stop();
    await page.click('#ask');
    await page.locator('#state', { hasText: `系统暂时不可用，正在重试…${safe}` }).waitFor();
    assert.doesNotMatch(await page.innerText('main'), /微信查询/);
    await system().order.start();
    await page.goto(address);
    await hasCode(page);
    await context.close();
  });

  for (const [locale, name] of [
    ['zh-CN', `没有网络，正在重试…${safe}`],
    ['en-GB', 'There is no network. Trying again… If you have paid, the money is not lost'],
  ] as const) {
    it(`in ${locale}, without network it says so at once, and shows no code`, async () => {
      const { page, context } = await bought(browser(), system().url(), { locale });
      await page.waitForSelector('#remaining:not([hidden])');
      await context.setOffline(true);
      // Long before a wait would be given up by itself.
      await page.locator('#state', { hasText: name }).waitFor({ timeout: 5_000 });
      await hidesCode(page);
      await page.click('#show-code');
      await page.waitForSelector('#scan', { state: 'visible' });
      await context.setOffline(false);
      await isShown(page, locale === 'en-GB' ? 'Waiting for your payment' : '等待支付');
      await page.waitForSelector('#scan', { state: 'visible' });
      assert.doesNotMatch(await page.innerText('main'), /请不要再付|do not pay again/);
      await context.close();
    });
  }

  it('while nothing answers there is no code beside the request not to pay again', async () => {
    const { page, context } = await bought(browser(), system().url());
    await page.waitForSelector('#remaining:not([hidden])');
    await page.route(/\/(api|pay)\//, (route) => route.fulfill({ status: 503 }));
    await page.evaluate("dispatchEvent(new Event('pageshow'))");
    await page.locator('#state', { hasText: safe }).waitFor();
    await hidesCode(page);
    await page.unrouteAll();
    await page.waitForSelector('#scan', { state: 'visible' });
    await context.close();
  });

  it('a page that can get no code of a paid payment does not say that there was none', async () => {
    const { page, context, address } = await bought(browser(), system().url(), {
      locale: 'en-GB',
    });
    const away = { type: 'about:blank', status: 503, code: 'service/unavailable' };
    const json = { ...away, title: 'A part of the system is not available' };
    await page.route('**/pay/createNative.do*', (route) => route.fulfill({ status: 503, json }));
    await page.goto(address);
    await isShown(page, 'The code cannot be shown. Trying again… If you have paid, the money');
    assert.equal(await page.isVisible('#ask'), true);
    assert.doesNotMatch(await page.innerText('main'), /no code/i);
    await context.close();
  });
}

const env = { 'order-service': { QUERY_INTERVAL_MS: '500' } };
inBrowser('a payer who may have paid', { stores: 'sqlite', env }, unsure);
