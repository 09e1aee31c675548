import assert from 'node:assert/strict';
import { it } from 'node:test';
import { phone } from '../support/browser';
import { inBrowser } from '../support/in-browser';
import { bought, listen } from '../support/pay-page';
import { readQrCode, versionOfQrCode } from '../support/qr-code';

/** A text as long as WeChat's needs this many modules at level H, and fewer at every other one. */
const versionAtH = 5;

for (const kind of ['qrious', 'svg']) {
  const env = { 'cart-gateway': { STOREFRONT_QR: kind } };
  inBrowser(`the code drawn by ${kind}`, { stores: 'sqlite', env }, (system, browser) => {
    for (const [where, options] of Object.entries({ 'at a desk': {}, 'on a phone': phone })) {
      it(`is WeChat's, has the lesson's size and level, ${where}`, async () => {
        const visit = await bought(browser(), system().url(), options);
        const { page, context, troubles, code_url } = visit;
        const image = page.locator('#qrious');
        assert.equal(await image.evaluate((node) => node.clientWidth), 250);
        assert.equal(await image.evaluate((node) => node.clientHeight), 250);
        const picture = await page.screenshot({ fullPage: true });
        assert.equal(readQrCode(picture), code_url);
        assert.equal(versionOfQrCode(picture), versionAtH);
        const plugins = listen(page, '/plugins/');
        await page.reload();
        await page.waitForSelector('#qrious:not([hidden])');
        const { length } = plugins.filter((url) => url.includes('qrious'));
        assert.equal(length > 0, kind === 'qrious');
        assert.deepEqual(troubles, []);
        await context.close();
      });
    }
  });
}
