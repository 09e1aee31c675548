import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { BrowserContextOptions } from 'playwright-core';
import type { ChromiumBrowser } from '../support/browser';
import { assertGoodView, consoleVisit, narrow, paid } from '../support/console';
import { quickMoney } from '../support/every-way';
import { inBrowser } from '../support/in-browser';
import { isShown } from '../support/pay-page';
import type { System } from '../support/system';
import { until } from '../support/until';

const looks: readonly BrowserContextOptions[] = [
  {},
  { ...narrow, locale: 'en-GB', colorScheme: 'dark' },
];

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
      await page.click('summary');
      assert.equal(await page.locator('#hours tbody tr').count(), 24);
      await assertGoodView(page, 'a day');
      assert.deepEqual(
        troubles.filter((line) => !line.includes('401')),
        [],
      );
      await context.close();
    }
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

inBrowser('the views of the console', { stores: 'sqlite', env: quickMoney }, views);
