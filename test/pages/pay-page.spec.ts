import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type ChromiumBrowser, phone } from '../support/browser';
import { expected } from '../support/http';
import { inBrowser } from '../support/in-browser';
import { bought, hasCode, isShown, listen } from '../support/pay-page';
import { signIn } from '../support/signed-visit';
import type { System } from '../support/system';
import { until } from '../support/until';

/** What a payer sees and does on the page with the code. */
function thePage(system: () => System, browser: () => ChromiumBrowser): void {
  it('says what WeChat shows and what it is for, and that it is a sandbox', async () => {
    const { page, context } = await bought(browser(), system().url());
    await isShown(page, '沙箱');
    assert.equal(await page.textContent('#wechat-body'), '品优购');
    assert.doesNotMatch(await page.innerText('main'), /收款方/);
    await page.waitForSelector('#goods-line:not([hidden])');
    const goods = (await page.textContent('#goods')) ?? '';
    assert.match(goods, /龙井茶 250 g .* × 1，东北大米 1 kg .* × 1/);
    await page.click('#language');
    const english = (await page.textContent('#goods')) ?? '';
    assert.match(english, /Longjing tea × 1, 东北大米 1 kg .* × 1/);
    await context.close();
  });

  it('counts down to the end of the payment, by the server’s clock', async () => {
    const { page, context, shopper, out_trade_no, address } = await bought(
      browser(),
      system().url(),
    );
    const leftMs = async () => {
      const { expire_time } = await shopper.payment(out_trade_no);
      return Date.parse(expire_time) - Date.now();
    };
    const shownMs = async () => {
      await page.waitForSelector('#remaining:not([hidden])');
      const text = (await page.textContent('#countdown')) ?? '';
      const parts = text.split(':').map(Number);
      return parts.reduce((sum, part) => sum * 60 + part, 0) * 1000;
    };
    assert.ok(Math.abs((await leftMs()) - (await shownMs())) < 5_000);
    // A reader's clock that is an hour wrong changes nothing.
    await page.clock.install({ time: Date.now() + 3_600_000 });
    await page.goto(address);
    await hasCode(page);
    assert.ok(Math.abs((await leftMs()) - (await shownMs())) < 5_000);
    await context.close();
  });

  it('“I have paid” asks at once, and says what is known', async () => {
    const { page, context, code_url } = await bought(browser(), system().url());
    await until('the page to wait', () => page.isVisible('#ask'));
    const looks = listen(page, '/api/payments/');
    const codes = listen(page, '/pay/createNative');
    await page.click('#ask');
    await isShown(page, '还没有收到这笔付款');
    assert.ok(looks.length >= 1);
    // When a page asks for the code, the server asks WeChat soon.
    assert.ok(codes.length >= 1);
    await system().sandbox.pay(code_url);
    await page.waitForURL(/paysuccess\.html/);
    await context.close();
  });

  it('“I have paid” while WeChat cannot be asked: it is not lost, nor paid again', async () => {
    const visit = await bought(browser(), system().url(), { locale: 'en-GB' });
    const { page, context, shopper, out_trade_no, code_url, address } = visit;
    const unasked = 'We cannot ask WeChat just now. What you have paid is not lost';
    await system().pay.stop();
    await system().sandbox.pay(code_url);
    await page.click('#ask');
    await isShown(page, unasked);
    await page.click('#language');
    await isShown(page, '付过的钱不会丢，请不要再付');
    await page.click('#language');
    for (const name of ['paysuccess', 'payfail', 'payments']) {
      await page.goto(`${system().url()}/${name}.html?out_trade_no=${out_trade_no}`);
      await isShown(page, unasked);
      assert.equal(await page.getByText(/Not paid yet|No money|failed/).count(), 0, name);
      assert.equal(await page.isVisible('#pay'), false, name);
    }
    // A page on which nobody has said that it is paid.
    await page.goto(address);
    await isShown(page, unasked);
    await system().pay.start();
    await page.waitForURL(/paysuccess\.html/);
    assert.equal((await shopper.payment(out_trade_no)).unknown_time, null);
    await context.close();
  });

  it('a cancel asks first, and puts the goods back into the cart', async () => {
    const { page, context, shopper, code_url } = await bought(browser(), system().url());
    await page.click('#cancel');
    await isShown(page, '取消这笔支付吗？');
    await page.click('#cancel-no');
    assert.equal((await shopper.payments()).payments[0]?.trade_state, 'NOTPAY');
    await page.click('#cancel');
    await page.click('#cancel-yes');
    await page.waitForURL(/payfail\.html/);
    await isShown(page, '支付已关闭');
    await isShown(page, '商品已放回购物车');
    assert.equal((await system().sandbox.tryToPay(code_url)).status, 409);
    assert.equal((await shopper.cart()).total_fee, 6810);
    // A page that is loaded again puts nothing back twice, nor does another tab.
    await page.reload();
    await isShown(page, '支付已关闭');
    const other = await context.newPage();
    await other.goto(page.url());
    await isShown(other, '支付已关闭');
    assert.equal(await other.locator('#put-back').count(), 0);
    assert.equal((await shopper.cart()).total_fee, 6810);
    await context.close();
  });

  it('goods that two tabs offer to put back are put back once', async () => {
    const { page, context, shopper, out_trade_no } = await bought(browser(), system().url());
    expected(200, await shopper.close(out_trade_no));
    await page.waitForURL(/payfail\.html/);
    const other = await context.newPage();
    await other.goto(page.url());
    for (const tab of [page, other]) {
      await tab.click('#put-back');
      await isShown(tab, '商品已放回购物车');
    }
    assert.equal((await shopper.cart()).total_fee, 6810);
    await context.close();
  });

  it('shows nothing of it to somebody else who has signed in', async () => {
    const { page, context, out_trade_no } = await bought(browser(), system().url());
    await signIn(context, await system().shopper(), system().url());
    await page.evaluate("dispatchEvent(new Event('pageshow'))");
    await isShown(page, '没有这笔支付');
    await isShown(page, '登录的是不是下单的账号');
    assert.equal(await page.isVisible('#payment'), false);
    assert.equal(await page.getByText(out_trade_no).count(), 0);
    await context.close();
  });

  it('a phone is told that it cannot scan its own screen, and so is WeChat', async () => {
    const onDesk = await bought(browser(), system().url());
    assert.equal(await onDesk.page.isVisible('#same-phone'), false);
    await onDesk.context.close();
    const onPhone = await bought(browser(), system().url(), phone);
    assert.equal(await onPhone.page.isVisible('#same-phone'), true);
    assert.equal(await onPhone.page.isVisible('#in-wechat'), false);
    await onPhone.context.close();
    const userAgent = 'Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 MicroMessenger/8.0.50';
    const inWechat = await bought(browser(), system().url(), { userAgent });
    assert.equal(await inWechat.page.isVisible('#same-phone'), true);
    assert.equal(await inWechat.page.isVisible('#in-wechat'), true);
    await inWechat.context.close();
  });

  it('a session that ends: the payment is safe, and it goes on after sign-in', async () => {
    const visit = await bought(browser(), system().url());
    const { page, context, shopper, out_trade_no } = visit;
    await context.clearCookies();
    await page.evaluate("dispatchEvent(new Event('pageshow'))");
    await isShown(page, '登录已过期');
    assert.match((await page.textContent('#sign-in-why')) ?? '', new RegExp(out_trade_no));
    assert.match((await page.textContent('#sign-in-why')) ?? '', /是安全的/);
    assert.equal(await page.isVisible('#qrious'), false);
    // In another tab, or at the shop's own sign-in.
    await signIn(context, shopper, system().url());
    await page.evaluate("dispatchEvent(new Event('pageshow'))");
    await page.waitForSelector('#qrious', { state: 'visible' });
    await system().sandbox.pay(visit.code_url);
    await page.waitForURL(/paysuccess\.html/);
    await context.close();
  });

  it('in English it speaks English, the lesson’s texts stay, and a switch changes it', async () => {
    const { page, context } = await bought(browser(), system().url(), { locale: 'en-GB' });
    const lesson = ['请使用微信扫一扫', '扫描二维码支付', '订单号：', '￥68.10'];
    for (const text of ['Scan to pay', 'Waiting for your payment', ...lesson]) {
      await isShown(page, text);
    }
    assert.equal(await page.getByText('等待支付').count(), 0);
    assert.equal(await page.innerText('.amount'), '￥68.10');
    assert.equal(await page.title(), 'Scan to pay · Saoma');
    await page.click('#language');
    await isShown(page, '等待支付');
    assert.equal(await page.innerText('.amount'), '￥68.10元');
    assert.equal(await page.getByText('Waiting for your payment').count(), 0);
    await page.reload();
    await isShown(page, '等待支付');
    assert.equal(await page.title(), '扫码支付 · Saoma');
    await context.close();
  });
}

/** A payment that is going to be closed. */
function theEnd(system: () => System, browser: () => ChromiumBrowser): void {
  it('a close that is wished elsewhere: it says 关闭中 and shows no code', async () => {
    const { page, context, shopper, out_trade_no } = await bought(browser(), system().url());
    assert.equal((await shopper.close(out_trade_no)).status, 202);
    // Far sooner than the page looks by itself.
    await until('关闭中', () => page.isVisible('text=关闭中'), 5_000);
    assert.equal(await page.isVisible('#qrious'), false);
    assert.equal(await page.isVisible('#ask'), false);
    for (const address of ['pay', 'paysuccess', 'payfail', 'payments']) {
      await page.goto(`${system().url()}/${address}.html?out_trade_no=${out_trade_no}`);
      await isShown(page, '关闭中');
      // While WeChat is away nobody can promise when.
      assert.doesNotMatch(await page.innerText('main'), /分钟/);
      assert.equal(await page.getByText('去支付').filter({ visible: true }).count(), 0);
    }
    await context.close();
  });

  it('a payer who is faster than the cancel has paid, and no goods go back', async () => {
    const { page, context, shopper, code_url } = await bought(browser(), system().url());
    await page.click('#cancel');
    await page.click('#cancel-yes');
    await isShown(page, '关闭中');
    await system().sandbox.pay(code_url);
    await page.waitForURL(/paysuccess\.html/);
    assert.deepEqual((await shopper.cart()).lines, []);
    await context.close();
  });

  it('when the time is over it says so by itself, also when nothing answers', async () => {
    const { page, context } = await bought(browser(), system().url());
    await page.waitForSelector('#remaining:not([hidden])');
    await page.route(/\/(api|pay)\//, (route) => route.abort());
    await page.clock.install();
    await page.clock.fastForward(1_810_000);
    await isShown(page, '关闭中');
    assert.equal(await page.isVisible('#qrious'), false);
    await context.close();
  });
}

/** WeChat takes the close a little later than the payer wishes it. */
function theCancel(system: () => System, browser: () => ChromiumBrowser): void {
  it('a cancel that has to wait puts the goods back when it is really closed', async () => {
    const { page, context, shopper } = await bought(browser(), system().url());
    await page.click('#cancel');
    await page.click('#cancel-yes');
    await isShown(page, '关闭中');
    assert.deepEqual((await shopper.cart()).lines, []);
    await page.waitForURL(/payfail\.html/, { timeout: 30_000 });
    await isShown(page, '商品已放回购物车');
    assert.equal((await shopper.cart()).total_fee, 6810);
    await context.close();
  });
}

// What a page does depends on no store.
const stores = 'sqlite';
const at = (orderMs: string, sandboxMs: string) => ({
  'order-service': { WECHAT_CLOSE_AFTER_MS: orderMs, QUERY_INTERVAL_MS: '500' },
  'wechat-sandbox': { SANDBOX_CLOSE_AFTER_MS: sandboxMs },
});
inBrowser('a pay page at its end', { stores }, theEnd);
inBrowser('the pay page', { env: at('0', '0'), stores }, thePage);
inBrowser('a pay page with a cancel', { env: at('9000', '8000'), stores }, theCancel);
