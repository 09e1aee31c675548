import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { BrowserContextOptions, Page } from 'playwright-core';
import type { ChromiumBrowser } from '../support/browser';
import { assertGoodView, consoleVisit, narrow, paid } from '../support/console';
import { quickMoney } from '../support/every-way';
import { inBrowser } from '../support/in-browser';
import { isShown } from '../support/pay-page';
import { openedByShop } from '../support/shop-order';
import type { System } from '../support/system';
import { until } from '../support/until';

const looks: readonly BrowserContextOptions[] = [
  {},
  { ...narrow, locale: 'en-GB', colorScheme: 'dark' },
];

/** WeChat has it, of a payment that is not here. */
const unknown = '4200000009202611250000000078';

function views(system: () => System, browser: () => ChromiumBrowser): void {
  it('a day is told in figures, drawn, and written in a table of all hours', async () => {
    await paid(system());
    for (const look of looks) {
      const { page, context, open, troubles } = await consoleVisit(browser(), system(), look);
      // What was counted is remembered for some seconds.
      await until('the payment to be counted', async () => {
        await open('today.html');
        return !(await page.innerText('#figures > div')).includes('￥0.00');
      });
      await page.waitForSelector('#chart canvas');
      assert.match(await page.innerText('#figures'), /(款项待核实|Money to look into)\s+0/);
      const waiting = await openAnomalies(page);
      const words = new RegExp(`(不限日期）：${waiting} 条|of all days: ${waiting})$`);
      assert.match(await page.innerText('#open'), words);
      await page.click('summary');
      assert.equal(await page.locator('#hours tbody tr').count(), 24);
      await isShown(page, look.locale ? 'came late or a second time' : '同一个码又付一次的款项');
      await assertGoodView(page, 'a day');
      assert.deepEqual(
        troubles.filter((line) => !line.includes('401')),
        [],
      );
      await context.close();
    }
  });

  it('beside the figures of a day stands what waits for somebody, of all days', async () => {
    const { page, context, open } = await consoleVisit(browser(), system());
    await page.route('**/api/anomalies?state=OPEN&limit=100', (route) =>
      route.fulfill({ json: { anomalies: Array(100).fill({}), cursor: '1' } }),
    );
    await open('today.html?day=2026-01-01');
    await isShown(page, '待处理的异常（不限日期）：超过 99 条');
    await page.click('#open');
    await page.waitForURL(/\/console\/$/);
    await context.close();
  });

  it('an empty list of what was dealt with does not say that no money waits', async () => {
    const { page, context, open } = await consoleVisit(browser(), system());
    await page.route('**/api/anomalies*', (route) =>
      route.fulfill({ json: { anomalies: [], cursor: null } }),
    );
    for (const [state, words, isGood] of [
      ['RESOLVED', '还没有处理过异常。', false],
      ['OPEN', '没有款项在等人处理。', true],
      ['', '没有款项在等人处理。', true],
    ] as const) {
      await open(`?state=${state}`);
      await isShown(page, words);
      assert.equal(await page.locator('#empty.good').count(), Number(isGood), state);
    }
    await context.close();
  });

  it('where no payment is found, what is said fits what was asked for', async () => {
    await system().change(`INSERT INTO tb_anomaly (anomaly_id, out_trade_no, transaction_id, kind,
      total_fee, fee_type, state, note, create_time) VALUES ('178', 'A-7', '${unknown}',
      'unknown-number', 5990, 'CNY', 'OPEN', '', '2026-01-02 12:00:00')`);
    const { page, context, open } = await consoleVisit(browser(), system(), looks[1]);
    await open('payments.html?to=2020-01-01');
    await isShown(page, 'There are no such payments.');
    assert.equal(await page.isVisible('#look-there'), false);
    await open(`payments.html?q=${unknown}&trade_state=CLOSED`);
    await isShown(page, 'search for it in all states and on all days');
    await open(`payments.html?q=${unknown}`);
    await isShown(page, 'Nothing was found. Check the number');
    await assertGoodView(page, 'a search that finds no payment');
    await page.click('#look-there a');
    await isShown(page, 'WeChat received money for a number that is not here');
    await isShown(page, unknown);
    await context.close();
  });

  it('a shop’s own order is found by its number, and shows what the shop said of it', async () => {
    const made = await openedByShop(system(), { metadata: { 桌号: '7' } });
    const { page, context, open } = await consoleVisit(browser(), system(), looks[1]);
    await open(`payments.html?q=${encodeURIComponent(made.merchant_order_no)}`);
    await isShown(page, made.merchant_order_no);
    await assertGoodView(page, 'the payments of shops');
    await open(`payment.html?out_trade_no=${made.out_trade_no}`);
    await isShown(page, made.merchant_order_no);
    assert.match(await page.innerText('#numbers'), /两张电影票[\s\S]*桌号\s*7/);
    await assertGoodView(page, 'the payment of a shop’s own order');
    assert.equal(await page.isVisible('#orders-title'), false);
    await isShown(page, 'A shop opened this payment');
    await system().sandbox.pay(made.code_url);
    await page.waitForSelector('#timeline [data-kind="payment.paid"]');
    for (const place of ['#explained', '#timeline']) {
      assert.doesNotMatch(await page.innerText(place), /orders|checkout/i);
    }
    await context.close();
  });

  it('a message that the shop did not take is found and sent again', async () => {
    const { out_trade_no } = await paid(system());
    const columns = `out_trade_no, 'order.paid', '{}', 'DEAD', 11, create_time, NULL, 'HTTP 500'`;
    await system().change(
      `INSERT INTO tb_outbox (event_id, out_trade_no, type, payload, state, tries, create_time,
        next_try_time, last_error)
        SELECT '77', ${columns} FROM tb_paylog WHERE out_trade_no = '${out_trade_no}'`,
    );
    const { page, context, open } = await consoleVisit(browser(), system(), looks[1]);
    await open('messages.html?state=DEAD');
    await isShown(page, 'HTTP 500');
    await assertGoodView(page, 'the messages');
    await open(`payment.html?out_trade_no=${out_trade_no}`);
    await page.click('#deliveries button');
    await page.click('#confirm-yes');
    await page.waitForSelector('#deliveries [data-state="PENDING"]');
    await isShown(page, 'An operator sent a message again');
    await context.close();
  });

  it('WeChat is asked now, and a payment that no notice told of is settled', async () => {
    const shopper = await system().shopper();
    const { out_trade_no } = await shopper.buy();
    const { code_url } = await shopper.createNative(out_trade_no);
    const { page, context, open } = await consoleVisit(browser(), system());
    await open(`payment.html?out_trade_no=${out_trade_no}`);
    await system().sandbox.loseNotices(out_trade_no);
    await page.click('#ask');
    await page.waitForSelector('dialog[open]');
    await system().sandbox.pay(code_url);
    await page.click('#confirm-yes');
    await isShown(page, '订单已入账');
    await isShown(page, '操作员要求马上查询');
    await context.close();
  });

  it('a day is shown beside its bill, difference by difference, and compared again', async () => {
    // So long ago that nobody has it compared by itself, and that WeChat still has its bill.
    const day = new Date(Date.now() - 60 * 86_400_000).toISOString().slice(0, 10);
    const bill_hash = await differentDay(system(), day);
    for (const look of looks) {
      const { page, context, open } = await consoleVisit(browser(), system(), look);
      await open('reconciliation.html');
      await assertGoodView(page, 'the days');
      assert.match(await page.innerText('#rows'), /￥0\.41.*￥50\.00/);
      await page.click(`#rows a:has-text("${day}")`);
      await page.waitForSelector('#rows [data-kind="AMOUNT"]');
      const differs = await page.locator('.differs td').allInnerTexts();
      assert.deepEqual(differs, ['￥68.10', '￥68.00']);
      const heads = await page.innerText('#rows [data-kind="AMOUNT"] thead');
      assert.match(heads, /我们的账（比对时）|Ours, when compared/);
      const over = await page.innerText('#rows [data-kind="CHANNEL_ONLY"]');
      assert.match(over, new RegExp(`(Over|已失效).*${day}.*${bill_hash}`));
      await assertGoodView(page, 'a day beside its bill');
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.click('#flow-file a'),
      ]);
      assert.equal(download.suggestedFilename(), `${day}-fundflow-${bill_hash}.csv.gz`);
      assert.deepEqual(
        gunzipSync(readFileSync(await download.path())).toString(),
        '\ufeff交易时间',
      );
      assert.match(await page.innerText('#flow-facts'), /￥0\.41[\s\S]*￥50\.00/);
      if (look === looks.at(-1)) {
        await page.click('#again');
        await page.click('#confirm-yes');
        await page.waitForSelector('#done:not([hidden])');
      }
      await context.close();
    }
  });

  it('a day that waits for its bill says so, and the list shows too what comes of it', async () => {
    const day = new Date(Date.now() - 50 * 86_400_000).toISOString().slice(0, 10);
    const moment = (ms: number) => new Date(ms).toISOString().replace('T', ' ').slice(0, -1);
    await system().change(
      `INSERT INTO tb_reconciliation (day, state, bill_rows, wanted_time, next_try_time)
        VALUES ('${day}', 'WAITING', 0, '${moment(Date.now())}', '${moment(Date.now() + 3.6e6)}')`,
    );
    const { page, context, open } = await consoleVisit(browser(), system(), looks[1]);
    await open(`reconciliation-day.html?day=${day}`);
    await isShown(page, 'It waits for WeChat’s bill');
    await isShown(page, 'nobody knows whether anything differs');
    assert.doesNotMatch(await page.innerText('#empty'), /none/);
    await assertGoodView(page, 'a day that waits for its bill');
    const list = await consoleVisit(browser(), system());
    await list.open('reconciliation.html');
    await list.page.waitForSelector(`#rows li:has-text("${day}") .day-waiting`);
    await list.page.focus(`#day-${day}`);
    await page.click('#again');
    await page.click('#confirm-yes');
    await page.waitForSelector('#badges .day-no_bill');
    await page.waitForSelector('#under-way', { state: 'hidden' });
    await isShown(page, 'There are none.');
    await list.page.waitForSelector(`#rows li:has-text("${day}") .day-no_bill`);
    await list.page.waitForSelector(`#day-${day}:focus`);
    await list.context.close();
    await context.close();
  });

  it('the configuration is checked, and an auditor is told who can', async () => {
    const { page, context, open } = await consoleVisit(browser(), system());
    await open('check.html');
    await page.click('#check');
    await page.waitForSelector('#rows li');
    await assertGoodView(page, 'the check');
    await context.close();
    const auditor = await consoleVisit(browser(), system(), { role: 'auditor' });
    await auditor.open('check.html');
    await isShown(auditor.page, '只有操作员可以检查');
    assert.equal(await auditor.page.isVisible('#check'), false);
    await auditor.context.close();
  });
}

/** How many wait for somebody, of whatever this system has had before. */
const openAnomalies = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const answer = await fetch('/api/anomalies?state=OPEN&limit=100');
    return (await answer.json()).anomalies.length;
  });

/** A day whose bill has another amount than our books; its hash. */
async function differentDay(system: System, day: string): Promise<string> {
  const { out_trade_no, transaction_id } = await paid(system);
  const row = { type: 'payment', transaction_id, out_trade_no, refund_id: null };
  const both = { ...row, out_refund_no: null };
  // That some of it went back is no difference, nor is another second.
  const ours = { ...both, state: 'REFUND', time: `${day}T02:00:01.000Z`, fee: 6_800 };
  const fees = { settlement_fee: 6_810, coupon_fee: 0, service_fee: -41, fee_type: 'CNY' };
  const bill = {
    ...both,
    ...fees,
    state: 'SUCCESS',
    time: `${day}T10:00:00+08:00`,
    fee: 6_810,
    trade_type: 'NATIVE',
  };
  const bill_hash = '3f786850e387550fdab836ed7e6dc881de23001b';
  const kinds = [{ kind: '提现', rows: 1, incoming: 0, outgoing: 5_000 }];
  const sums = { rows: 2, incoming: 6_810, outgoing: 5_041, fees: 41, withdrawals: 5_000 };
  const flow = JSON.stringify({ bill_hash, ...sums, kinds });
  await system.change(
    `INSERT INTO tb_reconciliation (day, state, bill_rows, bill_hash, fundflow)
      VALUES ('${day}', 'DIFFERENT', 3, '${bill_hash}', '${flow}')`,
  );
  const file = gzipSync('\ufeff交易时间').toString('hex');
  const piece = (number: number, bytes: string) =>
    `('${day}', 'fundflow', ${number}, '${bill_hash}', x'${bytes}')`;
  await system.change(
    `INSERT INTO tb_bill_file (day, kind, piece, bill_hash, bytes)
      VALUES ${piece(0, file)}, ${piece(-1, '00')}`,
  );
  await system.change(
    `INSERT INTO tb_reconciliation_finding (finding_id, day, kind, out_trade_no, out_refund_no,
      transaction_id, bill, ours, done, create_time)
      SELECT '7', '${day}', 'AMOUNT', out_trade_no, '', transaction_id,
      '${JSON.stringify(bill)}', '${JSON.stringify(ours)}', '', create_time
      FROM tb_paylog WHERE out_trade_no = '${out_trade_no}'`,
  );
  await system.change(
    `INSERT INTO tb_reconciliation_finding (finding_id, day, kind, out_trade_no, out_refund_no,
      transaction_id, done, done_time, ended, create_time)
      VALUES ('8', '${day}', 'CHANNEL_ONLY', '99', '', '42', 'an operator decides', '${day}',
      'beside the newer bill of ${day} it is not so any more: SHA1 ${bill_hash}', '${day}')`,
  );
  return bill_hash;
}

inBrowser('the views of the console', { stores: 'sqlite', env: quickMoney }, views);
