import { it } from 'node:test';
import type { ChromiumBrowser } from '../support/browser';
import { consoleVisit, paid } from '../support/console';
import { quickMoney } from '../support/every-way';
import { inBrowser } from '../support/in-browser';
import { isShown } from '../support/pay-page';
import type { System } from '../support/system';
import { moneyComes } from '../support/true-notice';

function sayings(system: () => System, browser: () => ChromiumBrowser): void {
  it('another amount that was told of what is paid ends when WeChat, asked, says no', async () => {
    const { out_trade_no, transaction_id } = await paid(system());
    await moneyComes(system(), { out_trade_no, transaction_id, total_fee: 1 });
    const { page, context, open } = await consoleVisit(browser(), system());
    await open(`payment.html?out_trade_no=${out_trade_no}`);
    await isShown(page, '向微信查询，微信确认后本条自动结束');
    await page.click('#ask');
    await page.click('#confirm-yes');
    await page.waitForSelector('#timeline [data-kind="anomaly.resolved"]');
    await page.waitForSelector('#anomalies .act', { state: 'detached' });
    await page.waitForSelector('#ask', { state: 'detached' });
    await context.close();
  });
}

inBrowser('what the console says', { stores: 'sqlite', env: quickMoney }, sayings);
