import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { type ChromiumBrowser, desktop } from '../support/browser';
import {
  assertGoodView,
  chooseOrder,
  consoleVisit,
  narrow,
  paid,
  signInHere,
} from '../support/console';
import { quickMoney } from '../support/every-way';
import { expected } from '../support/http';
import { inBrowser } from '../support/in-browser';
import { isShown } from '../support/pay-page';
import { takePicture } from '../support/picture';
import type { System } from '../support/system';
import { moneyComes } from '../support/true-notice';
import { until } from '../support/until';

const looks: Record<string, BrowserContextOptions> = {
  'at a desk, in Chinese': desktop,
  'on a phone, in English, in the dark': { ...narrow, locale: 'en-GB', colorScheme: 'dark' },
};

/** Half of 68.10 yuan, as somebody types it. */
const half = '34.05';

async function refundHalf(page: Page): Promise<void> {
  await page.fill('#refund_fee', '68.11');
  await page.fill('#reason', '商品破损');
  await page.click('#refund-go');
  await page.waitForSelector('#refund_fee[aria-invalid]');
  await chooseOrder(page, '龙井茶');
  await page.fill('#refund_fee', half);
  await page.click('#refund-go');
  await page.waitForSelector('dialog[open]');
}

/** The refunds of a payment, as the server has them. */
async function refundsOf(system: System, out_trade_no: string) {
  const operator = await system.shopper({ roles: ['operator'] });
  const answer = await operator.ask('GET', `/api/payments/${out_trade_no}/refunds`);
  const { refunds } = expected(200, answer) as { refunds: { refund_fee: number }[] };
  return refunds.map(({ refund_fee }) => refund_fee);
}

/** Reads the page again until it says so. */
async function untilShown(page: Page, selector: string, text: string): Promise<void> {
  await until(text, async () => {
    await page.reload();
    await page.waitForSelector('#found:not([hidden])');
    return (await page.innerText(selector)).includes(text);
  });
}

function stories(system: () => System, browser: () => ChromiumBrowser): void {
  /** An anomaly of a day, which has no payment. */
  const aDayDiffers = (anomaly_id: string, day: string) =>
    system().change(`INSERT INTO tb_anomaly (anomaly_id, out_trade_no, transaction_id, kind,
      total_fee, fee_type, state, note, create_time) VALUES ('${anomaly_id}', '${day}', '',
      'bill-totals', 0, 'CNY', 'OPEN', '', '${day} 12:00:00')`);

  /** An operator who has written a note for the anomaly of this number, and not confirmed yet. */
  const dealingWith = async (number: string, note: string) => {
    const { page, context, open } = await consoleVisit(browser(), system());
    await open('');
    const row = page.locator('.anomaly', { hasText: number });
    await row.locator('button').click();
    await page.fill('#note', note);
    return { page, context, row };
  };

  for (const [how, options] of Object.entries(looks)) {
    it(`“I have paid”: found by WeChat’s number, explained, half refunded, ${how}`, async () => {
      const { out_trade_no, transaction_id } = await paid(system(), { name: '王小明' });
      const { page, context, troubles } = await browser().visit(options);
      await page.goto(`${system().url()}/console/`);
      await page.waitForSelector('#sign-in', { state: 'visible' });
      await assertGoodView(page, 'signing in');
      await signInHere(page, 'operator');
      await page.waitForSelector('#empty:not([hidden]), .anomaly');
      await assertGoodView(page, 'the anomalies');
      await page.click('nav a[href$="payments.html"]');
      await page.waitForSelector('.row');
      await page.fill('#q', transaction_id.replaceAll(/[0-9]{4}/g, ' $&'));
      await page.keyboard.press('Enter');
      await page.waitForURL(/q=/);
      await page.waitForSelector('.row');
      assert.equal(await page.locator('.row').count(), 1);
      await assertGoodView(page, 'the payments');
      await page.click(`text=${out_trade_no}`);
      await page.waitForSelector('#found:not([hidden])');
      assert.match(await page.innerText('#explained'), /付款 ￥68\.10|￥68\.10 was paid/);
      for (const text of ['王小明', '龙井茶', transaction_id]) await isShown(page, text);
      await assertGoodView(page, 'a payment');
      await refundHalf(page);
      await assertGoodView(page, 'the question');
      await page.dblclick('#confirm-yes');
      await page.waitForSelector('#done:not([hidden])');
      await untilShown(page, '#sums', '￥34.05');
      await untilShown(
        page,
        '#explained',
        options === desktop ? '部分已退回' : 'A part of it has gone back',
      );
      assert.deepEqual(await refundsOf(system(), out_trade_no), [3_405]);
      await assertGoodView(page, 'a payment that is half refunded');
      const picture = options === desktop ? 'console-payment' : 'console-payment-phone';
      await takePicture(page, picture);
      assert.deepEqual(
        troubles.filter((line) => !line.includes('401')),
        [],
      );
      await context.close();
    });
  }

  it('what a customer wrote is text, wherever it is shown', async () => {
    const name = '<img src=x onerror=alert(1)>';
    const { out_trade_no } = await paid(system(), { name, address: '=HYPERLINK("http://x")' });
    const { page, context, open, troubles } = await consoleVisit(browser(), system());
    page.on('dialog', () => assert.fail('it ran'));
    await open(`payment.html?out_trade_no=${out_trade_no}`);
    await isShown(page, name);
    assert.equal(await page.locator('main img').count(), 0);
    assert.deepEqual(
      troubles.filter((line) => !line.includes('401')),
      [],
    );
    await context.close();
  });

  it('a mobile finds all payments that go to it, and a state those in it', async () => {
    const mobile = '13912345678';
    const first = await paid(system(), { mobile });
    const second = await paid(system(), { mobile });
    const { page, context, open } = await consoleVisit(browser(), system());
    await open(`payments.html?q=${mobile}`);
    const numbers = await page.locator('.row a').allInnerTexts();
    assert.deepEqual(numbers, [second.out_trade_no, first.out_trade_no]);
    const file = await page.evaluate<string>(
      'fetch(document.getElementById("csv").href).then((answer) => answer.text())',
    );
    assert.deepEqual(
      file
        .split('\r\n')
        .slice(1, -1)
        .map((line) => line.split('\t')[0]),
      numbers,
    );
    await page.selectOption('#trade_state', 'CLOSED');
    await page.click('#search button');
    await page.waitForURL(/CLOSED/);
    await page.waitForSelector('#empty:not([hidden])');
    assert.equal(await page.locator('.row').count(), 0);
    await open(`payments.html?q=${'4200 9480 5'.padEnd(29, '7')}`);
    await isShown(page, '微信的交易单号有 28 位，这个号码有 27 位');
    await context.close();
  });

  it('an auditor sees everything and is offered nothing, and a shopper is sent away', async () => {
    const { out_trade_no } = await paid(system());
    const other = await (await system().shopper()).buy();
    await moneyComes(system(), { out_trade_no: other.out_trade_no, total_fee: 1 });
    const { page, context, open } = await consoleVisit(browser(), system(), { role: 'auditor' });
    await open('');
    await page.waitForSelector('.anomaly');
    assert.equal(await page.locator('.anomaly button').count(), 0);
    await assertGoodView(page, 'the anomalies of an auditor');
    for (const number of [out_trade_no, other.out_trade_no]) {
      await open(`payment.html?out_trade_no=${number}`);
      await page.waitForSelector('#timeline li');
      assert.equal(await page.locator('main button:visible').count(), 0);
    }
    await page.waitForSelector('.badge.held');
    await assertGoodView(page, 'a payment with money that does not fit');
    const refusal = await page.evaluate(`fetch('/api/payments/${out_trade_no}/close', {
      method: 'POST' }).then(({ status }) => status)`);
    assert.equal(refusal, 403);
    await page.evaluate(`fetch('/api/session', { method: 'POST', body: '{"user_id":"anna"}',
      headers: { 'content-type': 'application/json' } })`);
    await page.reload();
    await isShown(page, '既不是操作员，也不是审计员');
    assert.equal(await page.isVisible('#found'), false);
    await context.close();
  });

  it('an anomaly leads to its payment, which says the truth, and is resolved', async () => {
    const { out_trade_no } = await (await system().shopper()).buy();
    await moneyComes(system(), { out_trade_no, total_fee: 1 });
    const { page, context, open } = await consoleVisit(browser(), system());
    await open('');
    await page.click(`.anomaly a:has-text("${out_trade_no}")`);
    await page.waitForSelector('#found:not([hidden])');
    assert.match(await page.innerText('#explained'), /不能入账的款项/);
    await isShown(page, '微信收到的金额与应付金额不同');
    await page.click('.anomaly button');
    await page.click('#confirm-yes');
    assert.equal(await page.isVisible('dialog'), true, 'a note is needed');
    await page.fill('#note', '已在商户平台退款');
    await page.click('#confirm-yes');
    await page.waitForSelector('#done:not([hidden])');
    await page.reload();
    await isShown(page, '备注：已在商户平台退款');
    assert.equal(await page.locator('.anomaly button').count(), 0);
    await page.click('#language');
    await isShown(page, 'WeChat received another amount than was asked for');
    await context.close();
  });
  it('an anomaly that another has dealt with meanwhile is shown, and nothing is sent', async () => {
    const { out_trade_no } = await (await system().shopper()).buy();
    await moneyComes(system(), { out_trade_no, total_fee: 1 });
    const anna = await system().shopper({ roles: ['operator'] });
    const { page, context, row } = await dealingWith(out_trade_no, '已现金支付 59.90');
    const listed = await anna.ask('GET', `/api/anomalies?out_trade_no=${out_trade_no}`);
    const { anomalies } = expected(200, listed) as { anomalies: { anomaly_id: string }[] };
    const path = `/api/anomalies/${anomalies[0]?.anomaly_id}/resolve`;
    expected(200, await anna.ask('POST', path, { body: { note: '已在商户平台退款' } }));
    await page.click('#confirm-yes');
    await isShown(page, `这期间操作员 ${anna.user_id}已于 20`);
    await isShown(page, '处理：“已在商户平台退款”');
    assert.equal(await page.isVisible('#done'), false);
    assert.equal(await page.evaluate('document.activeElement.id'), 'meanwhile');
    await row.getByText('备注：已在商户平台退款').waitFor();
    assert.equal(await row.locator('button').count(), 0);
    await assertGoodView(page, 'an anomaly that another one has dealt with');
    const after = await anna.ask('GET', `/api/anomalies?out_trade_no=${out_trade_no}`);
    assert.doesNotMatch(after.text, /现金/);
    await context.close();
  });

  it('an anomaly of a day that another has dealt with is told so, without a name', async () => {
    await aDayDiffers('1', '2026-01-02');
    const anna = await system().shopper({ roles: ['operator'] });
    const { page, context, row } = await dealingWith('2026-01-02', '已重新对账');
    const text = await row.innerText();
    assert.match(text, /账单日期\s*2026-01-02/);
    assert.doesNotMatch(text, /商户订单号|￥/);
    const link = row.getByRole('link', { name: '2026-01-02' });
    assert.match(
      (await link.getAttribute('href')) ?? '',
      /reconciliation-day\.html\?day=2026-01-02$/,
    );
    const note = { note: '已问过微信' };
    expected(200, await anna.ask('POST', '/api/anomalies/1/resolve', { body: note }));
    await page.click('#confirm-yes');
    await isShown(page, '这期间别人已处理：“已问过微信”');
    await context.close();
  });

  it('an anomaly that has ended by itself meanwhile is told in words', async () => {
    await aDayDiffers('2', '2026-01-04');
    const { page, context } = await dealingWith('2026-01-04', '已问过微信');
    await system().change(`UPDATE tb_anomaly SET state = 'RESOLVED',
      note = 'a whole file has come' WHERE anomaly_id = '2'`);
    await page.click('#confirm-yes');
    await isShown(page, '这期间别人已处理：“已取到完整的账单”');
    await context.close();
  });

  it('an anomaly of less money than was shown is shown, and nothing is sent', async () => {
    const { out_trade_no } = await (await system().shopper()).buy();
    await moneyComes(system(), { out_trade_no, total_fee: 100 });
    const { page, context, row } = await dealingWith(out_trade_no, '已现金支付 1 元');
    const which = `out_trade_no = '${out_trade_no}'`;
    await system().change(`UPDATE tb_anomaly SET total_fee = 40 WHERE ${which}`);
    await page.click('#confirm-yes');
    await isShown(page, '这期间金额已变为 ￥0.40');
    await page.click('#language');
    await isShown(page, 'Meanwhile the amount has changed: it is ￥0.40 now');
    await row.getByText('￥0.40', { exact: true }).waitFor();
    assert.deepEqual(await system().rows(`SELECT state, note FROM tb_anomaly WHERE ${which}`), [
      { state: 'OPEN', note: '' },
    ]);
    await context.close();
  });

  it('an anomaly whose mark was not answered is marked again, and that is no news', async () => {
    const { out_trade_no } = await (await system().shopper()).buy();
    await moneyComes(system(), { out_trade_no, total_fee: 1 });
    const { page, context } = await dealingWith(out_trade_no, '已退款');
    await page.route('**/resolve', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await page.click('#confirm-yes');
    await isShown(page, '可以放心重试：只会算一次');
    await page.unroute('**/resolve');
    await page.click('#confirm-yes');
    await isShown(page, '已标记为处理');
    assert.equal(await page.isVisible('#meanwhile'), false);
    await context.close();
  });
}

inBrowser('the console', { stores: 'sqlite', env: quickMoney }, stories);
