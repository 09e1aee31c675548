import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { it } from 'node:test';
import type { ChromiumBrowser } from '../support/browser';
import { askToRefund, consoleVisit, madeOf, paid, textsOf } from '../support/console';
import { quickMoney } from '../support/every-way';
import { inBrowser } from '../support/in-browser';
import { isShown } from '../support/pay-page';
import type { System } from '../support/system';

const sourcesOf = (place: string) =>
  readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((name) => `${place}/${name}`);

/** Why the pay service has no certain answer, as far as these are words of its own. */
const noAnswers = sourcesOf('apps/pay-service/src')
  .flatMap((path) => textsOf(path, /(?<!function )\bunknown/))
  .map(([, text]) => text)
  .filter((text) => !['request-key', 'answer-key'].includes(text));

const told = [
  ...['other money', 'never asked', 'a code is being asked for', 'SUCCESS, unreadable'],
  ...['NOTPAY', 'USERPAYING', 'PAYERROR', 'ACCEPT', 'REVOKED', 'ORDERNOTEXIST', 'REFUNDCLOSE'],
  ...['closed by us', 'unknown: no time left', 'close: after it: NOTPAY'],
  ...[
    'unknown: HTTP 502: not signed',
    'HTTP 401: wrong signature (of 7)',
    'HTTP 7: unreadable answer',
  ],
  'unknown: HTTP 401: our clock and its timestamp are apart (300 s',
  ...['the pay service does not answer', 'unknown: the pay service cannot be reached'],
  ...['HTTP 302: redirects are not followed', 'nothing listens there (ECONNREFUSED)'],
  ...['through the proxy 7:80: ECONNREFUSED', 'no webhook is configured'],
];
/** Names of WeChat's own fields, and what every operator knows by its letters. */
const names = /AppID|HTTP|KiB|TLS|SHA1|300 s|\b[a-z]+_[a-z_]+\b|\bappid\b/g;

function answers(system: () => System, browser: () => ChromiumBrowser): void {
  it('why there is no answer is told in Chinese too, wherever a service says it', async () => {
    const { page, context } = await consoleVisit(browser(), system());
    assert.ok(noAnswers.length >= 25, 'the words of the server were found');
    for (const [zh = '', en = ''] of await madeOf(page, 'answer-words#wordsOfAnswer', [
      ...noAnswers,
      ...told,
    ])) {
      assert.doesNotMatch(zh.replaceAll(names, ''), /[a-z]/, `${en}: ${zh}`);
    }
    const [closed = []] = await madeOf(page, 'answer-words#wordsOfAnswer', [told[12]]);
    assert.equal(closed[1], 'no certain answer: no time left');
    await context.close();
  });

  it('a timeline and an anomaly tell in Chinese what came instead of an answer', async () => {
    const { out_trade_no } = await paid(system());
    const of = `FROM tb_paylog WHERE out_trade_no = '${out_trade_no}'`;
    const detail = JSON.stringify({ told: 'close: after it: NOTPAY' });
    await system().change(
      `INSERT INTO tb_pay_event (event_id, out_trade_no, kind, actor, create_time, detail)
        SELECT '77', out_trade_no, 'query.answered', 'service', create_time, '${detail}' ${of}`,
    );
    await system().change(
      `INSERT INTO tb_anomaly (anomaly_id, out_trade_no, transaction_id, kind, total_fee, fee_type,
        state, note, err_code_des, create_time)
        SELECT '78', out_trade_no, '', 'lasting-unknown', 6810, 'CNY', 'OPEN', '',
        'unknown: the pay service does not answer', create_time ${of}`,
    );
    const { page, context, open } = await consoleVisit(browser(), system());
    await open(`payment.html?out_trade_no=${out_trade_no}`);
    await isShown(page, '关单的结果：关单之后微信答复：还没有付款');
    await isShown(page, '没有明确答复：支付服务没有应答');
    await context.close();
  });

  it('what is no amount is told to be none, and how it is to be written', async () => {
    const { out_trade_no } = await paid(system());
    const { page, context, open } = await consoleVisit(browser(), system(), { locale: 'en-GB' });
    await open(`payment.html?out_trade_no=${out_trade_no}`);
    const table: Record<string, RegExp> = {
      ' ': /Enter an amount/,
      ...Object.fromEntries(
        ['1e1', '1.005', '1,000', '１０', '1 0', '10.', '0', '-1'].map((text) => [
          text,
          /only digits and a point, no comma/,
        ]),
      ),
      '12345678.90': /At most/,
    };
    for (const [text, says] of Object.entries(table)) {
      await askToRefund(page, text);
      assert.match(await page.innerText('#refund'), says, text);
      assert.equal(await page.locator('dialog').count(), 0, text);
    }
    await context.close();
  });

  it('what a bill has of a refund went out, and is told by its name', async () => {
    const { out_trade_no } = await paid(system());
    const day = '2026-10-02';
    const bill = {
      ...{ type: 'refund', time: `${day}T10:00:00+08:00`, transaction_id: '42', out_trade_no },
      ...{ trade_type: 'NATIVE', refund_id: '5', out_refund_no: `${out_trade_no}-op-1`, fee: 500 },
      ...{ settlement_fee: 500, coupon_fee: 0, state: 'SUCCESS', service_fee: -3 },
      fee_type: 'CNY',
    };
    await system().change(
      `INSERT INTO tb_reconciliation (day, state, bill_rows) VALUES ('${day}', 'DIFFERENT', 1)`,
    );
    await system().change(
      `INSERT INTO tb_reconciliation_finding (finding_id, day, kind, out_trade_no, out_refund_no,
        transaction_id, bill, done, create_time)
        VALUES ('92', '${day}', 'TRANSACTION', '${out_trade_no}', '${bill.out_refund_no}', '42',
        '${JSON.stringify(bill)}', '', '${day}')`,
    );
    const { page, context, open } = await consoleVisit(browser(), system());
    await open(`reconciliation-day.html?day=${day}`);
    const row = await page.innerText('#rows [data-kind="TRANSACTION"]');
    assert.match(row, /类型\s+退款/);
    assert.match(row, /金额\s+-￥5\.00/);
    assert.match(row, /手续费\s+-￥0\.03/);
    await context.close();
  });

  it('anomalies of one number are told to be of one thing', async () => {
    const { page, context } = await consoleVisit(browser(), system());
    const payment = { trade_state: 'CLOSED', transaction_id: null, held: true };
    const seenWith = (...all: readonly [number: string, kind: string, state?: string][]) => ({
      ...{ payment, refunds: [], events: [] },
      anomalies: all.map(([transaction_id, kind, state = 'OPEN']) => ({
        ...{ transaction_id, kind, state, total_fee: 5 },
      })),
    });
    const of = '2 open anomalies are about the number';
    const table: readonly [seen: object, told: string[]][] = [
      [seenWith(['42', 'other-amount'], ['42', 'bill-amount'], ['5', 'bill-amount']), [`${of} 42`]],
      [seenWith(['42', 'other-amount', 'RESOLVED'], ['42', 'bill-amount']), []],
      [seenWith(['', 'unreadable-money'], ['', 'lasting-unknown']), []],
    ];
    for (const [seen, told] of table) {
      const [sentences = []] = await madeOf(page, 'explain#explain', [seen]);
      const found = sentences.map(([, en]) => en?.split(':')[0]).filter((en) => en?.startsWith(of));
      assert.deepEqual(found, told, JSON.stringify(seen));
    }
    await context.close();
  });

  it('how a refund that was made elsewhere is counted to several orders is told', async () => {
    const { page, context } = await consoleVisit(browser(), system());
    const payment = { out_trade_no: '7', transaction_id: '42', trade_state: 'REFUND' };
    const refund = { out_refund_no: '503', out_trade_no: '7', refund_fee: 5, status: 'SUCCESS' };
    const detail = { out_refund_no: '503' };
    const seen = {
      ...{ payment, refunds: [refund], anomalies: [], orders: [{}, {}] },
      events: [{ kind: 'refund.elsewhere', detail }],
    };
    const texts: readonly [seen: object, isTold: boolean][] = [
      [seen, true],
      [{ ...seen, orders: [{}] }, false],
      [{ ...seen, events: [{ kind: 'refund.accepted', detail }] }, false],
      [{ ...seen, payment: { ...payment, trade_state: 'CLOSED' } }, false],
    ];
    const more = { reason: '', create_time: '2026-11-28T02:00:00.000Z' };
    for (const [one, isTold] of texts) {
      const asked = JSON.stringify([{ ...refund, ...more }, one]);
      const text = await page.evaluate(`import('/console/js/payment-parts.js').then(
        ({ refundItem }) => refundItem(...${asked}).textContent)`);
      assert.equal(String(text).includes('按订单的顺序计入'), isTold, JSON.stringify(one));
    }
    await context.close();
  });
}

inBrowser('what came of a question', { stores: 'sqlite', env: quickMoney }, answers);
