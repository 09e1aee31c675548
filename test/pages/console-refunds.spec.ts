import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import type { ChromiumBrowser } from '../support/browser';
import {
  askToRefund,
  assertGoodView,
  consoleVisit,
  loseRefundAnswers,
  narrow,
  paid,
  refundFees,
} from '../support/console';
import { quickMoney } from '../support/every-way';
import { expected } from '../support/http';
import { inBrowser } from '../support/in-browser';
import { isShown } from '../support/pay-page';
import type { System } from '../support/system';

function refunds(system: () => System, browser: () => ChromiumBrowser): void {
  /** An operator has the page of a payment of 68.10 yuan open. */
  async function atPaid(options: Parameters<typeof consoleVisit>[2] = {}) {
    const { out_trade_no } = await paid(system());
    const visit = await consoleVisit(browser(), system(), options);
    await visit.open(`payment.html?out_trade_no=${out_trade_no}`);
    await visit.page.waitForSelector('#found:not([hidden])');
    return { ...visit, out_trade_no };
  }
  /** Another operator refunds so much of it, who looks at no page of this one's. */
  async function refundedElsewhere(out_trade_no: string, refund_fee: number): Promise<void> {
    const other = await system().shopper({ roles: ['operator'] });
    expected(201, await other.refund(out_trade_no, refund_fee));
  }
  /** Nothing that the page shows by itself comes into it any more. */
  const isDeaf = (page: Page) =>
    page.evaluate('document.body.append(document.createElement("dialog"))');

  it('what went back since the page was read is shown before a refund is asked for', async () => {
    const { page, context, out_trade_no } = await atPaid();
    await isDeaf(page);
    await refundedElsewhere(out_trade_no, 1_000);
    await askToRefund(page, '34.05');
    await isShown(page, '这期间已有人退款 ￥10.00');
    assert.equal(await page.locator('dialog[open]').count(), 0);
    await page.waitForSelector('#refunds .money');
    await context.close();
  });

  it('what went back since the question was seen is shown, and nothing is sent', async () => {
    const { page, context, out_trade_no } = await atPaid({ ...narrow, locale: 'en-GB' });
    await askToRefund(page, '34.05');
    await page.waitForSelector('dialog[open]');
    await refundedElsewhere(out_trade_no, 1_000);
    await page.click('#confirm-yes');
    await isShown(page, 'Meanwhile ￥10.00 was refunded by someone');
    assert.equal(await page.evaluate('document.activeElement.id'), 'meanwhile');
    await page.waitForSelector('#refunds .money');
    assert.deepEqual(await refundFees(system(), out_trade_no), [1_000]);
    await assertGoodView(page, 'a refund that another one came before');
    await page.click('#refund-go');
    await page.click('#confirm-yes');
    await page.waitForSelector('#done:not([hidden])');
    assert.deepEqual(await refundFees(system(), out_trade_no), [1_000, 3_405]);
    assert.equal(await page.isVisible('#meanwhile'), false);
    await context.close();
  });

  it('what went back since the form was begun is shown, also when the page shows it', async () => {
    const { page, context, out_trade_no } = await atPaid();
    await page.fill('#refund_fee', '34.05');
    await refundedElsewhere(out_trade_no, 1_000);
    await page.waitForSelector('#refunds .refund-success');
    await askToRefund(page, '34.05');
    await isShown(page, '这期间已有人退款 ￥10.00');
    assert.equal(await page.locator('dialog[open]').count(), 0);
    await page.click('#refund-go');
    await page.click('#confirm-yes');
    await page.waitForSelector('#done:not([hidden])');
    assert.deepEqual(await refundFees(system(), out_trade_no), [1_000, 3_405]);
    await context.close();
  });

  it('one’s own refund whose answer was lost is not told as another’s', async () => {
    const { page, context, out_trade_no } = await atPaid();
    await loseRefundAnswers(page);
    await askToRefund(page, '10');
    await page.click('#confirm-yes');
    await page.waitForSelector('dialog [role=alert]:not([hidden])');
    await page.unroute('**/refunds');
    await page.click('#confirm-yes');
    await isShown(page, '可能就是上一次没有得到答复的那一笔');
    await page.click('#refund-go');
    await page.click('#confirm-yes');
    await page.waitForSelector('#done:not([hidden])');
    assert.deepEqual(await refundFees(system(), out_trade_no), [1_000]);
    await context.close();
  });

  it('the page of a payment shows by itself what others do with it', async () => {
    const { page, context, out_trade_no } = await atPaid();
    await refundedElsewhere(out_trade_no, 1_000);
    await page.waitForSelector('#refunds .refund-success');
    await context.close();
  });

  it('of several orders a part names one, and all names every one, with its goods', async () => {
    const { page, context, out_trade_no } = await atPaid();
    await page.fill('#refund_fee', '10');
    await page.fill('#reason', '商品破损');
    await page.click('#refund-go');
    await isShown(page, '请选择退哪个订单');
    await askToRefund(page, '10');
    await isShown(page, 'Longjing tea，￥10.00');
    await page.click('#confirm-no');
    await page.selectOption('#order_id', '');
    await page.click('#refund-all');
    await page.click('#refund-go');
    await page.waitForSelector('dialog[open]');
    const lines = page.locator('dialog p', { hasText: '订单：' });
    const told = (await lines.allInnerTexts()).map((line) => line.split('，').at(-1));
    assert.deepEqual(told.sort(), ['￥59.90', '￥8.20']);
    await page.click('#confirm-yes');
    await page.waitForSelector('#refunds .refund-success');
    assert.deepEqual(await refundFees(system(), out_trade_no), [6_810]);
    await context.close();
  });

  it('a refund that WeChat alone knows of is told once it is asked about it', async () => {
    const { page, context, out_trade_no } = await atPaid({ locale: 'en-GB' });
    const notify_url = 'http://127.0.0.1:9/';
    await system().sandbox.refundInConsole({ out_trade_no, refund_fee: 3_405, notify_url });
    await page.click('#ask');
    await page.click('#confirm-yes');
    await isShown(page, 'WeChat speaks as if money had gone back');
    assert.equal(await page.isVisible('#refund-all'), false);
    await askToRefund(page, '34.05');
    await page.waitForSelector('dialog[open]');
    assert.match(
      await page.innerText('dialog'),
      /look into the merchant console before you refund/,
    );
    await page.click('#confirm-no');
    await page.click('#anomalies .act');
    await page.fill('#note', 'all of it went back');
    await page.click('#confirm-yes');
    await page.waitForSelector('#anomalies .act', { state: 'detached' });
    await page.click('#ask');
    await page.click('#confirm-yes');
    await isShown(page, 'Somebody has dealt with that, and nothing of it is written here');
    assert.equal(await page.isVisible('#refund-all'), false);
    await context.close();
  });

  it('while a refund is under way nobody reads that none is, and then that it came', async () => {
    const { page, context } = await atPaid();
    const fault = { kind: 'http_error', phase: 'before', times: 1_000 };
    await system().sandbox.fault({ ...fault, match: { call: 'refundquery' } });
    await askToRefund(page, '10');
    await page.click('#confirm-yes');
    await isShown(page, '退款 ￥10.00 正在办理');
    assert.equal(await page.getByText('这笔款项没有退款记录').count(), 0);
    await isShown(page, '退款 ￥10.00 已记录。');
    await system().sandbox.forgetFaults();
    await isShown(page, '退款 ￥10.00 已到账');
    assert.equal(await page.getByText('已记录').count(), 0);
    await context.close();
  });

  it('a refund is on its way only once WeChat has accepted it', async () => {
    const { page, context } = await atPaid();
    const fault = { kind: 'http_error', phase: 'before', times: 1_000 };
    for (const call of ['refund', 'refundquery']) {
      await system().sandbox.fault({ ...fault, match: { call } });
    }
    await askToRefund(page, '10');
    await page.click('#confirm-yes');
    await isShown(page, '退款 ￥10.00 已记录，微信还没有确认受理');
    await page.locator('#refunds .badge', { hasText: '微信还没有确认' }).waitFor();
    assert.equal(await page.getByText(/正在办理|处理中/).count(), 0);
    await system().sandbox.forgetFaults();
    await isShown(page, '退款 ￥10.00 已到账');
    await context.close();
  });

  it('of an order is offered what is left of it', async () => {
    const { page, context, out_trade_no } = await atPaid();
    await askToRefund(page, '10');
    await page.click('#confirm-yes');
    await page.waitForSelector('#refunds .refund-success');
    const left = /Longjing tea，还可退 ￥49\.90/;
    await page.locator('#order_id option', { hasText: left }).waitFor({ state: 'attached' });
    assert.deepEqual(await refundFees(system(), out_trade_no), [1_000]);
    await context.close();
  });

  it('what is left is told as money, also where the server alone knows of it', async () => {
    const { page, context, out_trade_no } = await atPaid();
    let isFirst = true;
    await page.route('**/refunds', async (route) => {
      if (route.request().method() === 'POST' && isFirst) {
        isFirst = false;
        await refundedElsewhere(out_trade_no, 6_000);
      }
      await route.continue();
    });
    await askToRefund(page, '49.90');
    await page.click('#confirm-yes');
    const trouble = page.locator('dialog [role=alert]');
    await trouble.filter({ hasText: '这笔支付还可退 ￥8.10。' }).waitFor();
    assert.doesNotMatch(await trouble.innerText(), /fen/);
    await context.close();
  });

  for (const status of [401, 403]) {
    it(`a refund that is refused with ${status} is not recorded, and can be changed`, async () => {
      const { page, context, out_trade_no } = await atPaid();
      await page.route('**/refunds', async (route) => {
        if (route.request().method() !== 'POST') return route.continue();
        const code = status === 401 ? 'auth/required' : 'auth/operator-only';
        const body = JSON.stringify({ code, title: 'no', status });
        await route.fulfill({ status, contentType: 'application/problem+json', body });
      });
      await askToRefund(page, '10');
      await page.click('#confirm-yes');
      await page.waitForSelector('dialog', { state: 'detached' });
      await page.unroute('**/refunds');
      await page.reload();
      await page.waitForSelector('#found:not([hidden])');
      assert.equal(await page.isVisible('#refund-kept'), false);
      await askToRefund(page, '20');
      await page.click('#confirm-yes');
      await page.waitForSelector('#done:not([hidden])');
      assert.deepEqual(await refundFees(system(), out_trade_no), [2_000]);
      await context.close();
    });
  }
}

inBrowser('refunds at the console', { stores: 'sqlite', env: quickMoney }, refunds);
