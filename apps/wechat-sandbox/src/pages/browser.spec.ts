import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible } from '../../../../test/support/accessibility';
import {
  ChromiumBrowser,
  desktop,
  phone as handheld,
  type Visit,
} from '../../../../test/support/browser';
import { hasChromium } from '../../../../test/support/machine';
import { exampleMerchant } from '../merchant';
import { aSandbox, aShop, call, comeAgain, openOrder, received } from '../spec-kit';

const sizes = { desktop, mobile: handheld };
const shopMerchant = { ...exampleMerchant, name: '品优购' };

/** With PICTURES=1 the pages are pictured for the README; otherwise no test changes the tree. */
async function takePicture(page: Page, name: string): Promise<void> {
  if (process.env.PICTURES !== '1') return;
  const folder = path.join(process.cwd(), 'docs/pictures');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
}

/** Resolves as soon as the page shows this screen: a click only begins the way to it. */
const reaches = (page: Page, screen: string) => page.waitForSelector(`[data-screen="${screen}"]`);

/** Nothing was thrown or refused by the policy or found by axe, and all fits into the window. */
async function isWellBehaved({ page, troubles }: Visit): Promise<void> {
  assert.deepEqual(troubles, []);
  const overflow = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  assert.equal(overflow, 0);
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await assertAccessible(page, `${page.url()} in the ${colorScheme}`);
  }
}

/** A shop's morning: unpaid, paid, refunded and closed orders, notices and faults. */
async function aFullBook(t: Parameters<typeof aSandbox>[0]) {
  const kit = await aSandbox(t, { merchants: [shopMerchant] });
  const shop = await aShop(t, (n) => (n < 2 ? comeAgain : received));
  const notify_url = `${shop.url}/pay/notify`;
  const order = (out_trade_no: string, total_fee: string, body: string) =>
    openOrder(kit, { out_trade_no, total_fee, body, notify_url });
  await order('20260930101500000001', '6810', '品优购-高山乌龙茶, 五常大米');
  await order('20260930101500000002', '25900', '品优购-台灯');
  await kit.control.fault({ match: { notice: 'pay' }, kind: 'forged' });
  await kit.control.pay({ out_trade_no: '20260930101500000001' });
  await kit.control.advance(300_000);
  await call(kit, '/pay/closeorder', { out_trade_no: '20260930101500000002' });
  await call(kit, '/secapi/pay/refund', {
    out_trade_no: '20260930101500000001',
    out_refund_no: 'R20260930-0001',
    total_fee: '6810',
    refund_fee: '820',
    notify_url: `${shop.url}/pay/refundNotify`,
  });
  await kit.control.advance(5_000);
  const code_url = await order('20260930102000000003', '4200', '品优购-笔记本');
  await kit.control.fault({ match: { call: 'orderquery' }, kind: 'black_hole' });
  return { kit, code_url };
}

if (hasChromium) {
  describe('in a browser', () => {
    let browser: ChromiumBrowser;
    before(async () => {
      browser = await ChromiumBrowser.start();
    });
    after(() => browser.stop());

    for (const [width, size] of Object.entries(sizes)) {
      test(`the phone pays with one tap, on ${width} width`, async (t) => {
        const { kit, code_url } = await aFullBook(t);
        const visit = await browser.visit(size);
        const { page } = visit;
        const phone = `${kit.url}/phone?code_url=${encodeURIComponent(code_url)}`;
        await page.goto(phone);
        await reaches(page, 'payable');
        await takePicture(page, `sandbox-phone-${width}`);
        await isWellBehaved(visit);

        await page.click('form[action="/phone/cancel"] button');
        await reaches(page, 'cancelled');
        await isWellBehaved(visit);
        await page.click('a.again');
        await reaches(page, 'payable');
        // With the keyboard alone: the first thing to reach is the button that pays.
        await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
        await reaches(page, 'done');
        await takePicture(page, `sandbox-phone-paid-${width}`);
        await isWellBehaved(visit);
        assert.equal((await kit.control.trade('20260930102000000003')).trade_state, 'SUCCESS');
        await page.goto(phone);
        await reaches(page, 'paid');
        await isWellBehaved(visit);
        await page.goto(`${kit.url}/phone`);
        await isWellBehaved(visit);
        await page.goto(`${kit.url}/phone?code_url=unknown`);
        await reaches(page, 'unknown');
        assert.equal(visit.troubles.length, 1, 'a 404 of the unknown code');
        await assertAccessible(page, 'an unknown code');
        await visit.context.close();
      });

      test(`the book shows all and forges with one click, on ${width} width`, async (t) => {
        const { kit } = await aFullBook(t);
        const visit = await browser.visit(size);
        const { page } = visit;
        await page.goto(`${kit.url}/book`);
        await takePicture(page, `sandbox-book-${width}`);
        await isWellBehaved(visit);

        const unpaid = '[data-trade="20260930102000000003"]';
        await page.click(`${unpaid} form[action="/book/forge"] button`);
        await page.waitForSelector(`${unpaid} >> text=forged`);
        await page.click(`${unpaid} form[action="/book/pay"] button`);
        await page.waitForSelector(`${unpaid} .state.SUCCESS`);
        await page.click('form[action="/book/clock"] button');
        const faults = page.locator('[aria-labelledby="faults"] tr');
        const before = await faults.count();
        await page.click('form[action="/book/fault"] button');
        await faults.nth(before).waitFor();
        await isWellBehaved(visit);
        await page.click('a[href="/_sandbox"]');
        await page.waitForSelector('[data-call="POST /_sandbox/pay"]');
        await isWellBehaved(visit);
        await visit.context.close();
      });
    }
  });
}
