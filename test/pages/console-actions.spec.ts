import assert from 'node:assert/strict';
import { it } from 'node:test';
import { AnomalyKind, Delivery, PayEventKind } from '@saoma/contracts/operator';
import { RefundStatus } from '@saoma/contracts/pay';
import { WechatCheck } from '@saoma/contracts/wechat-check';
import type { ChromiumBrowser } from '../support/browser';
import {
  askToRefund,
  assertGoodView,
  consoleVisit,
  loseRefundAnswers,
  paid,
  refundFees,
  signInHere,
} from '../support/console';
import { quickMoney } from '../support/every-way';
import { inBrowser } from '../support/in-browser';
import { isShown } from '../support/pay-page';
import type { System } from '../support/system';
import { until } from '../support/until';

function actions(system: () => System, browser: () => ChromiumBrowser): void {
  async function atPayment(out_trade_no: string) {
    const visit = await consoleVisit(browser(), system());
    await visit.open(`payment.html?out_trade_no=${out_trade_no}`);
    await visit.page.waitForSelector('#found:not([hidden])');
    return visit;
  }

  it('a session that ends asks to sign in again, and the refund is made then, once', async () => {
    const { out_trade_no } = await paid(system());
    const { page, context } = await atPayment(out_trade_no);
    await askToRefund(page, '10');
    await page.waitForSelector('dialog[open]');
    await context.clearCookies();
    await page.click('#confirm-yes');
    await page.waitForSelector('#sign-in', { state: 'visible' });
    assert.deepEqual(await refundFees(system(), out_trade_no), []);
    await signInHere(page, 'operator');
    await page.waitForSelector('#found:not([hidden])');
    assert.equal(await page.isVisible('#refund-kept'), false, 'nothing was recorded');
    assert.equal(await page.inputValue('#refund_fee'), '10');
    await page.click('#refund-go');
    await page.click('#confirm-yes');
    await page.waitForSelector('#done:not([hidden])');
    assert.deepEqual(await refundFees(system(), out_trade_no), [1_000]);
    await page.fill('#reason', '还没写完');
    await page.waitForSelector('#refunds .refund-success');
    assert.match(await page.innerText('#sums'), /已退回\s*￥10\.00/);
    assert.equal(await page.inputValue('#reason'), '还没写完');
    await context.close();
  });

  it('a refund whose answer is lost is sent again under its key, by a new page too', async () => {
    const { out_trade_no } = await paid(system());
    const { page, context } = await atPayment(out_trade_no);
    await loseRefundAnswers(page);
    await askToRefund(page, '0.5');
    await page.click('#confirm-yes');
    await isShown(page, '可以放心重试：只会算一次');
    await page.unroute('**/refunds');
    await page.reload();
    await page.waitForSelector('#refund-kept:not([hidden])');
    assert.equal(await page.inputValue('#refund_fee'), '0.50');
    await page.click('#refund-go');
    await page.click('#confirm-yes');
    await page.waitForSelector('#done:not([hidden])');
    assert.deepEqual(await refundFees(system(), out_trade_no), [50]);
    await context.close();
  });

  it('a refund names the order whose money it is, and that order is not plainly paid', async () => {
    const { out_trade_no, shopper } = await paid(system());
    const { page, context } = await atPayment(out_trade_no);
    const { orders } = await shopper.orders(`?out_trade_no=${out_trade_no}`);
    const rice = orders.find(({ payment }) => payment === 820);
    assert.ok(rice);
    await page.selectOption('#order_id', rice.order_id);
    assert.equal(await page.innerText('#refund-all'), '全部 ￥8.20');
    await page.fill('#refund_fee', '8.21');
    // As a word it is nothing special, though every object has a member of that name.
    await page.fill('#reason', 'constructor');
    await page.click('#refund-go');
    await isShown(page, '最多可退 ￥8.20');
    await page.click('#refund-all');
    await page.click('#refund-go');
    await isShown(page, `订单：${rice.order_id}`);
    await page.click('#confirm-yes');
    await page.waitForSelector('#refunds .refund-success');
    await isShown(page, '部分已退回');
    await isShown(page, '退款原因：constructor');
    const badges = () => page.locator('#orders .badge').allInnerTexts();
    await until('the order to be refunded', async () => (await badges()).includes('已退款'));
    assert.deepEqual((await badges()).sort(), ['已付款', '已退款'].sort());
    assert.match(await page.innerText('#refunds'), new RegExp(rice.order_id));
    await assertGoodView(page, 'a payment of which one order is refunded');
    assert.equal((await shopper.order(rice.order_id)).refund_fee, 820);
    await context.close();
  });

  it('a payment is closed after a question, with the keyboard alone', async () => {
    const { out_trade_no } = await (await system().shopper()).buy();
    const { page, context } = await atPayment(out_trade_no);
    const focused = () => page.evaluate('document.activeElement.id');
    const tabTo = async (id: string) => {
      for (let count = 0; (await focused()) !== id; count += 1) {
        assert.ok(count < 60, `${id} cannot be reached`);
        await page.keyboard.press('Tab');
      }
    };
    await tabTo('close');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('dialog').count(), 0);
    assert.equal(await focused(), 'close', 'where it was before');
    await page.keyboard.press('Enter');
    await tabTo('confirm-yes');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#done:not([hidden])');
    await isShown(page, '没有付款，已关闭');
    await context.close();
  });

  it('a day never compared is compared by operators, or the server says why not', async () => {
    const beijingDay = (agoDays: number) =>
      new Date(Date.now() + (8 - 24 * agoDays) * 3_600_000).toISOString().slice(0, 10);
    const past = `reconciliation-day.html?day=${beijingDay(30)}`;
    const auditor = await consoleVisit(browser(), system(), { role: 'auditor' });
    await auditor.open(past);
    await isShown(auditor.page, '这一天还没有对过账');
    assert.deepEqual(await auditor.page.locator('h2:visible, #compare:visible').count(), 0);
    await auditor.context.close();
    const { page, context, open } = await consoleVisit(browser(), system());
    await open(`reconciliation-day.html?day=${beijingDay(0)}`);
    await isShown(page, '第二天 10:15');
    assert.equal(await page.locator('h2:visible').count(), 0);
    await page.click('#compare');
    await page.click('#confirm-yes');
    await isShown(page, '只能选三个月以内、已经过去的日期');
    await open(past);
    await page.click('#compare');
    await page.click('#confirm-yes');
    await page.waitForSelector('#badges .badge');
    await page.waitForSelector('#compare', { state: 'hidden' });
    await open('payments.html');
    assert.equal(await page.evaluate('document.activeElement.id'), 'q');
    await context.close();
  });

  it('every word of the server has its words here, and yuan are read digit by digit', async () => {
    const { page, context } = await consoleVisit(browser(), system());
    const lacking = async (file: string, name: string, words: readonly string[]) => {
      const address = `/console/js/${file}.js`;
      const keys = await page.evaluate(
        `import('${address}').then((all) => Object.keys(all.${name}))`,
      );
      return words.filter((word) => !(keys as string[]).includes(word));
    };
    assert.deepEqual(await lacking('anomaly-names', 'anomalyKinds', AnomalyKind.options), []);
    assert.deepEqual(await lacking('event-names', 'eventKinds', PayEventKind.options), []);
    const { type, state } = Delivery.shape;
    assert.deepEqual(await lacking('names', 'deliveryTypes', type.options), []);
    assert.deepEqual(await lacking('names', 'deliveryStates', state.options), []);
    assert.deepEqual(await lacking('names', 'refundStates', RefundStatus.options), []);
    const { about, is } = WechatCheck.shape.findings.element.shape;
    assert.deepEqual(await lacking('names', 'checkSubjects', about.options), []);
    assert.deepEqual(await lacking('names', 'checkVerdicts', is.options), []);
    const typed = ['59.90', '59.9', '59', ' ￥0.01 ', '1000000', '1.234', '1,5', '-1', '1e3', '.5'];
    const fen = await page.evaluate(
      `import('/console/js/amount.js').then(({ fenOf }) => ${JSON.stringify(typed)}.map(fenOf))`,
    );
    assert.deepEqual(fen, [5990, 5990, 5900, 1, 100_000_000, null, null, null, null, null]);
    await context.close();
  });
}

inBrowser('what can be done at the console', { stores: 'sqlite', env: quickMoney }, actions);
