import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Item } from '@saoma/contracts/cart';
import { demoItems } from '../../apps/order-service/src/catalogue/demo-items';
import { assertAccessible } from '../support/accessibility';
import type { ChromiumBrowser } from '../support/browser';
import { expected } from '../support/http';
import { inBrowser } from '../support/in-browser';
import { isShown } from '../support/pay-page';
import { tea } from '../support/shopper';
import { signedVisit } from '../support/signed-visit';
import type { System } from '../support/system';
import { until } from '../support/until';

/** More than two pages. */
const count = 1_000;
const all = count + demoItems.length;
const numbers = Array.from({ length: count }, (_, index) => 90_000 + index);
const ofShop = "item_id LIKE '90___'";

/** An item of a shop's own. */
const facts = { seller_id: 'chaye', title: '龙井茶 250 g · Longjing tea', price: 5990, image: '' };

function bigShop(system: () => System, browser: () => ChromiumBrowser): void {
  it('shows its goods page after page, to the keyboard and on a narrow phone', async () => {
    const rows = numbers.map((number) => `('${number}', 'chaye', '茶 ${number}', 990, '')`);
    await system().change(
      `INSERT INTO tb_item (item_id, seller_id, title, price, image) VALUES ${rows.join(', ')}`,
    );
    const options = { viewport: { width: 360, height: 740 } };
    const { page, context, shopper } = await signedVisit(browser(), system().url(), options);
    const listed = async () => (await shopper.ask('GET', '/api/items')).json() as Item[];
    await until('the goods to be listed', async () => (await listed()).length === 500);
    await page.goto(system().url());
    await page.waitForSelector('#more-goods', { state: 'visible' });
    const cards = page.locator('#catalogue > li');
    assert.equal(await cards.count(), 500);
    await assertAccessible(page, 'a page of the goods');
    await page.focus('#more-goods');
    await page.keyboard.press('Enter');
    await until('the next page', async () => (await cards.count()) === 1_000);
    const first = await cards.nth(500).locator('button').getAttribute('id');
    assert.equal(await page.evaluate('document.activeElement.id'), first);
    await page.keyboard.press('Enter');
    await page.waitForSelector(`#num-${first?.slice('add-'.length)}`);
    await page.click('#more-goods');
    await until('the last page', async () => (await cards.count()) === all);
    assert.equal(await page.isVisible('#more-goods'), false);
    const wide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    assert.equal(await page.evaluate(wide), 0);
    await context.close();
    await system().change(`DELETE FROM tb_item WHERE ${ofShop}`);
    await until('the goods to be gone', async () => (await listed()).length < 500);
  });

  it('shows one price of a good: that in the list becomes what the cart tells', async () => {
    const { page, context, shopper } = await signedVisit(browser(), system().url());
    // Carts follow the catalogue within two seconds.
    const price = async (fen: number) => {
      await system().change(`UPDATE tb_item SET price = ${fen} WHERE item_id = '${tea}'`);
      const told = async () => (await shopper.cart()).lines[0]?.price === fen;
      await until('the cart to tell the price', told);
    };
    const listed = page.locator(`#catalogue li:has(#add-${tea}) .money`);
    await shopper.putItem(tea);
    await page.goto(system().url());
    await page.waitForSelector(`#num-${tea}`);
    assert.equal(await listed.innerText(), '￥59.90');
    await price(6_090);
    await page.click(`#add-${tea}`);
    await until('the price in the list', async () => (await listed.innerText()) === '￥60.90');
    await price(6_190);
    await page.fill('#name', '王小明');
    await page.fill('#mobile', '13800138000');
    await page.fill('#address', '北京');
    await page.click('#order');
    await isShown(page, '￥60.90 → ￥61.90');
    await until('the price in the list', async () => (await listed.innerText()) === '￥61.90');
    await price(5_990);
    await context.close();
  });

  it('says in the cart what was taken off sale, and orders the rest without it', async () => {
    const { page, context, shopper } = await signedVisit(browser(), system().url());
    const shop = await system().shopper({ roles: ['shop'] });
    const put = async (on_sale: boolean) =>
      expected(200, await shop.ask('PUT', '/api/items/97', { body: { ...facts, on_sale } }));
    await put(true);
    await shopper.putItem('97', 1);
    await shopper.putItem(tea, 1);
    await put(false);
    await page.goto(system().url());
    await isShown(page, '已下架，请先移除');
    assert.equal(await page.locator('.gone:visible').count(), 1);
    assert.equal(await page.isDisabled('#more-97'), true);
    await assertAccessible(page, 'a cart with what is off sale');
    await page.fill('#name', '王小明');
    await page.fill('#mobile', '13800138000');
    await page.fill('#address', '北京');
    await page.click('#order');
    await isShown(page, '购物车里有已下架的商品');
    assert.deepEqual((await shopper.orders()).orders, []);
    await page.click('#less-97');
    await page.waitForSelector('#num-97', { state: 'detached' });
    await page.click('#order');
    await page.waitForURL(/pay\.html/);
    await context.close();
    await system().change("DELETE FROM tb_item WHERE item_id = '97'");
  });
}

inBrowser('a shop page of many goods', { stores: 'sqlite' }, bigShop);
