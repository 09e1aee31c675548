import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page, Route } from 'playwright-core';
import { assertAccessible } from '../support/accessibility';
import type { ChromiumBrowser } from '../support/browser';
import { inBrowser } from '../support/in-browser';
import { bought, hasCode, isShown, listen } from '../support/pay-page';
import { signedVisit } from '../support/signed-visit';
import type { System } from '../support/system';
import { until } from '../support/until';

const codes = '**/pay/createNative.do*';
const unavailable = {
  type: 'urn:problem:saoma:wechat/unavailable',
  title: '暂时无法连接微信支付',
  status: 503,
  code: 'wechat/unavailable',
};
const answers: Record<string, (route: Route) => Promise<void>> = {
  '503 of ours': (route) =>
    route.fulfill({ status: 503, headers: { 'retry-after': '1' }, json: unavailable }),
  '503 of something before us': (route) => route.fulfill({ status: 503, body: 'no' }),
  'a limit of rates': (route) => route.fulfill({ status: 429, headers: { 'retry-after': '1' } }),
  'a connection that breaks': (route) => route.abort(),
  // Until the page goes away, or asks again.
  'no answer for long': () => Promise.resolve(),
};

/** The payment is there with all that is known of it, and nobody is told to scan. */
async function showsBillOnly(page: Page, out_trade_no: string): Promise<void> {
  await page.waitForSelector('#goods-line', { state: 'visible' });
  await page.waitForSelector('#remaining', { state: 'visible' });
  const bill = await page.innerText('#bill');
  for (const part of ['￥68.10', '品优购', '龙井茶', out_trade_no]) {
    assert.ok(bill.includes(part), part);
  }
  // Whether there has ever been a code the page cannot know.
  const whole = await page.innerText('main');
  assert.doesNotMatch(whole, /扫|还没有/);
  for (const part of ['#scan', '#qrious', '#show-code']) {
    assert.equal(await page.isVisible(part), false, part);
  }
}

/** Makes the page ask for its code anew, as it does now and then. */
const makeOld = (page: Page) =>
  page.evaluate(`{
    const now = performance.now.bind(performance);
    performance.now = () => now() + 400_000;
    dispatchEvent(new Event('pageshow'));
  }`);

function noCode(system: () => System, browser: () => ChromiumBrowser): void {
  /** Somebody has ordered and looks at the payment; what asks for its code is answered so. */
  async function ordered(answer: (route: Route) => Promise<void>) {
    const visit = await signedVisit(browser(), system().url());
    const { out_trade_no } = await visit.shopper.buy();
    await visit.page.route(codes, answer);
    const address = `${system().url()}/pay.html?out_trade_no=${out_trade_no}`;
    await visit.page.goto(address);
    return { ...visit, out_trade_no };
  }

  for (const [what, answer] of Object.entries(answers)) {
    it(`${what}: the bill is shown, the page goes on trying, and then has the code`, async () => {
      const { page, context, out_trade_no } = await ordered(answer);
      await showsBillOnly(page, out_trade_no);
      await isShown(page, answer.length === 0 ? '二维码来得有点慢' : '无法显示二维码，正在重试');
      assert.equal(await page.isVisible('#cancel'), true);
      // A code may have been given, and paid, before this page was loaded.
      assert.equal(await page.isVisible('#ask'), true);
      await isShown(page, '如果已经付过，钱不会丢，请不要再付');
      await assertAccessible(page, what);
      await page.unroute(codes);
      await page.evaluate("dispatchEvent(new Event('pageshow'))");
      await hasCode(page);
      await isShown(page, '请使用微信扫一扫');
      assert.equal(await page.isVisible('#again'), false);
      await context.close();
    });
  }

  it('without a number in the address it finds the bill as well', async () => {
    const { page, context, out_trade_no } = await ordered(() => Promise.resolve());
    await page.goto(`${system().url()}/pay.html`);
    await showsBillOnly(page, out_trade_no);
    await context.close();
  });

  it('a payment without a code can be cancelled, and its goods go back', async () => {
    const { page, context, shopper } = await ordered((route) => route.fulfill({ status: 503 }));
    await page.click('#cancel');
    await isShown(page, '取消这笔支付吗？');
    await page.click('#cancel-yes');
    await page.waitForURL(/payfail\.html/);
    await isShown(page, '商品已放回购物车');
    assert.equal((await shopper.cart()).total_fee, 6810);
    await context.close();
  });

  it('a code is taken away when there is none any more, and comes back', async () => {
    const { page, context, out_trade_no } = await bought(browser(), system().url());
    const json = unavailable;
    await page.route(codes, (route) => route.fulfill({ status: 503, json }));
    await makeOld(page);
    await isShown(page, '无法显示二维码，正在重试');
    await showsBillOnly(page, out_trade_no);
    await page.unroute(codes);
    await hasCode(page);
    await context.close();
  });
}

function refused(system: () => System, browser: () => ChromiumBrowser): void {
  const refuse = (out_trade_no: string) => {
    const match = { call: 'unifiedorder', out_trade_no };
    const no = { kind: 'err_code', err_code: 'NOAUTH', err_code_des: '权限未开通' };
    return system().sandbox.fault({ ...no, phase: 'before', times: 100, match });
  };

  it('says so in words beside the bill, and leaves it to the payer what to do', async () => {
    const { page, context, shopper } = await signedVisit(browser(), system().url());
    const { out_trade_no } = await shopper.buy();
    await refuse(out_trade_no);
    await page.goto(`${system().url()}/pay.html?out_trade_no=${out_trade_no}`);
    await isShown(page, '微信支付暂不受理这笔支付');
    await isShown(page, '请稍后再试或联系商家');
    assert.equal(await page.isVisible('#ask'), false);
    await showsBillOnly(page, out_trade_no);
    await assertAccessible(page, 'a refused payment');
    const asked = listen(page, '/pay/createNative');
    await page.click('#again');
    await until('the code to be asked for', () => asked.length > 0);
    await isShown(page, '微信支付暂不受理这笔支付');
    await page.click('#cancel');
    await page.click('#cancel-yes');
    await page.waitForURL(/payfail\.html/);
    await isShown(page, '商品已放回购物车');
    await context.close();
  });

  it('takes away a code that is dead when there is no new one', async () => {
    const { page, context, out_trade_no } = await bought(browser(), system().url());
    await refuse(out_trade_no);
    await system().order.stop();
    await system().change("UPDATE tb_paylog SET code_expire_time = '2026-01-01 00:00:00.000'");
    await system().order.start();
    await makeOld(page);
    await isShown(page, '微信支付暂不受理这笔支付');
    await showsBillOnly(page, out_trade_no);
    await context.close();
  });
}

/** Addresses of payments that are none. */
function unknown(system: () => System, browser: () => ChromiumBrowser): void {
  for (const [number, sentence] of [
    ['281604172903043072', '没有这笔支付'],
    ['abc', '单号不正确'],
    ['9'.repeat(21), '单号不正确'],
    ['12 3', '单号不正确'],
  ] as const) {
    it(`of ${number} it says ${sentence}, and where the payments are`, async () => {
      const { page, context } = await signedVisit(browser(), system().url());
      for (const name of ['pay', 'payments']) {
        await page.goto(`${system().url()}/${name}.html?out_trade_no=${number}`);
        await isShown(page, sentence);
        await isShown(page, '登录的是不是下单的账号');
        const text = await page.innerText('body');
        assert.doesNotMatch(text, /out_trade_no|重试|订单号/, name);
        assert.ok(await page.isVisible('main a[href="payments.html"]'), name);
      }
      for (const name of ['paysuccess', 'payfail']) {
        await page.goto(`${system().url()}/${name}.html?out_trade_no=${number}`);
        await isShown(page, '没有这笔支付');
        await isShown(page, '登录的是不是下单的账号');
        assert.ok(await page.isVisible('main a[href="payments.html"]'), name);
      }
      await context.close();
    });
  }
}

const stores = 'sqlite';
const env = {
  'order-service': { WECHAT_CLOSE_AFTER_MS: '0', QUERY_INTERVAL_MS: '500' },
  'wechat-sandbox': { SANDBOX_CLOSE_AFTER_MS: '0' },
};
inBrowser('a pay page without a code', { stores, env }, noCode);
inBrowser('the page of a payment that WeChat refuses', { stores, env }, refused);
inBrowser('the page of a payment that is none', { stores }, unknown);
