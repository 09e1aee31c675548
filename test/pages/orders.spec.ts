import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { assertAccessible } from '../support/accessibility';
import { type ChromiumBrowser, desktop } from '../support/browser';
import { quickMoney } from '../support/every-way';
import { expected } from '../support/http';
import { inBrowser } from '../support/in-browser';
import { isShown } from '../support/pay-page';
import { aReceiver, tea } from '../support/shopper';
import { type SignedVisit, signedVisit } from '../support/signed-visit';
import type { System } from '../support/system';
import { moneyComes } from '../support/true-notice';
import { until } from '../support/until';

const narrow = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
const looks: Record<string, BrowserContextOptions> = {
  'at a desk, in Chinese': desktop,
  'on a narrow phone, in English, in the dark': {
    ...narrow,
    ...{ locale: 'en-GB', colorScheme: 'dark' },
  },
};

/** The words for the state of each order, newest first, as the page has them. */
async function statesOn(page: Page): Promise<string[]> {
  await page.waitForSelector('.order');
  const all = await page.locator('.order .badges').all();
  return Promise.all(all.map((badges) => badges.innerText()));
}

const inOneLine = (text: string) => text.replaceAll(/\s+/g, ' ');

function theOrders(system: () => System, browser: () => ChromiumBrowser): void {
  const path = () => `${system().url()}/orders.html`;
  const visiting = (options: BrowserContextOptions = {}) =>
    signedVisit(browser(), system().url(), options);

  /** One of two orders is paid back whole, of the other a part, both by one payment. */
  async function refunded({ shopper }: SignedVisit): Promise<void> {
    const { out_trade_no } = await shopper.buy();
    await system().sandbox.pay((await shopper.createNative(out_trade_no)).code_url);
    await shopper.paymentIn('SUCCESS', out_trade_no);
    const operator = await system().shopper({ roles: ['operator'] });
    const { orders } = await shopper.orders(`?out_trade_no=${out_trade_no}`);
    for (const { order_id, payment } of orders) {
      const refund_fee = payment === 820 ? 820 : 1_000;
      const body = { refund_fee, reason: '商品破损', order_id };
      const headers = { 'idempotency-key': randomUUID() };
      const refunds = `/api/payments/${out_trade_no}/refunds`;
      expected(201, await operator.ask('POST', refunds, { body, headers }));
      await until('the money to be back', async () => {
        return (await shopper.order(order_id)).refund_fee === refund_fee;
      });
    }
  }

  /** Somebody with an order of each kind; gives the payment that is still to be paid. */
  async function manyOrders(visit: SignedVisit): Promise<string> {
    const { shopper } = visit;
    await shopper.putItem(tea, 2);
    const body = { payment_type: '2', receiver: aReceiver };
    expected(201, await shopper.ask('POST', '/api/orders', { body }));
    await refunded(visit);
    await shopper.putItem(tea);
    const paid = await shopper.checkout();
    await system().sandbox.pay((await shopper.createNative(paid.out_trade_no)).code_url);
    await shopper.paymentIn('SUCCESS', paid.out_trade_no);
    await shopper.putItem(tea);
    const closed = await shopper.checkout();
    await shopper.close(closed.out_trade_no);
    await shopper.paymentIn('CLOSED', closed.out_trade_no);
    await shopper.putItem(tea);
    return (await shopper.checkout()).out_trade_no;
  }

  for (const [how, options] of Object.entries(looks)) {
    it(`each says in words what became of it, and for whom it is, ${how}`, async () => {
      const visit = await visiting(options);
      const { page, context } = visit;
      const out_trade_no = await manyOrders(visit);
      await page.goto(system().url());
      await page.click('nav a[href="/orders.html"]');
      const names =
        options.locale === undefined
          ? ['待支付', '已关闭', '已支付', '已退款', '部分退款', '货到付款']
          : ['Unpaid', 'Closed', 'Paid', 'Refunded', 'Partly refunded', 'Cash on delivery'];
      const states = await statesOn(page);
      assert.deepEqual([...states].sort(), [...names].sort());
      assert.deepEqual([states[0], states.at(-1)], [names[0], names.at(-1)]);
      const last = page.locator('.order').last();
      assert.match(await last.innerText(), /龙井茶.* × 2\s+￥119\.80.*￥119\.80/s);
      for (const words of Object.values(aReceiver)) {
        assert.ok((await last.innerText()).includes(words), words);
      }
      for (const fee of ['￥8.20', '￥10.00']) {
        await isShown(page, options.locale === undefined ? `已退款 ${fee}` : `${fee} paid back`);
      }
      await assertAccessible(page, 'orders.html');
      const wide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
      assert.equal(await page.evaluate(wide), 0);
      const details = page.locator('.order .more a[href^="paysuccess.html"]');
      assert.equal(await details.count(), 3, 'paid, and what went back of it is said there');
      const link = options.locale === undefined ? '详情与退款' : 'Details and refunds';
      assert.deepEqual(new Set(await details.allInnerTexts()), new Set([link]));
      const toPay = page.locator('.order .more a[href^="pay.html"]');
      assert.equal(await toPay.count(), 1);
      await toPay.click();
      await page.waitForURL(`**/pay.html?out_trade_no=${out_trade_no}`);
      await context.close();
    });
  }

  it('nobody is invited to pay what WeChat has money for', async () => {
    const { page, context, shopper } = await visiting();
    const { out_trade_no } = await shopper.buy();
    await moneyComes(system(), { out_trade_no, total_fee: 1 });
    await page.goto(path());
    assert.deepEqual(await statesOn(page), ['请勿再付款', '请勿再付款']);
    await isShown(page, '请勿重复付款，请联系商家');
    assert.equal(await page.locator('.order .more a').count(), 0);
    await page.click('#language');
    await isShown(page, 'Do not pay it again: contact the shop.');
    await page.click('#language');
    await shopper.close(out_trade_no);
    await shopper.paymentIn('CLOSED', out_trade_no);
    await page.reload();
    const both = '请勿再付款 已关闭';
    assert.deepEqual((await statesOn(page)).map(inOneLine), [both, both]);
    await isShown(page, '请勿重复付款，请联系商家');
    await page.locator('.order .more a').first().click();
    await page.waitForURL(`**/payfail.html?out_trade_no=${out_trade_no}`);
    await isShown(page, '请勿重复付款，请联系商家');
    await context.close();
  });

  it('an order says what became of money that came after it was closed', async () => {
    const { page, context, shopper } = await visiting();
    const { out_trade_no } = await shopper.buy();
    const { code_url } = await shopper.createNative(out_trade_no);
    // WeChat says that it knows no such payment, and takes the payer's money afterwards.
    const lie = { kind: 'err_code', err_code: 'ORDERNOTEXIST', phase: 'before', times: 100 };
    for (const call of ['closeorder', 'orderquery']) {
      await system().sandbox.fault({ ...lie, match: { call, out_trade_no } });
    }
    expected(200, await shopper.close(out_trade_no));
    await system().sandbox.forgetFaults();
    await system().sandbox.pay(code_url);
    await until('the money to be back', async () => {
      return (await shopper.payment(out_trade_no)).refund_fee === 6_810;
    });
    await page.goto(path());
    const states = (await statesOn(page)).map(inOneLine);
    assert.deepEqual(states, ['已关闭 已退款', '已关闭 已退款']);
    await isShown(page, '款项在关闭后才到达，这笔支付已退款 ￥68.10。');
    await page.locator('.order .more a').first().click();
    await page.waitForURL(`**/payfail.html?out_trade_no=${out_trade_no}`);
    await isShown(page, '款项在关闭后才到达，这笔支付已退款 ￥68.10');
    await page.goto(`${system().url()}/payments.html`);
    await page.click('.payment .more a');
    await isShown(page, '款项在关闭后才到达，这笔支付已退款 ￥68.10');
    await context.close();
  });

  it('whoever has ordered is led there, and an address can name a payment', async () => {
    const { page, context, shopper } = await visiting();
    const { out_trade_no } = await shopper.buy();
    await page.goto(system().url());
    await page.click(`#add-${tea}`);
    await page.fill('#name', '王小明');
    await page.fill('#mobile', '13800138000');
    await page.fill('#address', '北京');
    await page.check('input[name="payment_type"][value="2"]');
    await page.click('#order');
    await isShown(page, '下单成功，货到付款 ￥59.90');
    await page.click('#language');
    await page.click('text=My orders');
    await page.waitForURL(/orders\.html$/);
    assert.deepEqual(await statesOn(page), ['Cash on delivery', 'Unpaid', 'Unpaid']);
    assert.equal(await page.isVisible('#all'), false);
    await page.goto(`${path()}?out_trade_no=${out_trade_no}`);
    assert.deepEqual(await statesOn(page), ['Unpaid', 'Unpaid']);
    await page.click('#all');
    await page.waitForURL(/orders\.html$/);
    await context.close();
  });

  it('a long list comes page by page, and nobody sees the orders of another', async () => {
    const { page, context, shopper } = await visiting();
    const rows = Array.from(
      { length: 25 },
      (
        _,
        index,
      ) => `('77000000000000000${10 + index}', '${shopper.user_id}', 'chaye', 'cart-${index}',
        990, '2', '1', '2026-01-01 00:00:00.000', '王小明', '13800138000', '北京')`,
    );
    await system().change(`INSERT INTO tb_order (order_id, user_id, seller_id, cart_id, payment,
      payment_type, status, create_time, receiver_name, receiver_mobile, receiver_address)
      VALUES ${rows.join(', ')}`);
    await page.goto(path());
    await page.waitForSelector('.order');
    assert.equal(await page.locator('.order').count(), 20);
    await page.focus('#more');
    await page.keyboard.press('Enter');
    await until('the rest', async () => (await page.locator('.order').count()) === 25);
    assert.equal(await page.isVisible('#more'), false);
    const other = await visiting();
    await other.page.goto(path());
    await isShown(other.page, '没有订单');
    await other.context.close();
    await context.close();
  });
}

inBrowser('the orders of a shopper', { stores: 'sqlite', env: quickMoney }, theOrders);
