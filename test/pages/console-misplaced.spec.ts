import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ChromiumBrowser } from '../support/browser';
import { askToRefund, consoleVisit, paid } from '../support/console';
import { quickMoney } from '../support/every-way';
import { inBrowser } from '../support/in-browser';
import { isShown } from '../support/pay-page';
import type { System } from '../support/system';
import { moneyComes } from '../support/true-notice';

const second = '4200000009202611250000000009';

function misplaced(system: () => System, browser: () => ChromiumBrowser): void {
  it('money that came after the close is no payment, nor in the list of its payer', async () => {
    const shopper = await system().shopper();
    const { out_trade_no, total_fee } = await shopper.buy();
    await shopper.close(out_trade_no);
    await shopper.paymentIn('CLOSED', out_trade_no);
    await moneyComes(system(), { out_trade_no, total_fee });
    const { page, context, open } = await consoleVisit(browser(), system());
    await open(`payment.html?out_trade_no=${out_trade_no}`);
    const console = await page.innerText('#numbers');
    await page.goto(`${system().url()}/payments.html?out_trade_no=${out_trade_no}`);
    const list = await page.innerText('.payment');
    for (const text of [console, list]) {
      assert.match(text, /款项到达/);
      assert.doesNotMatch(text, /付款/);
    }
    await context.close();
  });

  it('the money of a code that was paid once more is told by its refund', async () => {
    const { out_trade_no } = await paid(system());
    await moneyComes(system(), { out_trade_no, total_fee: 6_810, transaction_id: second });
    const { page, context, open } = await consoleVisit(browser(), system());
    const path = `payment.html?out_trade_no=${out_trade_no}`;
    await open(path);
    await isShown(page, `同一个码又付了一次（微信订单号 ${second}，￥68.10）`);
    // WeChat's book has no such money, so that its refund is refused.
    await page.waitForSelector('#anomalies [data-kind="refund-refused"]');
    await isShown(page, '微信暂时拒绝：请看它的异常');
    await isShown(page, '这笔款项没有退款记录');
    const ends = { SUCCESS: '这笔钱已退回付款人', REFUNDCLOSE: '这笔钱没有自动退回' };
    for (const [status, sentence] of Object.entries(ends)) {
      await system().change(
        `UPDATE tb_refund SET status = '${status}' WHERE out_trade_no = '${out_trade_no}'`,
      );
      await open(path);
      await isShown(page, sentence);
    }
    await context.close();
  });

  it('a code that is paid once more while somebody refunds is told as what it is', async () => {
    const { out_trade_no } = await paid(system());
    const { page, context, open } = await consoleVisit(browser(), system());
    await open(`payment.html?out_trade_no=${out_trade_no}`);
    await page.waitForSelector('#found:not([hidden])');
    await page.fill('#refund_fee', '34.05');
    const transaction_id = '4200000009202611250000000011';
    await moneyComes(system(), { out_trade_no, total_fee: 6_810, transaction_id });
    await askToRefund(page, '34.05');
    await isShown(page, '这期间同一个码又付了一次，那笔 ￥68.10 有自己的退款');
    assert.equal(await page.getByText('已有人退款').count(), 0);
    assert.equal(await page.locator('dialog[open]').count(), 0);
    await isShown(page, `同一个码又付了一次（微信订单号 ${transaction_id}，￥68.10）`);
    await context.close();
  });
}

inBrowser('money that no payment took', { stores: 'sqlite', env: quickMoney }, misplaced);
