import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ChromiumBrowser } from '../support/browser';
import { consoleVisit, madeOf, paid, textsOf } from '../support/console';
import { quickMoney } from '../support/every-way';
import { inBrowser } from '../support/in-browser';
import { isShown } from '../support/pay-page';
import type { System } from '../support/system';

const english = { locale: 'en-GB' };
const bill_hash = '3f786850e387550fdab836ed7e6dc881de23001b';
const second = (ms: number) => new Date(ms).toISOString().replace('T', ' ').slice(0, 19);
const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
const totals = {
  ...{ rows: 3, order_fee: 6_810, refund_fee: 89_364, settlement_fee: 6_810 },
  ...{ settlement_refund_fee: 0, coupon_refund_fee: 0, service_fee: 48 },
};
const fundflow = {
  ...{ bill_hash, rows: 1, incoming: 6_810, outgoing: 54, fees: 54, withdrawals: 0 },
  kinds: [{ kind: '交易', rows: 1, incoming: 6_810, outgoing: 54 }],
};

const healing = 'apps/order-service/src/reconcile/healing.ts';
const carried = { says: 'WeChat says now: SUCCESS', 'answer.err_code': 'ORDERNOTEXIST' };
const billSources = ['asked', 'bill-file', 'lines', 'sheet', 'trade-bill', 'trade-row'];

/** A day as the server has it; nothing is left to do about it. */
const aDay = (system: System, day: string, { state = 'DIFFERENT', isCompared = true, why = '' }) =>
  system.change(
    `INSERT INTO tb_reconciliation
      (day, state, bill_rows, bill_hash, totals, fundflow, compared_time, reason)
      VALUES ('${day}', '${state}', ${
        isCompared
          ? `3, '${bill_hash}', '${JSON.stringify(totals)}', '${JSON.stringify(fundflow)}',
            '${day}'`
          : '0, NULL, NULL, NULL, NULL'
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
    assert.match(text, /^-￥23\.04$/m, 'it is no income');
    assert.doesNotMatch(text, /微信订单号\s+\d|已支付/);
    await context.close();
  });

  it('what a bill has found tells what not to do with the money', async () => {
    const { page, context } = await consoleVisit(browser(), system());
    const advice: Record<string, RegExp> = {
      'bill-state': /不要发货，也不要退款.*\n.*Neither ship nor refund/,
      'bill-channel-only': /款项属于它，不要退.*只处理一次.*\n.*do not refund it.*dealt with once/,
      'unknown-number': /款项属于它，不要退.*只处理一次.*\n.*do not refund it.*dealt with once/,
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

  it('what differs is marked as the order service judges it', async () => {
    const { page, context } = await consoleVisit(browser(), system());
    const row = { type: 'payment', time: '1', transaction_id: '42', refund_id: '5', fee: 7 };
    const bill = { ...row, out_trade_no: '7', state: 'SUCCESS', fee_type: 'CNY' };
    const table: readonly [name: string, bill: object, ours: object, isMarked: boolean][] = [
      ['state', {}, { state: 'REFUND' }, false],
      ['state', {}, { state: 'NOTPAY' }, true],
      ['state', { state: 'FAIL' }, { state: 'REFUNDCLOSE' }, false],
      ['state', { state: 'FAIL' }, { state: 'CHANGE' }, false],
      ['state', { state: 'CHANGE' }, { state: 'REFUNDCLOSE' }, false],
      ['state', { state: 'CHANGE' }, { state: 'PROCESSING' }, true],
      ['state', { state: 'PROCESSING' }, { state: 'PROCESSING' }, false],
      ['state', { state: 'PROCESSING' }, {}, true],
      ['state', {}, { state: 'CHANGE' }, true],
      ['fee', {}, {}, false],
      ['fee', {}, { fee: 8 }, true],
      ['fee', { fee_type: 'USD' }, {}, true],
      ['transaction_id', {}, { transaction_id: '43' }, true],
      ['transaction_id', {}, { transaction_id: null }, false],
      ['refund_id', {}, { refund_id: '6' }, true],
      ['time', {}, { time: '2' }, false],
    ];
    for (const [name, there, here, isMarked] of table) {
      const rows = [
        { ...bill, ...there },
        { ...bill, ...here },
      ];
      const marked = await page.evaluate(`import('/console/js/reconciliation-marks.js').then(
        ({ isDifferent }) => isDifferent('${name}', ...${JSON.stringify(rows)}))`);
      assert.equal(marked, isMarked, JSON.stringify([name, there, here]));
    }
    await context.close();
  });

  it('nothing that waits for somebody is told as if it was dealt with', async () => {
    const { page, context } = await consoleVisit(browser(), system());
    const made = textsOf(healing, /\b(?:over|told|again)/, carried);
    assert.ok(made.length >= 11, 'the words of the server were found');
    const says = (told: string) => `WeChat says now: ${told}`;
    const told = ['NOTPAY', 'ORDERNOTEXIST', 'SYSTEM', 'SUCCESS, unreadable', 'other money'];
    const all = [
      ...made,
      ...[...told, 'never asked'].map((one) => ['told', says(one)] as const),
      ...['unknown: 7', 'a code is being asked for'].map((one) => ['again', says(one)] as const),
      ['again', says('unknown: the payment belongs to another appid or mch_id')] as const,
    ];
    const findings = all.map(([, done]) => ({ kind: 'STATE', done, ended: null }));
    const sentences = await madeOf(page, 'reconciliation-outcomes#sentenceOf', findings);
    const heads: Record<string, RegExp> = {
      over: /^(已自动处理|自动跟进)：.*\n(Put right|Followed) by itself: /,
      told: /^需人工处理；是否已处理，见它的异常：.*\nFor an operator; whether it was dealt with/,
      again: /^对账时没有查清.*\nNot clear when this was compared/,
    };
    // They are never written anew: what is said of now or of later is not so some day.
    const isOfNow = /会|现在的答复|until|says now|it is on its way|goes back/i;
    for (const [index, [by, done]] of all.entries()) {
      const is = done.endsWith('refund-after-close tells of it') ? 'told' : by;
      assert.match(sentences[index]?.join('\n') ?? '', heads[is] ?? /^$/, done);
      assert.doesNotMatch(sentences[index]?.join('\n') ?? '', isOfNow, done);
      const chinese = sentences[index]?.[0]?.replace('AppID', '') ?? '';
      assert.match(chinese, /^[^a-z]+$/, 'no English is left in the Chinese');
    }
    const refund = { kind: 'REFUND_FAILED', done: says('REFUNDCLOSE'), ended: null };
    const [asked] = await madeOf(page, 'reconciliation-outcomes#sentenceOf', [refund]);
    assert.match(asked?.join('\n') ?? '', /^已向微信查询.*退款关闭.*\nWeChat was asked/);
    const over = findings.map((finding) => ({ ...finding, ended: 'both sides agree by now' }));
    const left = (await madeOf(page, 'reconciliation-outcomes#sentenceOf', over)).filter(Boolean);
    assert.deepEqual(
      left.filter(([zh]) => !/^(已自动处理|自动跟进)/.test(zh ?? '')),
      [],
    );
    await context.close();
  });

  it('why a file was not believed is told in Chinese too, and heads what it is about', async () => {
    const { page, context } = await consoleVisit(browser(), system());
    const paths = billSources.map((name) => `apps/pay-service/src/bill/${name}.ts`);
    const texts = [...paths, 'apps/pay-service/src/bills.ts']
      .flatMap((path) => textsOf(path, /new BillError/))
      .map(([, text]) => text);
    assert.ok(texts.length >= 18, 'the words of the server were found');
    for (const [zh, en] of await madeOf(page, 'bill-reasons#wordsOfBillReason', texts)) {
      assert.match(zh ?? '', /^.*\p{Script=Han}/u, en);
      assert.doesNotMatch(zh ?? '', /[a-z]/, en);
    }
    const titles: Record<string, RegExp> = {
      'it cannot be unzipped: unexpected end of file': /^账单文件不完整$/,
      'it ends without its sums: it was cut': /^账单文件不完整$/,
      'it has 2 rows, and its last line says another number': /^账单与它的汇总不符$/,
      'a row is of 2026-11-27, and not of 2026-11-28': /^不是这一天/,
      'FREQUENCY_LIMITED: later': /^账单文件不完整或不可信$/,
    };
    const headed = await madeOf(page, 'bill-reasons#titleOfRefusal', Object.keys(titles));
    for (const [index, title] of Object.values(titles).entries()) {
      assert.match(headed[index]?.[0] ?? '', title);
    }
    await context.close();
  });

  it('beside a file that was cut, what is of the former, whole one says so', async () => {
    const day = ago(41);
    const why = 'it cannot be unzipped: unexpected end of file';
    await aDay(system(), day, { state: 'REFUSED', why });
    await system().change(
      `INSERT INTO tb_reconciliation_finding (finding_id, day, kind, out_trade_no, out_refund_no,
        transaction_id, done, done_time, create_time)
        VALUES ('91', '${day}', 'TOTALS', '', '', '', 'an operator decides', '${day}', '${day}')`,
    );
    const { page, context, open } = await consoleVisit(browser(), system());
    await open('reconciliation.html');
    await isShown(page, '上一份账单 3 笔；最新的文件没有比对');
    await open(`reconciliation-day.html?day=${day}`);
    await isShown(page, '微信最新的文件没有比对：账单文件不完整。');
    await isShown(page, '属于上一份完整比对过的账单');
    const facts = await page.innerText('#facts');
    assert.match(facts, /上一份账单的笔数\s+3/);
    assert.match(facts, /上一份文件的 SHA1/);
    assert.match(facts, /最近的答复\s+压缩文件被截断/);
    assert.match(await page.innerText('#file'), /上一份交易账单/);
    const finding = await page.innerText('#rows [data-kind="TOTALS"]');
    assert.match(finding, /^账单文件不完整\s+需人工处理；是否已处理，见它的异常：没有自动处理$/);

    // That one was being compared when the newest came, and is kept nowhere.
    await system().change(
      `UPDATE tb_reconciliation SET compared_time = NULL, fundflow = NULL WHERE day = '${day}'`,
    );
    await open('reconciliation.html');
    await isShown(page, '上一份账单 3 笔，只比对了一部分；最新的文件没有比对');
    await open(`reconciliation-day.html?day=${day}`);
    await isShown(page, '上一份文件只比对了一部分，没有对完');
    assert.equal(await page.innerText('#file'), '');
    await context.close();
  });

  it('a day whose bill WeChat has no more is promised nothing', async () => {
    const day = ago(93);
    const wanted = second(Date.now() - 86_400_000);
    await system().change(
      `INSERT INTO tb_reconciliation (day, state, bill_rows, wanted_time, reason)
        VALUES ('${day}', 'WAITING', 0, '${wanted}', 'HTTP 502')`,
    );
    const { page, context, open } = await consoleVisit(browser(), system());
    await open('reconciliation.html');
    await page.waitForSelector(`#day-${day}`);
    const row = page.locator('#rows li', { hasText: day });
    assert.match(await row.innerText(), /没有对完$/);
    await open(`reconciliation-day.html?day=${day}`);
    await isShown(page, '没有对完，微信已不再提供这一天的账单。');
    assert.equal(await page.innerText('#badges'), '没有对完');
    assert.equal(await page.isVisible('#under-way'), false);
    assert.match(await page.innerText('#no-flow'), /文件不完整、被微信拒绝/);
    // As long as it is tried again, that and why is said.
    await system().change(
      `UPDATE tb_reconciliation SET next_try_time = '${second(Date.now() + 86_400_000)}'
        WHERE day = '${day}'`,
    );
    await open(`reconciliation-day.html?day=${day}`);
    await isShown(page, '没有完整下载，或被微信拒绝，会再试');
    await context.close();
  });

  it('of a day of which nothing was compared no number of rows is told', async () => {
    const day = ago(42);
    const why = 'it ends without its sums: it was cut';
    await aDay(system(), day, { state: 'REFUSED', isCompared: false, why });
    const { page, context, open } = await consoleVisit(browser(), system(), english);
    await open('reconciliation.html');
    await page.waitForSelector(`#day-${day}`);
    const row = page.locator('#rows li', { hasText: day });
    assert.match(await row.innerText(), /Rows in the bill: —/);
    await open(`reconciliation-day.html?day=${day}`);
    await isShown(page, 'The file of the bill is not whole: nothing was compared.');
    assert.match(await page.innerText('#facts'), /Rows of the bill\s+—/);
    await context.close();
  });
}

inBrowser('what the console says of bills', { stores: 'sqlite', env: quickMoney }, bills);
