import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import type { ChromiumBrowser } from '../support/browser';
import { consoleVisit } from '../support/console';
import { quickMoney } from '../support/every-way';
import { inBrowser } from '../support/in-browser';
import type { System } from '../support/system';

const payment = {
  ...{ out_trade_no: '7', transaction_id: '42', trade_state: 'REFUND', total_fee: 5_000 },
  ...{ refund_fee: 0, pay_time: '2026-11-26T02:00:00.000Z', merchant_order_no: null, held: false },
};
const late = { ...payment, trade_state: 'CLOSED', total_fee: 3_000, held: true };
const refund = (number: string, status: string, refund_fee: number) => ({
  ...{ out_trade_no: '7', out_refund_no: `7-${number}`, status, refund_fee },
  create_time: `2026-11-28T02:0${number.at(-1)}:00.000Z`,
  fail_time: ['REFUNDCLOSE', 'CHANGE'].includes(status)
    ? `2026-11-28T02:0${number.at(-1)}:30.000Z`
    : null,
});
const told = (number: string, total_fee: number, change: object = {}) => ({
  ...{ kind: 'refund-closed', out_trade_no: '7', transaction_id: `7-${number}`, err_code: null },
  ...{ total_fee, fee_type: 'CNY', state: 'OPEN', create_time: '2026-11-28T02:01:30.000Z' },
  ...change,
});

interface Case {
  readonly of: object;
  readonly refunds: readonly object[];
  readonly anomaly: object;
  readonly says: RegExp;
  readonly not?: RegExp;
}

const less = { err_code: 'INVALID_REQUEST' };
const again = /can be refunded again/;
const operators = /What an operator|can be refunded again/;

/** What the first anomaly advises. */
const advised: readonly Case[] = [
  {
    of: { ...payment, refund_fee: 5_000 },
    refunds: [
      refund('op-3', 'SUCCESS', 2_000),
      refund('op-2', 'SUCCESS', 3_000),
      refund('op-1', 'REFUNDCLOSE', 5_000),
    ],
    anomaly: told('op-1', 5_000),
    ...{ says: /\nAll of the payment has gone back.*: refund nothing more, and only/, not: again },
  },
  {
    of: { ...payment, refund_fee: 2_500 },
    refunds: [refund('op-2', 'SUCCESS', 2_500), refund('op-1', 'REFUNDCLOSE', 3_000)],
    anomaly: told('op-1', 3_000),
    says: /\nOf the payment only ￥25\.00 has neither gone back nor is under way: no more/,
    not: /￥30\.00 of this one is still due/,
  },
  {
    of: { ...payment, refund_fee: 2_000 },
    refunds: [refund('op-2', 'SUCCESS', 2_000), refund('op-1', 'REFUNDCLOSE', 5_000)],
    anomaly: told('op-1', 5_000),
    says: /only ￥30\.00 has .*\nIf that one was .* at most ￥30\.00 of the ￥50\.00 can still be/,
  },
  {
    of: { ...payment, refund_fee: 3_000 },
    refunds: [
      ...[refund('op-3', 'SUCCESS', 1_000), refund('op-2', 'SUCCESS', 2_000)],
      refund('op-1', 'REFUNDCLOSE', 5_000),
    ],
    anomaly: told('op-1', 5_000),
    says: /\nWhat was for something else .*: at most ￥20\.00 of the ￥50\.00 can still be due/,
  },
  {
    of: { ...payment, refund_fee: 3_000 },
    refunds: [
      ...[refund('op-3', 'SUCCESS', 1_000), refund('op-2', 'REFUNDCLOSE', 3_000)],
      refund('op-1', 'SUCCESS', 2_000),
    ],
    anomaly: told('op-2', 3_000),
    says: /￥20\.00 of it is still missing .* only that may be given back/,
  },
  {
    // What is under way for another order is not left, either.
    of: { ...payment, refund_fee: 1_000 },
    refunds: [
      { ...refund('op-3', 'PROCESSING', 3_000), order_id: '2' },
      { ...refund('op-2', 'SUCCESS', 1_000), order_id: '1' },
      { ...refund('op-1', 'REFUNDCLOSE', 4_000), order_id: '1' },
    ],
    anomaly: told('op-1', 4_000),
    says: /￥30\.00 of it is still missing .* and at most ￥10\.00 may be.*\nOf the .* ￥10\.00/,
  },
  ...[undefined, '2'].map((order_id) => ({
    of: { ...payment, refund_fee: 2_000 },
    refunds: [
      { ...refund('op-3', 'PROCESSING', 3_000), order_id },
      refund('op-2', 'SUCCESS', 2_000),
      { ...refund('op-1', 'CHANGE', 4_000), order_id: '1' },
    ],
    anomaly: told('op-1', 4_000, { kind: 'refund-changed' }),
    ...{
      says: /gone back or is under way, and nothing more/,
      not: /(what is|still) due|missing|Pay it out/,
    },
  })),
  {
    // The bill says that what is counted here has failed.
    of: { ...payment, refund_fee: 5_000 },
    refunds: [refund('op-1', 'SUCCESS', 5_000)],
    anomaly: told('op-1', 5_000, { kind: 'bill-refund-failed' }),
    ...{ says: /^Look into the merchant console whether/, not: /refund nothing more/ },
  },
  {
    of: payment,
    refunds: [refund('op-2', 'CHANGE', 5_000), refund('op-1', 'REFUNDCLOSE', 1_000)],
    anomaly: told('op-1', 1_000),
    ...{
      says: /^It cannot be refunded again now: .* reserved by other refunds\.$/,
      not: operators,
    },
  },
  {
    of: payment,
    refunds: [refund('op-1', 'REFUNDCLOSE', 5_000)],
    anomaly: told('op-1', 5_000),
    ...{ says: /^What an operator refunded can be refunded again[^\n]*$/, not: /late or twice/ },
  },
  ...[late, payment].map((of) => {
    const number = of === late ? '42' : '43';
    const refunds = [refund(number, 'REFUNDCLOSE', 3_000)];
    return {
      ...{ of, refunds, anomaly: told(number, 3_000) },
      ...{ says: /^This is money that came late or twice, .*merchant console\.$/, not: operators },
    };
  }),
  {
    of: { ...late, refund_fee: 1_200 },
    refunds: [refund('42', 'REFUNDCLOSE', 3_000)],
    anomaly: told('42', 1_800),
    says: /^￥18\.00 is what is left of it: it was ￥30\.00\.\nThis is money that came late/,
  },
  {
    of: payment,
    refunds: [refund('op-1', 'REFUNDCLOSE', 3_000)],
    anomaly: told('op-1', 3_000, less),
    ...{ says: /refund only what is left\.$/, not: /late or twice/ },
  },
  {
    of: late,
    refunds: [refund('42', 'REFUNDCLOSE', 3_000)],
    anomaly: told('42', 3_000, less),
    says: /^Most likely.* refund what is left there, too\.$/,
  },
];

/** How the payment stands. */
const stands: readonly Case[] = [
  ...[late, payment].map((of) => {
    const number = of === late ? '42' : '43';
    return {
      ...{ of, refunds: [refund(number, 'REFUNDCLOSE', 3_000)] },
      anomaly: told(number, 3_000, { state: 'RESOLVED' }),
      says: /did not go back by itself, and somebody has dealt with it: the notes of its anomaly/,
      not: /by itself: see its anomaly/,
    };
  }),
  ...[1_000, 0].map((refund_fee) => ({
    of: { ...late, refund_fee },
    refunds: [refund('42', 'REFUNDCLOSE', 3_000)],
    anomaly: told('42', 3_000 - refund_fee, { note: 'paid out in cash' }),
    says:
      refund_fee > 0
        ? /dealt with before: see the earlier notes of its anomaly\.\n￥10\.00 of it has gone back/
        : /dealt with before: see the earlier notes of its anomaly\.$/,
    not: /by itself: see its anomaly/,
  })),
  {
    of: { ...late, refund_fee: 1_000 },
    refunds: [refund('42', 'REFUNDCLOSE', 3_000)],
    anomaly: told('42', 2_000, { note: '' }),
    ...{ says: /by itself: see its anomaly\.\n￥10\.00 of it has gone back\.$/, not: /before/ },
  },
  {
    of: payment,
    refunds: [refund('op-1', 'CHANGE', 3_000)],
    anomaly: told('op-1', 3_000, { kind: 'refund-changed', note: 'paid out in cash' }),
    ...{ says: /see its anomaly before anything is paid out/, not: /pay it out by hand/ },
  },
  {
    of: { ...payment, refund_fee: 2_000 },
    refunds: [refund('op-2', 'SUCCESS', 2_000), refund('op-1', 'REFUNDCLOSE', 2_000)],
    anomaly: told('op-1', 2_000, { state: 'RESOLVED' }),
    says: /A refund of ￥20\.00 brought no money, and somebody has dealt with it: the notes/,
  },
  {
    of: { ...payment, refund_fee: 1_000 },
    refunds: [refund('op-2', 'SUCCESS', 1_000), refund('op-1', 'CHANGE', 3_000)],
    anomaly: told('op-1', 3_000, { kind: 'refund-changed', state: 'RESOLVED' }),
    says: /￥30\.00 stays reserved by refunds that could not reach .* cannot be refunded again here/,
  },
  {
    of: payment,
    refunds: [refund('op-1', 'REFUNDCLOSE', 3_000)],
    anomaly: told('op-1', 3_000),
    ...{ says: /was paid/, not: /reserved/ },
  },
];

const english = (page: Page, call: string): Promise<string> =>
  page.evaluate(`${call}.map(([, english]) => english).join('\\n'))`);

function whatIsLeft(system: () => System, browser: () => ChromiumBrowser): void {
  it('of what failed the page says what is left, and where it can be refunded', async () => {
    const { page, context } = await consoleVisit(browser(), system());
    const check = async ({ says, not, ...one }: Case, call: (seen: string) => string) => {
      const { of, refunds, anomaly } = one;
      const seen = { payment: of, refunds, anomalies: [anomaly], events: [], orders: [] };
      const text = await english(page, call(JSON.stringify(seen)));
      assert.match(text, says, JSON.stringify(one));
      if (not) assert.doesNotMatch(text, not, JSON.stringify(one));
    };
    for (const one of advised) {
      await check(
        one,
        (seen) => `import('/console/js/advice.js').then(({ todoOf }) =>
          todoOf(${JSON.stringify(one.anomaly)}, ${seen})`,
      );
    }
    for (const one of stands) {
      await check(
        one,
        (seen) => `import('/console/js/explain.js').then(({ explain }) => explain(${seen})`,
      );
    }
    await context.close();
  });

  it('of an order is left what has neither gone back nor is reserved for it', async () => {
    const { page, context } = await consoleVisit(browser(), system());
    const order = { order_id: '1', payment: 2_000, refund_fee: 300 };
    const refunds = [
      { ...refund('op-1', 'PROCESSING', 500), order_id: '1' },
      { ...refund('op-2', 'CHANGE', 200), order_id: '1' },
      { ...refund('op-3', 'SUCCESS', 300), order_id: '1' },
      { ...refund('op-4', 'REFUNDCLOSE', 100), order_id: '1' },
      { ...refund('op-5', 'PROCESSING', 400), order_id: '2' },
    ];
    const left = await page.evaluate(
      `import('/console/js/refund-orders.js').then(({ leftOfOrder }) =>
        leftOfOrder(${JSON.stringify(order)}, ${JSON.stringify({ refunds })}))`,
    );
    assert.equal(left, 1_000);
    await context.close();
  });
}

inBrowser('what is left to refund', { stores: 'sqlite', env: quickMoney }, whatIsLeft);
