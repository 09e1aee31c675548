import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ChromiumBrowser } from '../support/browser';
import { consoleVisit, paid } from '../support/console';
import { quickMoney } from '../support/every-way';
import { inBrowser } from '../support/in-browser';
import { isShown } from '../support/pay-page';
import type { System } from '../support/system';
import { moneyComes } from '../support/true-notice';

const english = { locale: 'en-GB' };

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
    for (const place of ['#anomalies', '#timeline']) {
      assert.match(
        await page.innerText(place),
        new RegExp(`备注：\\s*已由.* ${transaction_id} 付清`),
      );
    }
    await context.close();
  });

  it('an anomaly of a bill tells yuan, and calls the number of a refund by its name', async () => {
    const { out_trade_no } = await paid(system());
    const says = "'bill of 2026-11-28, bill: 1234 fen SUCCESS, here: 400 fen PROCESSING'";
    const notes = "'refund.accepted\nsomebody called'";
    await system().change(
      `INSERT INTO tb_anomaly (anomaly_id, out_trade_no, transaction_id, kind, total_fee, fee_type,
        state, note, err_code_des, create_time)
        SELECT '77', out_trade_no, '${out_trade_no}-op-1', 'bill-refund-local-only', 400, 'CNY',
        'RESOLVED', ${notes}, ${says}, create_time
        FROM tb_paylog WHERE out_trade_no = '${out_trade_no}'`,
    );
    const { page, context, open } = await consoleVisit(browser(), system(), english);
    await open(`payment.html?out_trade_no=${out_trade_no}`);
    const text = await page.innerText('#anomalies');
    assert.match(text, new RegExp(`Refund\\s+${out_trade_no}-op-1`));
    assert.match(text, /Bill of 2026-11-28, bill ￥12\.34 Paid back, here ￥4\.00 Being processed/);
    assert.match(text, /WeChat has accepted the refund\s+somebody called/);
    assert.doesNotMatch(text, /fen|WeChat’s number/);
    await context.close();
  });

  it('what is advised about a refund depends on what WeChat has said of it', async () => {
    const { out_trade_no } = await paid(system());
    // WeChat's book has no such money.
    const transaction_id = '4200000009202611250000000010';
    await moneyComes(system(), { out_trade_no, total_fee: 6_810, transaction_id });
    const { page, context, open } = await consoleVisit(browser(), system(), english);
    await open(`payment.html?out_trade_no=${out_trade_no}`);
    await isShown(page, 'WeChat does not know this payment');
    const advice = (kind: string, err_code: string | null): Promise<string> =>
      page.evaluate(`import('/console/js/advice.js').then(({ todoOf }) =>
        todoOf(${JSON.stringify({ kind, err_code })})[1])`);
    const refused: Record<string, RegExp> = {
      NOTENOUGH: /top it up. It continues by itself/,
      ORDERNOTEXIST: /pay the payer in another way.*stays reserved/,
      RESOURCE_NOT_EXISTS: /pay the payer in another way.*stays reserved/,
      TRADE_OVERDUE: /this one ends, and another anomaly/,
      CERT_ERROR: /certificate or permission/,
      constructor: /certificate or permission/,
    };
    for (const [code, says] of Object.entries(refused)) {
      assert.match(await advice('refund-refused', code), says);
    }
    assert.match(await advice('refund-closed', 'TRADE_OVERDUE'), /pay the payer in another way/);
    assert.match(await advice('refund-closed', 'INVALID_REQUEST'), /only what is left/);
    assert.match(await advice('refund-closed', null), /can be refunded again/);
    await context.close();
  });
}

inBrowser('what the console says', { stores: 'sqlite', env: quickMoney }, sayings);
