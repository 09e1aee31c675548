import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import type { ChromiumBrowser } from '../support/browser';
import { consoleVisit } from '../support/console';
import { quickMoney } from '../support/every-way';
import { inBrowser } from '../support/in-browser';
import type { System } from '../support/system';

const payment = {
  ...{ out_trade_no: '7', transaction_id: '42', trade_state: 'SUCCESS', total_fee: 3_300 },
  ...{ refund_fee: 0, pay_time: '2026-11-26T02:00:00.000Z', merchant_order_no: null, held: false },
};
const late = { ...payment, trade_state: 'CLOSED' };
const unpaid = { ...late, transaction_id: null };
const refund = (out_refund_no: string, status: string) => ({
  ...{ out_trade_no: '7', out_refund_no, status, refund_fee: 3_300 },
  create_time: '2026-11-26T03:00:00.000Z',
});
const told = (
  transaction_id: string,
  kind: string,
  { state = 'OPEN', total_fee = 3_300 } = {},
) => ({
  ...{ transaction_id, kind, state, total_fee, create_time: '2026-11-26T04:00:00.000Z' },
});
const later = '2026-11-26T05:00:00.000Z';
const resolved = { state: 'RESOLVED' };
const accepted = (out_refund_no: string, kind = 'refund.accepted') => ({
  ...{ kind, detail: { out_refund_no } },
});

/** What a refund is called in English, with an anomaly or an event of this kind. */
const names: readonly [status: string, kind: string, name: string][] = [
  ['PROCESSING', '', 'Recorded, not confirmed yet'],
  ['PROCESSING', 'refund-lasting-unknown', 'Not confirmed yet'],
  ['PROCESSING', 'refund.accepted', 'Being processed'],
  ['PROCESSING', 'refund.elsewhere', 'Being processed'],
  ['PROCESSING', 'refund-refused', 'Refused for now'],
  ['PROCESSING', 'refund-other-amount', 'Another amount at WeChat'],
  ['REFUNDCLOSE', 'refund-closed', 'Ended, nothing went back'],
  ['REFUNDCLOSE', 'refund-after-close', 'Ended, paid back after all'],
];

const nothing = /No refund of what paid it is known|no money went back by them/;
const asIf = /WeChat speaks as if money had gone back/;

/** How a payment stands in English, with what each sentence must not be beside. */
const table: readonly { readonly seen: object; readonly says: RegExp; readonly not?: RegExp }[] = [
  { seen: { payment }, says: /No refund of what paid it is known/ },
  ...(['7-42', '7-43'] as const).flatMap((number) => {
    const of = number === '7-42' ? late : payment;
    const seen = (status: string, ...anomalies: object[]) => ({
      ...{ payment: of, refunds: [refund(number, status)], anomalies },
      events: [accepted(number)],
    });
    const failed = /did not go back by itself: see its anomaly/;
    const unsure = /has not confirmed that this money goes back: see its anomaly/;
    const refused = /goes back by itself, but WeChat refuses it for now: see its anomaly/;
    const recorded = /goes back by itself: nothing to do\. WeChat has not confirmed it yet/;
    const other = /has a refund of that money with another amount.*see its anomaly/;
    const notYet = /on its way|is back|nothing here/;
    return [
      { seen: seen('PROCESSING'), says: /on its way back by itself/, not: /is back|anomaly/ },
      { seen: seen('SUCCESS'), says: /money is back/, not: /on its way|anomaly/ },
      { seen: seen('REFUNDCLOSE', told(number, 'refund-closed')), says: failed, not: notYet },
      { seen: seen('CHANGE', told(number, 'refund-changed')), says: failed, not: notYet },
      { seen: seen('PROCESSING', told(number, 'refund-refused')), says: refused, not: notYet },
      {
        seen: seen('PROCESSING', told(number, 'refund-lasting-unknown')),
        ...{ says: unsure, not: notYet },
      },
      {
        seen: { ...seen('PROCESSING'), events: [accepted('7-op-1')] },
        ...{ says: recorded, not: /on its way|is back|anomaly/ },
      },
      {
        seen: seen('PROCESSING', told(number, 'refund-other-amount')),
        ...{ says: other, not: /on its way|is back|not confirmed/ },
      },
      {
        seen: seen('PROCESSING', told(number, 'refund-refused', resolved)),
        ...{ says: /on its way back by itself/, not: /is back|anomaly/ },
      },
      { seen: seen('REFUNDCLOSE', told(number, 'refund-after-close')), says: /money is back/ },
    ];
  }),
  { seen: { payment: late, refunds: [] }, says: /goes back by itself/, not: /is back|on its way/ },
  {
    seen: {
      payment: { ...late, held: true },
      ...{ refunds: [refund('7-42', 'REFUNDCLOSE')], anomalies: [told('7-42', 'refund-closed')] },
    },
    ...{ says: /did not go back by itself/, not: /another amount/ },
  },
  {
    seen: { payment: { ...late, held: true }, refunds: [refund('7-42', 'PROCESSING')] },
    says: /goes back by itself[\s\S]*another amount/,
  },
  {
    seen: {
      payment: { ...late, refund_fee: 3_300 },
      refunds: [refund('7-42', 'REFUNDCLOSE'), refund('50300', 'SUCCESS')],
    },
    ...{ says: /money is back/, not: /anomaly/ },
  },
  {
    seen: {
      payment: { ...late, held: true, refund_fee: 1_000 },
      refunds: [refund('7-42', 'REFUNDCLOSE')],
    },
    says: /did not go back by itself[\s\S]*￥10\.00 of it has gone back/,
  },
  {
    seen: {
      ...{ payment, refunds: [refund('7-op-1', 'PROCESSING')] },
      events: [accepted('7-op-1')],
    },
    ...{ says: /A refund of ￥33\.00 is on its way/, not: /No refund|confirmed/ },
  },
  {
    seen: { payment, refunds: [refund('7-op-1', 'PROCESSING')] },
    says: /A refund of ￥33\.00 is recorded; WeChat has not confirmed it yet/,
    not: /on its way|No refund|under way/,
  },
  {
    seen: {
      ...{ payment, refunds: [refund('7-op-1', 'PROCESSING')] },
      anomalies: [told('7-op-1', 'refund-refused')],
    },
    ...{ says: /refuses a refund of ￥33\.00 for now: see/, not: /on its way|No refund/ },
  },
  {
    seen: {
      ...{ payment, refunds: [refund('7-op-1', 'PROCESSING')], events: [accepted('7-op-1')] },
      anomalies: [told('7-op-1', 'refund-lasting-unknown')],
    },
    ...{ says: /has not confirmed a refund of ￥33\.00/, not: /on its way|No refund/ },
  },
  {
    seen: {
      ...{ payment, refunds: [refund('7-op-1', 'PROCESSING')] },
      anomalies: [told('7-op-1', 'refund-other-amount', resolved)],
    },
    ...{ says: /has the refund of ￥33\.00 with another amount/, not: /on its way|No refund/ },
  },
  {
    // Another sum was wished for: this one is WeChat's.
    seen: {
      ...{ payment, refunds: [refund('7-op-1', 'PROCESSING')] },
      anomalies: [told('7-op-1', 'refund-other-amount', { total_fee: 500 })],
      events: [accepted('7-op-1', 'refund.other-amount')],
    },
    ...{ says: /A refund of ￥33\.00 is on its way/, not: /another amount|No refund/ },
  },
  {
    seen: { payment, refunds: [refund('7-op-1', 'REFUNDCLOSE')] },
    ...{ says: /known here have ended, and no money went back/, not: /A refund of/ },
  },
  {
    // Somebody may have paid it out in another way.
    seen: {
      ...{ payment, refunds: [refund('7-op-1', 'REFUNDCLOSE')] },
      anomalies: [told('7-op-1', 'refund-closed', resolved)],
    },
    says: /A refund of ￥33\.00 brought no money, and somebody has dealt with it: the notes/,
  },
  {
    seen: {
      ...{ payment, refunds: [refund('7-op-1', 'REFUNDCLOSE')] },
      anomalies: [told('7-op-1', 'refund-after-close')],
    },
    ...{ says: /reached the payer after all, and is not counted/, not: /No refund/ },
  },
  { seen: { payment, anomalies: [told('', 'refund-elsewhere')] }, says: asIf, not: nothing },
  {
    seen: { payment, anomalies: [told('', 'refund-elsewhere', resolved)] },
    ...{ says: /Somebody has dealt with that, and nothing of it is written here/, not: nothing },
  },
  {
    seen: {
      payment: { ...payment, trade_state: 'REFUND', refund_fee: 1_000 },
      refunds: [refund('50300', 'SUCCESS')],
      anomalies: [told('', 'refund-elsewhere', resolved)],
      events: [{ ...accepted('50300', 'refund.elsewhere'), create_time: later }],
    },
    ...{ says: /A part of it has gone back: ￥10\.00/, not: /Somebody|as if/ },
  },
  {
    seen: {
      payment: { ...payment, trade_state: 'REFUND', refund_fee: 1_000 },
      ...{ refunds: [refund('7-op-1', 'SUCCESS')], anomalies: [told('', 'refund-elsewhere')] },
    },
    says: /A part of it has gone back: ￥10\.00\.\nWeChat speaks as if/,
  },
  ...['7-op-1 ERROR', '7-op-1 INVALID_REQUEST', '7-op-1 TRADE_OVERDUE', '7-43 ERROR'].map((of) => {
    const [number = '', err_code] = of.split(' ');
    const anomalies = [{ ...told(number, 'refund-closed'), err_code }];
    const seen = { payment, refunds: [refund(number, 'REFUNDCLOSE')], anomalies };
    const isLess = number === '7-op-1' && err_code !== 'TRADE_OVERDUE';
    return isLess ? { seen, says: asIf, not: nothing } : { seen, says: nothing, not: asIf };
  }),
  {
    seen: { payment, refunds: [refund('7-op-1', 'CHANGE')] },
    ...{ says: /pay it out by hand/, not: /No refund/ },
  },
  {
    seen: {
      ...{ payment, refunds: [refund('7-op-1', 'CHANGE')] },
      anomalies: [told('7-op-1', 'refund-changed', resolved)],
    },
    ...{ says: /the notes of its anomaly say what was done/, not: /by hand|No refund/ },
  },
  { seen: { payment: unpaid }, says: /It was closed without being paid/ },
  {
    seen: { payment: unpaid, anomalies: [told('42', 'bill-state', resolved)] },
    ...{ says: /It was closed without being paid/, not: /bill/ },
  },
  {
    seen: { payment: unpaid, anomalies: [told('42', 'bill-state')] },
    ...{ says: /The bill says paid, and WeChat, when asked, does not/, not: /without being paid/ },
  },
  {
    seen: { payment, anomalies: [told('42', 'bill-local-only')] },
    says: /By the books here, ￥33\.00 was paid[\s\S]*Paid here, but in no bill: see its anomaly/,
  },
  {
    seen: { payment, anomalies: [told('7-op-1', 'bill-refund-failed')] },
    says: /^￥33\.00 was paid[\s\S]*A refund has failed on one side only: see/,
    not: /books|No refund/,
  },
  {
    seen: { payment: { ...unpaid, held: true }, anomalies: [told('50300', 'refund-elsewhere')] },
    says: /nothing here gives it back[\s\S]*A refund of ￥33\.00 elsewhere was heard of/,
  },
  {
    seen: {
      payment: { ...payment, refund_fee: 3_300 },
      refunds: [refund('50300', 'SUCCESS')],
      anomalies: [told('50300', 'refund-elsewhere')],
    },
    ...{ says: /All of it has gone back/, not: /elsewhere/ },
  },
];

const explained = (page: Page, seen: object): Promise<string> =>
  page.evaluate(`import('/console/js/explain.js').then(({ explain }) =>
    explain(${JSON.stringify({ refunds: [], anomalies: [], events: [], ...seen })})
      .map(([, english]) => english).join('\\n'))`);

function standings(system: () => System, browser: () => ChromiumBrowser): void {
  it('no sentence claims of a refund what its state does not say', async () => {
    const { page, context } = await consoleVisit(browser(), system());
    for (const { seen, says, not } of table) {
      const text = await explained(page, seen);
      assert.match(text, says, JSON.stringify(seen));
      if (not) assert.doesNotMatch(text, not, JSON.stringify(seen));
    }
    await context.close();
  });

  it('no refund is called what its anomaly says it is not', async () => {
    const { page, context } = await consoleVisit(browser(), system());
    for (const [status, kind, name] of names) {
      const events = [accepted('7-op-1', kind)];
      const seen = { payment, orders: [], anomalies: [told('7-op-1', kind)], events };
      const asked = JSON.stringify([refund('7-op-1', status), seen]);
      const called = page.evaluate(`import('/console/js/payment-parts.js').then(
        ({ refundItem }) => refundItem(...${asked}).querySelector('.badge').dataset.en)`);
      assert.equal(await called, name);
    }
    await context.close();
  });

  it('of a refund that was made elsewhere is told when it was heard of', async () => {
    const { page, context } = await consoleVisit(browser(), system());
    const names: Record<string, string> = {
      'refund.elsewhere': 'Heard of',
      'refund.accepted': 'Asked for',
    };
    for (const [kind, name] of Object.entries(names)) {
      const told = { refunds: [], anomalies: [], orders: [] };
      const seen = { payment, ...told, events: [accepted('50300', kind)] };
      const asked = JSON.stringify([refund('50300', 'SUCCESS'), seen]);
      const facts = page.evaluate(`import('/console/js/payment-parts.js').then(
        ({ refundItem }) => [...refundItem(...${asked}).querySelectorAll('dt span')]
          .map(({ dataset }) => dataset.en).join())`);
      assert.match(String(await facts), new RegExp(name));
    }
    await context.close();
  });
}

inBrowser('how a payment stands', { stores: 'sqlite', env: quickMoney }, standings);
