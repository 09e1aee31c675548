import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import type { ChromiumBrowser } from '../support/browser';
import { inBrowser } from '../support/in-browser';
import { bought, hasCode, listen } from '../support/pay-page';
import type { System } from '../support/system';
import { TcpProxy } from '../support/tcp-proxy';
import { until } from '../support/until';

/** Each page of one browser waits for a payment; whoever does so long holds a connection. */
function theWait(system: () => System, browser: () => ChromiumBrowser): void {
  interface Waiting {
    readonly page: Page;
    readonly waits: readonly string[];
  }
  const waiters = (pages: readonly Waiting[]) => pages.filter(({ waits }) => waits.length > 0);

  /** It has looked, and waits for a reason to look again. */
  const isWaiting = (page: Page) => page.waitForSelector('#remaining:not([hidden])');

  /** Seven pages of one browser: the same payment, but for the last two. */
  async function sevenPages() {
    const first = await bought(browser(), system().url());
    const other = await first.shopper.buy();
    await first.shopper.createNative(other.out_trade_no);
    const pages: Waiting[] = [];
    for (let count = 0; count < 7; count += 1) {
      const page = await first.context.newPage();
      const waits = listen(page, '/pay/queryPayStatus');
      const { out_trade_no } = count < 5 ? first : other;
      await page.goto(`${system().url()}/pay.html?out_trade_no=${out_trade_no}`);
      await hasCode(page);
      pages.push({ page, waits });
    }
    await first.page.close();
    return { ...first, other: other.out_trade_no, pages };
  }

  it('of seven pages one waits, none is blocked, and all hear of their payment', async () => {
    const { pages, code_url, context, shopper, other } = await sevenPages();
    await until('a page to wait', () => waiters(pages).length > 0);
    await system().sandbox.pay(code_url);
    for (const { page } of pages.slice(0, 5)) await page.waitForURL(/paysuccess\.html/);
    await system().sandbox.pay((await shopper.createNative(other)).code_url);
    for (const { page } of pages.slice(5)) await page.waitForURL(/paysuccess\.html/);
    await context.close();
  });

  it('a page asks for its code once, and looks once before it waits', async () => {
    const { context, address, page: other } = await bought(browser(), system().url());
    await other.close();
    const page = await context.newPage();
    const codes = listen(page, '/pay/createNative');
    const looks = listen(page, '/api/payments/');
    const waits = listen(page, '/pay/queryPayStatus');
    await page.goto(address);
    await until('the page to wait', () => waits.length > 0);
    assert.deepEqual([codes.length, looks.length <= 2], [1, true]);
    await context.close();
  });

  it('when the page that waits is closed, the next one waits at once', async () => {
    const { pages, context } = await sevenPages();
    let rest = pages;
    for (let count = 0; count < 3; count += 1) {
      await until('a page to wait', () => waiters(rest).length > 0);
      const waiting = waiters(rest);
      assert.equal(waiting.length, 1);
      rest = rest.filter((page) => page !== waiting[0]);
      await waiting[0]?.page.close();
    }
    await context.close();
  });

  it('a wait on a connection that died unnoticed is given up within 25 s', async () => {
    const proxy = await TcpProxy.start(Number(new URL(system().url()).port));
    const url = `http://127.0.0.1:${proxy.port}`;
    const { page, context, code_url } = await bought(browser(), url);
    await isWaiting(page);
    proxy.silence();
    await system().sandbox.pay(code_url);
    await page.waitForURL(/paysuccess\.html/, { timeout: 25_000 });
    await context.close();
    await proxy.stop();
  });

  for (const event of ['online', 'visibilitychange', 'pageshow']) {
    it(`after ${event} it looks at once, on a fresh connection`, async () => {
      const proxy = await TcpProxy.start(Number(new URL(system().url()).port));
      const url = `http://127.0.0.1:${proxy.port}`;
      const { page, context, code_url } = await bought(browser(), url);
      await isWaiting(page);
      proxy.silence();
      await system().sandbox.pay(code_url);
      const target = event === 'visibilitychange' ? 'document' : 'window';
      await page.evaluate(`${target}.dispatchEvent(new Event('${event}'))`);
      // Long before the page would give the silent connection up by itself.
      await page.waitForURL(/paysuccess\.html/, { timeout: 12_000, waitUntil: 'commit' });
      await context.close();
      await proxy.stop();
    });
  }

  it('a page that nobody sees leaves the waiting to one that is seen', async () => {
    const { pages, context } = await sevenPages();
    await until('a page to wait', () => waiters(pages).length > 0);
    const [waiting] = waiters(pages);
    await waiting?.page.evaluate(`
      Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
      document.dispatchEvent(new Event('visibilitychange'));
    `);
    await until('another page to wait', () => waiters(pages).length === 2);
    await context.close();
  });
}

inBrowser('pages that wait', { stores: 'sqlite' }, theWait);
