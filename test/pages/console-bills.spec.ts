import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ChromiumBrowser } from '../support/browser';
import { consoleVisit, paid } from '../support/console';
import { quickMoney } from '../support/every-way';
import { inBrowser } from '../support/in-browser';
import type { System } from '../support/system';

const english = { locale: 'en-GB' };
const bill_hash = '3f786850e387550fdab836ed7e6dc881de23001b';
const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
const totals = {
  ...{ rows: 3, order_fee: 6_810, refund_fee: 89_364, settlement_fee: 6_810 },
  ...{ settlement_refund_fee: 0, coupon_refund_fee: 0, service_fee: 48 },
};
const fundflow = {
  ...{ bill_hash, rows: 1, incoming: 6_810, outgoing: 54, fees: 54, withdrawals: 0 },
  kinds: [{ kind: '交易', rows: 1, incoming: 6_810, outgoing: 54 }],
};

/** A day as the server has it; nothing is left to do about it. */
const aDay = (system: System, day: string, { state = 'DIFFERENT', isCompared = true, why = '' }) =>
  system.change(
    `INSERT INTO tb_reconciliation (day, state, bill_rows, bill_hash, totals, fundflow, reason)
      VALUES ('${day}', '${state}', ${
        isCompared
          ? `3, '${bill_hash}', '${JSON.stringify(totals)}', '${JSON.stringify(fundflow)}'`
          : '0, NULL, NULL, NULL'
      }, ${why ? `'${why}'` : 'NULL'})`,
  );

function bills(system: () => System, browser: () => ChromiumBrowser): void {
  it('each sum of a day says of which of its two bills it is', async () => {
    const day = ago(40);
    await aDay(system(), day, {});
    const { page, context, open } = await consoleVisit(browser(), system(), english);
    await open('reconciliation.html');
    await page.waitForSelector(`#day-${day}`);
    assert.match(await page.innerText('#rows'), /Fees by the fund flow ￥0\.54/);
    await open(`reconciliation-day.html?day=${day}`);
    await page.waitForSelector('#badges .badge');
    const facts = await page.innerText('#facts');
    assert.match(facts, /Refunds asked for in all\s+￥893\.64/);
    assert.match(facts, /Fees by the trade bill\s+￥0\.48/);
    const flow = await page.innerText('#flow');
    assert.match(flow, /Fees by the fund flow\s+￥0\.54/);
    assert.match(flow, /fees that came back with a refund are inside its refunds/);
    await context.close();
  });

  it('an anomaly about a row of a refund is told in the words of a refund', async () => {
    const { out_trade_no } = await paid(system());
    const number = `99${out_trade_no.slice(2)}-4200000000202611280000000001`;
    const says = 'bill of 2026-11-28, bill: 2304 fen SUCCESS, here: 2304 fen FAIL';
    await system().change(
      `INSERT INTO tb_anomaly (anomaly_id, out_trade_no, transaction_id, kind, total_fee, fee_type,
        state, note, err_code_des, create_time)
        SELECT '79', out_trade_no, '${number}', 'bill-transaction', 2304, 'CNY', 'OPEN', '',
        '${says}', create_time FROM tb_paylog WHERE out_trade_no = '${out_trade_no}'`,
    );
    const { page, context, open } = await consoleVisit(browser(), system());
    await open(`payment.html?out_trade_no=${out_trade_no}`);
    const text = await page.innerText('#anomalies');
    assert.match(text, new RegExp(`商户退款单号\\s+${number}`));
    assert.match(text, /账单 ￥23\.04 已到账，这里 ￥23\.04 退款失败/);
    assert.doesNotMatch(text, /微信订单号\s+\d|已支付/);
    await context.close();
  });

  it('what a bill has found tells what not to do with the money', async () => {
    const { page, context } = await consoleVisit(browser(), system());
    const advice: Record<string, RegExp> = {
      'bill-state': /不要发货，也不要退款.*\n.*Neither ship nor refund/,
      'bill-channel-only': /款项属于它，不要退.*\n.*do not refund it/,
      'bill-local-only': /不要发货，也不要退款.*\n.*Neither ship nor refund/,
      'bill-amount': /不要退.*不要发货.*\n.*refund nothing.* do not ship/,
      'bill-transaction': /才在那里退款.*\n.*refund there only/,
      'bill-refund-failed': /没有退，才.*\n.*only if not/,
      'bill-refund-channel-only': /不要再退.*\n.*do not refund the same money/,
      'bill-refund-local-only': /不要再退.*\n.*refund nothing more/,
      'bill-refund-amount': /不要再退.*\n.*refund nothing more/,
    };
    for (const [kind, says] of Object.entries(advice)) {
      const todo = page.evaluate(`import('/console/js/anomaly-names.js').then(
        ({ anomalyKinds }) => anomalyKinds['${kind}'].todo.join('\\n'))`);
      assert.match(String(await todo), says, kind);
    }
    await context.close();
  });
}

inBrowser('what the console says of bills', { stores: 'sqlite', env: quickMoney }, bills);
