import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page, Route } from 'playwright-core';
import type { ChromiumBrowser } from '../support/browser';
import { inBrowser } from '../support/in-browser';
import { bought, hasCode, isShown } from '../support/pay-page';
import { signedVisit } from '../support/signed-visit';
import type { System } from '../support/system';
import { until } from '../support/until';

/** Every request of a page but for its files is answered so; gives how many there were. */
async function answerAll(page: Page, answer: (route: Route) => Promise<void>) {
  const asked = { count: 0 };
  await page.route(/\/(api|pay)\//, (route) => {
    asked.count += 1;
    return answer(route);
  });
  return asked;
}

const wakeUp = (page: Page) => page.evaluate("dispatchEvent(new Event('pageshow'))");

async function countdownMs(page: Page): Promise<number> {
  const text = (await page.textContent('#countdown')) ?? '';
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) * 1000;
}

/** What befalls a page that waits for money. */
function theFaults(system: () => System, browser: () => ChromiumBrowser): void {
  it('however long the service is away, the page hears of the money', async () => {
    const { page, context, code_url, address } = await bought(browser(), system().url());
    await page.clock.install();
    await page.goto(address);
    await hasCode(page);
    const asked = await answerAll(page, (route) => route.fulfill({ status: 503 }));
    // The clock runs ahead of the answers, so each try sends up to seven requests.
    const isLong = async () => {
      await page.clock.runFor(10_000);
      return asked.count >= 250;
    };
    await until('thirty tries in vain', isLong, 60_000);
    await page.unroute(/\/(api|pay)\//);
    await system().sandbox.pay(code_url);
    await until('the page to know', async () => {
      if (/paysuccess/.test(page.url())) return true;
      await page.clock.runFor(10_000);
      return false;
    });
    await context.close();
  });

  it('what something before the service answers is not the service’s word', async () => {
    const { page, context, code_url } = await bought(browser(), system().url());
    const answer = { status: 404, contentType: 'text/html', body: '<h1>404</h1>' };
    const asked = await answerAll(page, (route) => route.fulfill(answer));
    await wakeUp(page);
    await until('two tries', () => asked.count >= 2);
    await page.unroute(/\/(api|pay)\//);
    await system().sandbox.pay(code_url);
    await wakeUp(page);
    await page.waitForURL(/paysuccess\.html/);
    await context.close();
  });

  const safe = {
    'zh-CN': '如果已经付过，钱不会丢，请不要再付。',
    'en-GB': 'If you have paid, the money is not lost: please do not pay again.',
  };
  for (const [locale, sentence] of Object.entries(safe)) {
    it(`in ${locale}, while nothing answers, pages say that what was paid is safe`, async () => {
      const visit = await bought(browser(), system().url(), { locale });
      const { page, context, address, out_trade_no } = visit;
      await answerAll(page, (route) => route.fulfill({ status: 503 }));
      await wakeUp(page);
      await isShown(page, sentence);
      const number = `?out_trade_no=${out_trade_no}`;
      for (const name of ['pay', 'paysuccess', 'payfail', 'payments']) {
        for (const query of name === 'pay' || name === 'payments' ? [number, ''] : [number]) {
          await page.goto(`${system().url()}/${name}.html${query}`);
          await isShown(page, sentence);
          assert.equal(await page.isVisible('#pay'), false, name);
          assert.doesNotMatch(await page.innerText('main'), /失败|failed/, name);
        }
      }
      await page.unrouteAll();
      // Only the code is not given out; and the payer's network is gone.
      await page.route('**/pay/createNative.do*', (route) => route.fulfill({ status: 503 }));
      await page.goto(address);
      await isShown(page, sentence);
      await page.goto(`${system().url()}/payments.html`);
      await page.waitForSelector('.payment');
      await page.evaluate("dispatchEvent(new Event('offline'))");
      await isShown(page, sentence);
      await context.close();
    });
  }

  it('a page that has asked whether it is paid invites nobody while that is unknown', async () => {
    const { page, context, out_trade_no } = await bought(browser(), system().url());
    await page.goto(`${system().url()}/paysuccess.html?out_trade_no=${out_trade_no}`);
    await page.waitForSelector('#pay', { state: 'visible' });
    await answerAll(page, (route) => route.fulfill({ status: 503 }));
    await wakeUp(page);
    await isShown(page, safe['zh-CN']);
    assert.equal(await page.isVisible('#pay'), false);
    await page.unrouteAll();
    await wakeUp(page);
    await page.waitForSelector('#pay', { state: 'visible' });
    await context.close();
  });

  for (const [step, stepMs] of [
    ['an hour ahead', 3_600_000],
    ['eight hours back', -28_800_000],
  ] as const) {
    it(`a reader’s clock set ${step} changes neither code nor countdown`, async () => {
      const { page, context, shopper, out_trade_no } = await bought(browser(), system().url());
      await page.waitForSelector('#remaining:not([hidden])');
      // No answer of the server can tell it the time meanwhile.
      await answerAll(page, (route) => route.abort());
      await page.evaluate(`{
        const now = Date.now.bind(Date);
        Date.now = () => now() + ${stepMs};
      }`);
      const shownMs = await countdownMs(page);
      await until('two more seconds', async () => (await countdownMs(page)) !== shownMs);
      const nextMs = await countdownMs(page);
      await until('two more seconds', async () => (await countdownMs(page)) !== nextMs);
      const { expire_time } = await shopper.payment(out_trade_no);
      const leftMs = Date.parse(expire_time) - Date.now();
      assert.ok(Math.abs(leftMs - (await countdownMs(page))) < 5_000);
      await page.unrouteAll();
      await wakeUp(page);
      await page.waitForSelector('#qrious', { state: 'visible' });
      await context.close();
    });
  }

  it('a page of an unpaid payment stops inviting to pay when it is closed elsewhere', async () => {
    const { page, context, shopper } = await signedVisit(browser(), system().url());
    const { out_trade_no } = await shopper.buy();
    await shopper.createNative(out_trade_no);
    await page.goto(`${system().url()}/payfail.html?out_trade_no=${out_trade_no}`);
    await page.waitForSelector('#pay', { state: 'visible' });
    assert.equal((await shopper.close(out_trade_no)).status, 202);
    await page.waitForSelector('text=关闭中', { timeout: 5_000 });
    assert.equal(await page.isVisible('#pay'), false);
    await context.close();
  });

  it('a payment that is being closed never shows where to scan', async () => {
    const { page, context, shopper } = await signedVisit(browser(), system().url());
    const { out_trade_no } = await shopper.buy();
    await shopper.createNative(out_trade_no);
    await shopper.close(out_trade_no);
    let look = (): void => {};
    const isAsked = new Promise<void>((resolve) => {
      look = resolve;
    });
    // Its state is not known yet.
    await page.route('**/api/payments/**', async (route) => {
      await isAsked;
      await route.continue();
    });
    await page.goto(`${system().url()}/pay.html?out_trade_no=${out_trade_no}`);
    await page.waitForSelector('#scan', { state: 'hidden' });
    look();
    await isShown(page, '关闭中');
    assert.equal(await page.isVisible('#scan'), false);
    await context.close();
  });
}

inBrowser('what befalls a page', { stores: 'sqlite' }, theFaults);
