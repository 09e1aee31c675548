import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import type { ChromiumBrowser } from '../support/browser';
import { consoleVisit, madeOf, paid } from '../support/console';
import { quickMoney } from '../support/every-way';
import { inBrowser } from '../support/in-browser';
import { isShown } from '../support/pay-page';
import type { System } from '../support/system';
import { moneyComes } from '../support/true-notice';

const english = { locale: 'en-GB' };

/** What is to be done about an anomaly, in English. */
const advised = (page: Page, anomaly: object, seen: object | null = null): Promise<string> =>
  page.evaluate(`import('/console/js/advice.js').then(({ todoOf }) =>
    todoOf(${JSON.stringify(anomaly)}, ${JSON.stringify(seen)})
      .map(([, english]) => english).join('\\n'))`);

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
    assert.match(text, /Day of the bill\s+2026-11-28/);
    assert.match(text, /Bill ￥12\.34 Paid back, Here ￥4\.00 Being processed/);
    const link = page.locator('#anomalies').getByRole('link', { name: '2026-11-28' });
    assert.match(
      (await link.getAttribute('href')) ?? '',
      /reconciliation-day\.html\?day=2026-11-28$/,
    );
    assert.match(text, /WeChat has accepted the refund\s+somebody called/);
    assert.doesNotMatch(text, /fen|WeChat’s number/);
    await context.close();
  });

  it('a bill beside a payment of which a part went back does not call it refunded', async () => {
    const { page, context } = await consoleVisit(browser(), system(), english);
    const err_code_des = 'bill of 2026-11-28, bill: 5990 fen SUCCESS, here: 5990 fen REFUND';
    const anomaly = { kind: 'bill-amount', transaction_id: '42', fee_type: 'CNY', err_code_des };
    const said = await madeOf(page, 'bill-words#wordsOfReason', [anomaly]);
    assert.deepEqual(said, [
      [
        '账单 ￥59.90 已支付，这里 ￥59.90 已付款，退过款',
        'Bill ￥59.90 Paid, Here ￥59.90 paid, and money went back',
      ],
    ]);
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
    const about = { out_trade_no: '7', transaction_id: '7-op-1', total_fee: 500 };
    const payment = { trade_state: 'SUCCESS', total_fee: 6_810, refund_fee: 0 };
    const seen = { payment, refunds: [], anomalies: [] };
    const advice = (kind: string, err_code: string | null, change = {}): Promise<string> =>
      advised(page, { ...about, kind, err_code, ...change }, seen);
    const refused: Record<string, RegExp> = {
      NOTENOUGH: /top it up. It continues by itself/,
      ORDERNOTEXIST: /pay the payer in another way[\s\S]*stays reserved/,
      RESOURCE_NOT_EXISTS: /pay the payer in another way[\s\S]*stays reserved/,
      TRADE_OVERDUE: /this one ends, and another anomaly/,
      CERT_ERROR: /certificate or permission/,
      constructor: /certificate or permission/,
    };
    for (const [code, says] of Object.entries(refused)) {
      assert.match(await advice('refund-refused', code), says);
    }
    assert.match(await advice('refund-closed', 'TRADE_OVERDUE'), /pay the payer in another way/);
    assert.match(await advice('refund-closed', 'INVALID_REQUEST'), /only what is left/);
    assert.match(await advice('refund-closed', null), /refunded again; look first at the refunds/);
    const untold = { transaction_id: '' };
    assert.match(await advice('refund-elsewhere', null, untold), /before you refund or ship/);
    assert.doesNotMatch(await page.innerText('#anomalies'), /reserved/, 'it goes back by itself');
    await context.close();
  });

  it('what is advised depends on what the page knows of the payment', async () => {
    const { page, context } = await consoleVisit(browser(), system(), english);
    const elsewhere = { kind: 'refund-elsewhere', transaction_id: '50300', state: 'OPEN' };
    const other = { kind: 'other-amount', transaction_id: '42', state: 'OPEN' };
    const refused = { kind: 'code-refused', transaction_id: '', state: 'OPEN' };
    const about = { out_trade_no: '7', total_fee: 500, fee_type: 'CNY' };
    const all = [elsewhere, other, refused].map((one) => ({ ...one, ...about }));
    const open = { payment: { trade_state: 'NOTPAY' }, refunds: [], anomalies: [] };
    const closed = { ...open, payment: { trade_state: 'CLOSED' }, anomalies: all };
    const known = { ...open, refunds: [{ out_refund_no: '50300' }] };
    const ofBill = (kind: string) => ({ ...open, anomalies: [elsewhere, { ...other, kind }] });
    const neverCounted = /never will be if it is of the money that the payment did not take/;
    const table: readonly [anomaly: object | undefined, seen: object, says: RegExp][] = [
      [all[0], open, /^It is not counted .* as soon as other refunds leave room/],
      [all[0], closed, neverCounted],
      [all[0], ofBill('bill-transaction'), neverCounted],
      [all[0], ofBill('bill-amount'), neverCounted],
      [all[0], known, /^It is among the refunds of this payment/],
      [
        all[1],
        closed,
        /^A refund of ￥5\.00 elsewhere was heard of \(50300\)[\s\S]*If that was its/,
      ],
      [all[1], open, /^Look first/],
      [all[2], closed, /closed, and WeChat is asked for it no more/],
      [all[2], open, /WeChat is asked again when the shopper comes back/],
    ];
    for (const [anomaly, seen, says] of table) {
      assert.match(await advised(page, anomaly ?? {}, seen), says);
    }
    await context.close();
  });

  it('why an anomaly of a bill has ended is told in Chinese too', async () => {
    const { page, context } = await consoleVisit(browser(), system(), english);
    const notes = [
      'both sides agree by now',
      'settled by a query',
      'the money came after the close, and goes back by itself',
      'WeChat confirms it when it is asked',
      'written down as a refund that was made elsewhere',
      'WeChat was asked what became of it, and is asked until it has ended',
      'WeChat says now: REFUNDCLOSE',
      'WeChat says now: SUCCESS; refund-after-close tells of it',
      'the bill of 2026-11-28 has it: SHA1 ab',
      'beside the newer bill of 2026-11-28 it is not so any more: SHA1 ab',
      'a whole file has come: SHA1 ab',
      'WeChat says that nothing happened on that day',
      'WeChat has it no more',
    ];
    const told: string[] = await page.evaluate(
      `import('/console/js/event-names.js').then(({ wordsOfNote }) =>
        ${JSON.stringify(notes)}.map((note) => wordsOfNote(note)[0]))`,
    );
    assert.equal(told.length, notes.length);
    for (const words of told) {
      assert.match(words, /\p{Script=Han}/u);
      assert.doesNotMatch(words, /会/, 'it stays as it is written');
    }
    await context.close();
  });

  it('an anomaly that is open again says so beside the time of before', async () => {
    const { page, context } = await consoleVisit(browser(), system(), english);
    const anomaly = {
      ...{ anomaly_id: '1', kind: 'refund-refused', out_trade_no: '7', transaction_id: '7-op-1' },
      ...{ total_fee: 500, fee_type: 'CNY', create_time: '2026-11-28T02:00:00.000Z' },
    };
    const table: readonly [state: string, note: string, isAgain: boolean][] = [
      ['OPEN', '', false],
      ['OPEN', 'topped up', true],
      ['RESOLVED', 'topped up', false],
    ];
    for (const [state, note, isAgain] of table) {
      const of = JSON.stringify({ ...anomaly, state, note });
      const text = await page.evaluate(`import('/console/js/anomaly-row.js').then(
        ({ anomalyRow }) => anomalyRow(${of}).textContent)`);
      assert.equal(/10:00:00 \(opened again since\)/.test(String(text)), isAgain, of);
    }
    await context.close();
  });

  it('another currency is told in its main unit, and that of a bill in hundredths', async () => {
    const { page, context } = await consoleVisit(browser(), system(), english);
    const { out_trade_no } = await paid(system());
    const shown = (kind: string, fee_type: string) =>
      page.evaluate(`import('/console/js/parts.js').then(({ amountOf }) =>
        amountOf(${JSON.stringify({ kind, total_fee: 500, fee_type, transaction_id: '42' })}))`);
    const currency = 'other-currency';
    assert.equal(await shown(currency, 'CNY'), '￥5.00');
    assert.equal(await shown(currency, 'USD'), 'USD 5.00');
    assert.equal(await shown(currency, 'JPY'), 'JPY 500');
    assert.equal(await shown(currency, 'KWD'), 'KWD 0.500');
    assert.equal(await shown(currency, '?'), '? 5.00');
    assert.equal(await shown('bill-amount', 'JPY'), 'JPY 5.00');
    await moneyComes(system(), { out_trade_no, total_fee: 500, fee_type: 'USD' });
    await page.goto(`${system().url()}/console/payment.html?out_trade_no=${out_trade_no}`);
    await page.waitForSelector('#anomalies [data-kind="other-currency"]');
    for (const place of ['#anomalies', '#timeline']) {
      assert.match(await page.innerText(place), /USD 5\.00/);
    }
    await context.close();
  });
}

inBrowser('what the console says', { stores: 'sqlite', env: quickMoney }, sayings);
