import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import type { ChromiumBrowser } from '../support/browser';
import { askToRefund, chooseOrder, consoleVisit, paid } from '../support/console';
import { quickMoney } from '../support/every-way';
import { expected } from '../support/http';
import { inBrowser } from '../support/in-browser';
import { bought, isShown } from '../support/pay-page';
import type { Shopper } from '../support/shopper';
import type { System } from '../support/system';
import { until } from '../support/until';

/** Once it is loaded, a page shows nothing more by itself. */
const deafScript = `addEventListener('DOMContentLoaded', () =>
  document.body.append(document.createElement('dialog')))`;
const reading = (out_trade_no: string) => `**/api/payments/${out_trade_no}`;
const focused = (page: Page) => page.evaluate('document.activeElement.id');

function oneMoment(system: () => System, browser: () => ChromiumBrowser): void {
  /** An operator's page of a payment of 68.10 yuan, which shows nothing by itself. */
  async function atPayment(out_trade_no: string) {
    const visit = await consoleVisit(browser(), system());
    await visit.page.addInitScript(deafScript);
    await visit.open(`payment.html?out_trade_no=${out_trade_no}`);
    await visit.page.waitForSelector('#found:not([hidden])');
    return visit;
  }
  const isBack = (shopper: Shopper, out_trade_no: string, fee: number) =>
    until('the money to be back', async () => {
      return (await shopper.payment(out_trade_no)).refund_fee === fee;
    });
  /** The page of a payment of which 10 yuan could not reach the payer's account. */
  async function atChanged() {
    const { out_trade_no } = await paid(system());
    const match = { call: 'refund' };
    await system().sandbox.fault({ kind: 'refund_ending', ending: 'CHANGE', match });
    const other = await system().shopper({ roles: ['operator'] });
    expected(201, await other.refund(out_trade_no, 1_000));
    const listed = async () => {
      const answer = await other.ask('GET', `/api/anomalies?out_trade_no=${out_trade_no}`);
      return (expected(200, answer) as { anomalies: { anomaly_id: string }[] }).anomalies;
    };
    await until('the anomaly', async () => (await listed()).length > 0);
    const path = `/api/anomalies/${(await listed())[0]?.anomaly_id}/resolve`;
    const dealWithIt = () => other.ask('POST', path, { body: { note: '已用现金退' } });
    const visit = await atPayment(out_trade_no);
    await isShown(visit.page, '需要人工打款');
    await chooseOrder(visit.page, '龙井茶');
    await visit.page.click('#anomalies .act');
    await visit.page.fill('#note', '已用现金退了');
    return { ...visit, out_trade_no, dealWithIt };
  }

  for (const who of ['oneself', 'another']) {
    it(`what ${who} has dealt with is told by the whole page, and at once`, async () => {
      const { page, context, out_trade_no, dealWithIt } = await atChanged();
      assert.equal(await page.isVisible('#refund-all'), true);
      if (who === 'another') expected(200, await dealWithIt());
      let answer = () => {};
      const held = new Promise<void>((resolve) => {
        answer = resolve;
      });
      await page.route(reading(out_trade_no), async (route) => {
        await held;
        await route.continue();
      });
      await page.click('#confirm-yes');
      const place = who === 'another' ? 'meanwhile' : 'done';
      await isShown(page, who === 'another' ? '这期间操作员' : '已标记为处理。');
      for (const part of ['#explained', '#sums', '#refund-all']) {
        assert.equal(await page.isVisible(part), false, part);
      }
      await page.fill('#refund_fee', '10');
      await page.fill('#reason', '商品破损');
      await page.click('#refund-go');
      await page.focus(`#${place}`);
      answer();
      await isShown(page, '没有退成，已有人处理');
      assert.equal(await page.getByText('需要人工打款').count(), 0);
      assert.equal(await page.locator('dialog[open]').count(), 0, 'nothing is asked by it');
      assert.equal(await page.isVisible('#refund-all'), false);
      assert.equal(await focused(page), place);
      assert.equal(await page.isVisible(`#${place}`), true);
      await context.close();
    });
  }

  it('who goes back after a try that was not answered is where they were', async () => {
    const { page, context } = await atChanged();
    await page.route('**/resolve', (route) => route.abort());
    await page.click('#confirm-yes');
    await page.waitForSelector('dialog [role=alert]:not([hidden])');
    const read = page.waitForResponse('**/timeline');
    await page.keyboard.press('Escape');
    await read;
    await page.waitForSelector('#found:not([aria-busy])');
    assert.match(String(await focused(page)), /^deal-[0-9]+$/);
    await context.close();
  });

  it('a refund that ends while the page is read is told once', async () => {
    const { shopper, out_trade_no } = await paid(system());
    const fault = { kind: 'http_error', phase: 'before', times: 1_000 };
    const takes = await system().sandbox.fault({ ...fault, match: { call: 'refund' } });
    const other = await system().shopper({ roles: ['operator'] });
    expected(201, await other.refund(out_trade_no, 3_405));
    const visit = await consoleVisit(browser(), system());
    await visit.page.addInitScript(deafScript);
    let isFirst = true;
    await visit.page.route('**/refunds', async (route) => {
      const response = await route.fetch();
      if (isFirst) {
        isFirst = false;
        await takes();
        await isBack(shopper, out_trade_no, 3_405);
      }
      await route.fulfill({ response });
    });
    await visit.open(`payment.html?out_trade_no=${out_trade_no}`);
    await isShown(visit.page, '部分已退回：￥34.05');
    assert.doesNotMatch(await visit.page.innerText('#explained'), /已记录|正在办理/);
    assert.match(await visit.page.innerText('#sums'), /还可退\s*￥34\.05/);
    await visit.context.close();
  });

  it('a payment that moves all the time is read a few times, and offers too little', async () => {
    const { page, context } = await consoleVisit(browser(), system());
    let refund_fee = 0;
    await page.route(reading('7'), (route) => {
      refund_fee += 1;
      return route.fulfill({ json: { out_trade_no: '7', refund_fee } });
    });
    const read = await page.evaluate(`(async () => {
      const { ofOneMoment } = await import('/js/service/payService.js');
      let times = 0;
      const read = async () => ({ times: (times += 1) });
      return ofOneMoment({ out_trade_no: '7', refund_fee: 0 }, read);
    })()`);
    assert.deepEqual(read, { times: 3, payment: { out_trade_no: '7', refund_fee: 3 } });
    const seen = {
      payment: { out_trade_no: '7', trade_state: 'REFUND', total_fee: 500, refund_fee: 400 },
      refunds: [{ out_refund_no: '7-op-1', status: 'PROCESSING', refund_fee: 200 }],
    };
    const left = page.evaluate(`import('/console/js/explain.js').then(({ leftOf }) =>
      leftOf(${JSON.stringify(seen)}))`);
    assert.equal(await left, 0);
    await context.close();
  });

  it('a payer reads of money that came back that it is back, and nothing else', async () => {
    const { page, context, out_trade_no, code_url } = await bought(browser(), system().url());
    await system().sandbox.pay(code_url);
    await page.waitForURL(/paysuccess\.html/);
    await isShown(page, '支付成功');
    const first = await page.evaluate<object>(`fetch('/api/payments/${out_trade_no}')
      .then((answer) => answer.json())`);
    const refund = (number: number, status: string) => ({
      ...{ out_trade_no, out_refund_no: `${out_trade_no}-op-${number}`, status },
      ...{ refund_fee: number * 1_000, create_time: '2026-11-28T02:00:00.000Z' },
    });
    const both = { ...first, trade_state: 'REFUND', refund_fee: 3_000 };
    const payments = [first, both];
    const refunds = [
      [refund(2, 'PROCESSING'), refund(1, 'SUCCESS')],
      [refund(2, 'SUCCESS'), refund(1, 'SUCCESS')],
    ];
    const next = (answers: object[]) =>
      (answers.length > 1 ? answers.shift() : answers[0]) as object;
    await page.route(reading(out_trade_no), (route) => route.fulfill({ json: next(payments) }));
    await page.route('**/refunds', (route) => route.fulfill({ json: { refunds: next(refunds) } }));
    await page.reload();
    await isShown(page, '其中已退款 ￥30.00');
    assert.equal(await page.isVisible('#under-way'), false);
    await context.close();
  });

  it('who refunds while an earlier one has failed is sent to its anomaly first', async () => {
    const { page, context } = await atChanged();
    await page.click('#confirm-no');
    await askToRefund(page, '10');
    await isShown(page, '之前的退款 ￥10.00 没有退成：请先看它的异常');
    await page.click('#confirm-no');
    assert.equal(await page.isVisible('#refund-all'), true);
    await context.close();
  });

  it('who refunds to an account that is closed is told, and offered no amount', async () => {
    const { out_trade_no } = await paid(system());
    const takes = await system().sandbox.fault({
      ...{ kind: 'err_code', err_code: 'USER_ACCOUNT_ABNORMAL', err_code_des: '退款请求失败' },
      ...{ phase: 'before', times: 1_000, match: { call: 'refund' } },
    });
    const other = await system().shopper({ roles: ['operator'] });
    expected(201, await other.refund(out_trade_no, 1_000));
    const { page, context, open } = await consoleVisit(browser(), system(), { locale: 'en-GB' });
    await open(`payment.html?out_trade_no=${out_trade_no}`);
    await page.waitForSelector('#anomalies .act');
    assert.equal(await page.isVisible('#refund-all'), false);
    await askToRefund(page, '10');
    await isShown(page, 'see its anomaly first, since it may have been given back otherwise');
    await takes();
    await context.close();
  });
}

inBrowser('what is read at one moment', { stores: 'sqlite', env: quickMoney }, oneMoment);
