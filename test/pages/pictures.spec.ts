import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import type { ChromiumBrowser } from '../support/browser';
import { expected } from '../support/http';
import { inBrowser } from '../support/in-browser';
import { signedVisit } from '../support/signed-visit';
import type { System } from '../support/system';
import { until } from '../support/until';

const allowed = 'img.shop.example';
const green = `<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"
  ><rect width="8" height="8" fill="#00ff00"/></svg>`;
const standIn = '/img/no-picture.svg';

/** The internet, as far as pages ask it: every host has the picture, but `/gone.svg` is none. */
async function internet(context: BrowserContext): Promise<string[]> {
  const asked: string[] = [];
  await context.route(/^https:/, (route) => {
    const url = route.request().url();
    asked.push(url);
    if (url.endsWith('/gone.svg')) return route.fulfill({ status: 404, body: 'gone' });
    if (url.endsWith('/text.jpg'))
      return route.fulfill({ contentType: 'image/jpeg', body: 'text' });
    return route.fulfill({ contentType: 'image/svg+xml', body: green });
  });
  return asked;
}

/** What an item shows, once it is drawn: a path of ours, or a host and a path. */
async function shown(page: Page, item_id: string): Promise<string> {
  const card = `li:has(#add-${item_id})`;
  await page.locator(card).scrollIntoViewIfNeeded();
  const picture = `document.querySelector('${card} img')`;
  await until(`a drawn picture of item ${item_id}`, () =>
    page.evaluate<boolean>(`${picture}.complete && ${picture}.naturalWidth > 0`),
  );
  const { protocol, host, pathname } = new URL(await page.evaluate<string>(`${picture}.src`));
  return protocol === 'http:' ? pathname : host + pathname;
}

function thePictures(system: () => System, browser: () => ChromiumBrowser): void {
  it('come from hosts that the shop has named, and else another stands there', async () => {
    const { page, context, shopper } = await signedVisit(browser(), system().url());
    const shop = await system().shopper({ roles: ['shop'] });
    const images = {
      '91': [`https://${allowed}/tea.svg`, `${allowed}/tea.svg`],
      '92': ['https://elsewhere.example/tea.svg', standIn],
      '93': [`https://${allowed}/gone.svg`, standIn],
      '94': [`https://${allowed}/text.jpg`, standIn],
      '95': ['/img/gone.svg', standIn],
      '96': ['', standIn],
    } as const;
    for (const [item_id, [image]] of Object.entries(images)) {
      const body = { seller_id: 'chaye', title: item_id, price: 100, image, on_sale: true };
      expected(200, await shop.ask('PUT', `/api/items/${item_id}`, { body }));
    }
    const asked = await internet(context);
    await page.goto(system().url());
    for (const [item_id, [image, seen]] of Object.entries(images)) {
      assert.equal(await shown(page, item_id), seen, image);
    }
    assert.deepEqual(
      asked.filter((url) => !url.startsWith(`https://${allowed}/`)),
      [],
    );
    // It can be bought all the same.
    await page.click('#add-96');
    await page.waitForSelector('#num-96');
    await until('it at the server', async () => (await shopper.cart()).total_fee === 100);
    await context.close();
    const ids = Object.keys(images).join("', '");
    await system().change(`DELETE FROM tb_item WHERE item_id IN ('${ids}')`);
  });
}

const env = { 'cart-gateway': { STOREFRONT_IMAGE_HOSTS: allowed } };
inBrowser('pictures of items', { stores: 'sqlite', env }, thePictures);
