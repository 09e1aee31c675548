import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import { type ChromiumBrowser, phone } from '../support/browser';
import { inBrowser } from '../support/in-browser';
import { isShown } from '../support/pay-page';
import { rice, Shopper, tea } from '../support/shopper';
import { type SignedVisit, signedVisit, signIn } from '../support/signed-visit';
import { authSecret, type System } from '../support/system';
import { secondsFromNow, token } from '../support/token';
import { until } from '../support/until';

/** The numbers of pieces in the shopper's cart, by item. */
async function numbers({ shopper }: SignedVisit): Promise<Record<string, number>> {
  const { lines } = await shopper.cart();
  return Object.fromEntries(lines.map(({ item_id, num }) => [item_id, num]));
}

async function fillReceiver(page: Page): Promise<void> {
  await page.fill('#name', '王小明');
  await page.fill('#mobile', '13800138000');
  await page.fill('#address', '北京市海淀区 1 号');
}

/** A cart on the page, by taps. */
function theCart(system: () => System, browser: () => ChromiumBrowser): void {
  /** Somebody signed in sees the goods, and an empty cart that is known to be empty. */
  async function shopping(options = {}): Promise<SignedVisit> {
    const visit = await signedVisit(browser(), system().url(), options);
    await visit.page.goto(system().url());
    await visit.page.waitForSelector(`#add-${tea}`);
    await visit.page.waitForSelector('#cart-empty', { state: 'visible' });
    return visit;
  }

  /** Taps in one go, faster than any answer. */
  const tap = (page: Page, id: string, count: number) =>
    page.evaluate(`for (let n = 0; n < ${count}; n += 1) document.getElementById('${id}').click()`);

  it('quick taps all count, however late the answers are', async () => {
    const visit = await shopping(phone);
    const { page } = visit;
    system().link('gateway>order').delay(150);
    await tap(page, `add-${tea}`, 12);
    await tap(page, `add-${rice}`, 3);
    await tap(page, `more-${tea}`, 5);
    await tap(page, `less-${tea}`, 4);
    assert.equal(await page.inputValue(`#num-${tea}`), '13');
    assert.equal(await page.textContent('#cart-total'), '￥803.30');
    await until('the taps at the server', async () => {
      const { [tea]: teas, [rice]: rices } = await numbers(visit);
      return teas === 13 && rices === 3;
    });
    await tap(page, `less-${rice}`, 3);
    await until('the rice to be gone', async () => !((await numbers(visit))[rice] ?? 0));
    assert.equal(await page.inputValue(`#num-${tea}`), '13');
    system().link('gateway>order').heal();
    assert.deepEqual(visit.troubles, []);
    await visit.context.close();
  });

  it('a tap before sign-in is kept until somebody has signed in', async () => {
    const visit = await browser().visit();
    const { page, context } = visit;
    await page.goto(system().url());
    await page.waitForSelector('#sign-in', { state: 'visible' });
    await page.click(`#add-${tea}`);
    await page.fill('#user_id', 'early bird');
    await page.click('#sign-in-demo button');
    await until('the tea', () => page.isVisible(`#num-${tea}`));
    await context.close();
  });

  it('without a network it says so at once, and no tap is lost', async () => {
    const visit = await shopping();
    const { page, context } = visit;
    await context.setOffline(true);
    await until('the page to say so', () => page.isVisible('#problem'), 2_000);
    await tap(page, `add-${tea}`, 2);
    await isShown(page, '没有网络');
    assert.equal(await page.isVisible('#cart-empty'), false);
    await context.setOffline(false);
    await until('the taps at the server', async () => (await numbers(visit))[tea] === 2);
    await until('the trouble to be over', () => page.isHidden('#problem'));
    await context.close();
  });

  it('prices or goods that have changed are asked about before anything is ordered', async () => {
    const visit = await shopping();
    const { page, context, shopper } = visit;
    await page.click(`#add-${tea}`);
    await page.click(`#add-${rice}`);
    await fillReceiver(page);
    await system().change(`UPDATE tb_item SET price = 6090 WHERE item_id = '${tea}'`);
    await page.click('#order');
    await isShown(page, '价格或商品有变动');
    await isShown(page, '￥59.90 → ￥60.90');
    await system().change(`UPDATE tb_item SET price = 5990 WHERE item_id = '${tea}'`);
    await shopper.putItem(rice, 4);
    await page.click('#order');
    await isShown(page, '× 1 → × 4');
    assert.deepEqual((await shopper.orders()).orders, []);
    await page.click('#order');
    await page.waitForURL(/pay\.html/);
    await isShown(page, '￥92.70');
    await context.close();
  });

  it('what is free is ordered at once, without a way to pay', async () => {
    const visit = await shopping();
    const { page, context, shopper } = visit;
    const values = "('7', 'a', '赠品', 0, '')";
    await system().change(
      `INSERT INTO tb_item (item_id, seller_id, title, price, image) VALUES ${values}`,
    );
    const isListed = async () => (await shopper.ask('GET', '/api/items')).text.includes('"7"');
    await until('the gift to be listed', isListed);
    await page.reload();
    await page.click('#add-7');
    await page.waitForSelector('#num-7');
    assert.equal(await page.isVisible('#payment_type'), false);
    await fillReceiver(page);
    await page.click('#order');
    await isShown(page, '下单成功，无需付款');
    const [order] = (await shopper.orders()).orders;
    assert.deepEqual([order?.payment, order?.out_trade_no], [0, null]);
    await system().change("DELETE FROM tb_item WHERE item_id = '7'");
    await until('the gift to be off the list', async () => !(await isListed()));
    await context.close();
  });

  it('in English it is all English, but for the names of goods', async () => {
    const { page, context } = await shopping({ locale: 'en-US' });
    await page.click(`#add-${tea}`);
    await page.waitForSelector('#order');
    const main = (await page.innerText('main')).replace(
      /龙井茶|白瓷茶杯|东北大米|帆布袋|笔记本|台灯/g,
      '',
    );
    assert.doesNotMatch(main, /\p{Script=Han}/u);
    assert.match(main, /Place order/);
    await page.click('#language');
    assert.doesNotMatch(await page.innerText('main'), /Place order|Deliver/);
    await context.close();
  });

  /** A tap that was made after the session had ended. */
  async function tapTooLate(): Promise<SignedVisit> {
    const visit = await shopping();
    const { page, context } = visit;
    await page.click(`#add-${tea}`);
    await until('the tea at the server', async () => (await numbers(visit))[tea] === 1);
    await fillReceiver(page);
    await context.clearCookies();
    await page.click(`#more-${tea}`);
    await page.waitForSelector('#sign-in', { state: 'visible' });
    assert.equal(await page.isVisible('#cart-empty'), false);
    return visit;
  }

  it('what was tapped when the session had ended is sent after sign-in', async () => {
    const visit = await tapTooLate();
    const { page, context, shopper } = visit;
    await page.click(`#add-${rice}`);
    await signIn(context, shopper, system().url());
    await page.evaluate("dispatchEvent(new Event('pageshow'))");
    await page.waitForSelector(`#num-${rice}`);
    assert.equal(await page.inputValue(`#num-${tea}`), '2');
    await until('all taps at the server', async () => {
      const { [tea]: teas, [rice]: rices } = await numbers(visit);
      return teas === 2 && rices === 1;
    });
    await context.close();
  });

  it('it is also sent when sign-in leads over another page', async () => {
    const visit = await tapTooLate();
    const { page, context, shopper } = visit;
    await page.goto(`${system().url()}/nothing`);
    await signIn(context, shopper, system().url());
    await page.goto(system().url());
    await until('the tap at the server', async () => (await numbers(visit))[tea] === 2);
    await context.close();
  });

  it('another user who signs in after the session ended finds no taps and no address', async () => {
    const { page, context } = await tapTooLate();
    await page.click(`#add-${rice}`);
    const next = await system().shopper();
    await signIn(context, next, system().url());
    const isLoadedAnew = page.waitForEvent('load');
    await page.evaluate("dispatchEvent(new Event('pageshow'))");
    await isLoadedAnew;
    await page.waitForSelector('#cart-empty', { state: 'visible' });
    assert.equal(await page.inputValue('#address'), '');
    assert.deepEqual((await next.cart()).lines, []);
    // What they tap is theirs.
    await page.click(`#add-${rice}`);
    await until('the rice', async () => (await next.cart()).total_fee === 820);
    await context.close();
  });

  it('a sign-out forgets the taps of all tabs: the next user finds none', async () => {
    const { page, context } = await tapTooLate();
    const other = await context.newPage();
    // A tab whose session is good, so that it can be signed out.
    await signIn(context, await system().shopper(), system().url());
    await other.goto(system().url());
    await other.click('#sign-out');
    await other.waitForSelector('#sign-in', { state: 'visible' });
    const next = await system().shopper();
    await signIn(context, next, system().url());
    await page.waitForSelector('#cart-empty', { state: 'visible' });
    await page.reload();
    await page.waitForSelector('#cart-empty', { state: 'visible' });
    assert.deepEqual((await next.cart()).lines, []);
    await context.close();
  });
}

/** What the shop needs goes away; last of all, since it stays away a while. */
function theOutage(system: () => System, browser: () => ChromiumBrowser): void {
  it('with the service away it says so at once, and is there when the service is', async () => {
    const { page, context } = await signedVisit(browser(), system().url());
    await system().order.kill();
    await page.goto(system().url());
    await until('the page to say so', () => page.isVisible('#problem'), 5_000);
    await isShown(page, '系统暂时不可用');
    assert.equal(await page.isVisible('#cart-empty'), false);
    await system().order.start();
    await page.waitForSelector(`#add-${tea}`, { timeout: 30_000 });
    await page.waitForSelector('#cart-empty', { state: 'visible', timeout: 30_000 });
    await until('the trouble to be over', () => page.isHidden('#problem'));
    await context.close();
  });

  it('with a service that does not answer it says so within seconds', async () => {
    const { page, context } = await signedVisit(browser(), system().url());
    system().link('gateway>order').blackHole();
    await page.goto(system().url());
    await until('the page to say so', () => page.isVisible('#problem'), 5_000);
    assert.equal(await page.isVisible('#cart-empty'), false);
    system().link('gateway>order').heal();
    await page.waitForSelector('#cart-empty', { state: 'visible', timeout: 60_000 });
    await context.close();
  });
}

/** No demo: the shop has a sign-in of its own. */
function theShop(system: () => System, browser: () => ChromiumBrowser): void {
  it('leads to its sign-in, which learns where to lead back to', async () => {
    const { page, context } = await browser().visit();
    for (const path of ['/', '/payments.html', '/pay.html?out_trade_no=12345']) {
      await page.goto(system().url() + path);
      const link = page.locator('#sign-in-link');
      await link.waitFor();
      const address = new URL((await link.getAttribute('href')) ?? '', system().url());
      assert.equal(address.pathname, '/login');
      assert.equal(address.searchParams.get('shop'), '1');
      assert.equal(address.searchParams.get('return_to'), system().url() + path);
      assert.doesNotMatch(await page.innerText('body'), /demo|演示|沙箱|sandbox/i);
    }
    const cookie = `saoma_session=${token({ sub: 'x', exp: secondsFromNow(600) }, authSecret)}`;
    const shopper = new Shopper({ url: system().url(), user_id: 'x', credentials: { cookie } });
    await signIn(context, shopper, system().url());
    await page.goto(`${system().url()}/payments.html`);
    await isShown(page, '没有支付记录');
    await context.close();
  });
}

const stores = 'sqlite';
inBrowser('the shop page', { stores, links: ['gateway>order'] }, (system, browser) => {
  theCart(system, browser);
  theOutage(system, browser);
});
const env = { 'cart-gateway': { DEMO: 'false', LOGIN_URL: '/login?shop=1' } };
inBrowser('a shop page without the demo', { stores, env }, theShop);
