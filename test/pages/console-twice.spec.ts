import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Page } from 'playwright-core';
import type { ChromiumBrowser } from '../support/browser';
import { consoleVisit } from '../support/console';
import { quickMoney } from '../support/every-way';
import { inBrowser } from '../support/in-browser';
import type { System } from '../support/system';

const payment = {
  ...{ out_trade_no: '7', transaction_id: '42', trade_state: 'REFUND', total_fee: 3_300 },
  ...{ refund_fee: 100, pay_time: '2026-11-26T02:00:00.000Z', merchant_order_no: null },
  held: false,
};
const orders = ['2', '1'].map((order_id) => ({ order_id, refund_fee: 0 }));
/** Each is asked for a minute after the former, and fails, if it does, half a minute later. */
const refund = (number: number, status: string, change: object = {}) => ({
  ...{ out_trade_no: '7', out_refund_no: `7-op-${number}`, status, refund_fee: 500 },
  create_time: `2026-11-28T02:0${number}:00.000Z`,
  fail_time: ['REFUNDCLOSE', 'CHANGE'].includes(status) ? `2026-11-28T02:0${number}:30.000Z` : null,
  ...change,
});
const told = (kind: string, transaction_id: string, change: object = {}) => ({
  ...{ kind, out_trade_no: '7', transaction_id, err_code: null, total_fee: 500 },
  ...{ fee_type: 'CNY', state: 'OPEN', create_time: '2026-11-28T02:01:30.000Z' },
  ...change,
});
const resolved = { state: 'RESOLVED' };
const closed = refund(1, 'REFUNDCLOSE');
const changed = refund(1, 'CHANGE');
const part = (number: number, status = 'SUCCESS', refund_fee = 300) =>
  refund(number, status, { refund_fee });
const ofOrder = (order_id: string, one: object) => ({ ...one, order_id });

const byHand = /pay it out by hand/;
const otherwise = /could not reach .* or have gone back otherwise: see its anomaly/;

interface Case {
  /** Newest first; the first refund of these numbers has failed. */
  readonly refunds: readonly object[];
  readonly anomalies?: readonly object[];
  /** What its anomaly advises. */
  readonly says: RegExp;
  /** What the page says of one that could not reach its account, unless `topsOf` tells. */
  readonly tops?: RegExp;
}

const plain =
  /^(What an operator refunded can be refunded again|Pay it out in the merchant)[^\n]*$/;
const topsOf = (says: RegExp) => (says === plain ? byHand : otherwise);
/** What is known since; then what follows if that was in its place, and if it was not. */
const then = (...sentences: string[]) =>
  new RegExp(`^${sentences.join('[^\\n]*\\n')}[^\\n]*\\n(What an op|Pay it out)[^\\n]*$`);
const back = (list: string) => `Other refunds have gone back since: ${list}\\.`;
const underWay = (list: string) => `Other refunds were asked .* not ended yet: ${list}\\.`;
const five = (number: number) => `￥5\\.00 \\(7-op-${number}\\)`;
const three = (number: number) => `￥3\\.00 \\(7-op-${number}\\)`;
const failedToo = (list: string) => `As much was asked for since, and has failed too: ${list}\\.`;
const notAll = (list: string, since: string) =>
  `These have failed: ${list}; and ￥${since} was .* unless some of them were one wish`;
const ifSettled = 'If what has gone back was .* in its place: refund nothing more, this is settled';
const ifUnderWay = 'If that was asked .* place: refund nothing more, wait for what is under way';
const ifFailedToo = 'If what has failed too was asked .* go by the anomaly of that one';
const ifOther = 'If that one was for something else, ￥5\\.00 of this one is still due\\.';
const ifOthers = 'What was for something else .*: ￥5\\.00, less what was .* is still due\\.';
const ifMissing = (missing: string, less: string) =>
  `If that was .* place: ${missing} of it is still missing \\(￥5\\.00 less ${less}\\)`;
const inTurn =
  'No order is named by .* perhaps to others\\. Of .* \\(1\\) ￥0\\.00 has gone back in all';
const first = (fact: string) =>
  new RegExp(`^${fact}[^\\n]*\\n[\\s\\S]*Only for what is certainly not back:\\n`);

type Failed = ReturnType<typeof refund>;

/** Other refunds of the payment, of as much. */
const ofOthers = (failed: Failed): readonly Case[] => [
  { refunds: [failed], says: plain },
  {
    refunds: [refund(2, 'SUCCESS'), failed],
    says: then(back(five(2)), ifSettled, ifOther),
  },
  {
    refunds: [refund(2, 'PROCESSING'), failed],
    says: then(underWay(five(2)), ifUnderWay, ifOther),
  },
  {
    refunds: [refund(2, 'REFUNDCLOSE'), failed],
    says: then(failedToo(five(2)), ifFailedToo, ifOther),
  },
  // Two that failed may be one wish, or two.
  {
    refunds: [refund(3, 'SUCCESS'), refund(2, 'REFUNDCLOSE'), failed],
    says: then(
      ...[back(five(3)), failedToo(five(2)), notAll(`${five(2)}, ${five(1)}`, '5\\.00')],
      ...[ifFailedToo, ifSettled, ifOthers],
    ),
  },
  {
    refunds: [refund(3, 'SUCCESS'), failed, refund(0, 'REFUNDCLOSE')],
    says: then(back(five(3)), notAll(`${five(1)}, ${five(0)}`, '5\\.00'), ifSettled, ifOther),
  },
  {
    refunds: [refund(4, 'SUCCESS'), part(3), failed, refund(0, 'REFUNDCLOSE')],
    says: then(
      back(`${five(4)}, ${three(3)}`),
      notAll(`${five(1)}, ${five(0)}`, '8\\.00'),
      ifSettled,
      ifOthers,
    ),
  },
];

/** Of other amounts. A part is not all of it, whether it is back or under way. */
const ofParts = (failed: Failed): readonly Case[] => [
  {
    refunds: [part(2), failed],
    says: then(back(three(2)), ifMissing('￥2\\.00', '￥3\\.00'), ifOther),
  },
  {
    refunds: [part(2, 'PROCESSING'), failed],
    says: then(
      underWay(three(2)),
      'If that was .* place: wait for what is under way; ￥2\\.00 of it is still missing',
      ifOther,
    ),
  },
  {
    refunds: [part(3, 'PROCESSING'), part(2), failed],
    says: then(back(three(2)), underWay(three(3)), ifUnderWay, ifOthers),
  },
  {
    refunds: [part(3), part(2, 'SUCCESS', 200), failed],
    says: then(back(`${three(3)}, ￥2\\.00 \\(7-op-2\\)`), ifSettled, ifOthers),
  },
  {
    refunds: [part(2, 'PROCESSING', 800), failed],
    says: then(underWay('￥8\\.00 \\(7-op-2\\)'), ifUnderWay, ifOther),
  },
  // A larger one that may be instead of it has failed, and was asked for again.
  {
    refunds: [part(3, 'SUCCESS', 800), part(2, 'CHANGE', 800), failed],
    says: then(
      ...[back('￥8\\.00 \\(7-op-3\\)'), notAll(`￥8\\.00 \\(7-op-2\\), ${five(1)}`, '8\\.00')],
      ...[ifSettled, ifOther],
    ),
  },
  {
    refunds: [refund(2, 'SUCCESS'), failed, part(0, 'REFUNDCLOSE')],
    says: then(back(five(2)), notAll(`${five(1)}, ${three(0)}`, '5\\.00'), ifSettled, ifOther),
  },
  // One that was asked for before it failed is none that was made instead.
  {
    refunds: [{ ...part(2), create_time: '2026-11-28T02:01:10.000Z' }, failed],
    says: plain,
  },
];

/** Of orders. */
const ofOrders = (failed: Failed): readonly Case[] => [
  {
    refunds: [ofOrder('2', part(2)), ofOrder('1', failed)],
    says: plain,
  },
  {
    refunds: [ofOrder('2', refund(2, 'SUCCESS')), ofOrder('1', failed)],
    says: plain,
  },
  {
    refunds: [refund(2, 'SUCCESS'), ofOrder('1', failed)],
    says: then(back(five(2)), inTurn, ifSettled, ifOther),
  },
  {
    refunds: [
      ...[refund(2, 'SUCCESS'), ofOrder('1', failed)],
      ofOrder('2', refund(0, 'REFUNDCLOSE')),
    ],
    says: then(
      ...[back(five(2)), notAll(`${five(1)}, ${five(0)}`, '5\\.00'), inTurn, ifSettled, ifOther],
    ),
  },
];

/** What the anomalies say beside its own. */
const ofAnomalies = (failed: Failed): readonly Case[] => [
  ...[{}, resolved].map((state) => ({
    refunds: [failed],
    anomalies: [told('refund-elsewhere', '50300', state)],
    says: first('A refund of ￥5\\.00 elsewhere was heard of \\(50300\\)'),
  })),
  {
    refunds: [failed],
    anomalies: [told('refund-elsewhere', '')],
    says: first('WeChat speaks as if money had gone back'),
  },
  {
    refunds: [failed],
    anomalies: [told('bill-refund-channel-only', '50300')],
    says: first('The bill has a refund that is not here'),
  },
  {
    refunds: [failed],
    anomalies: [told('refund-after-close', '7-op-1')],
    says: /^It has reached the payer after all: refund nothing more/,
    tops: /after all/,
  },
  // The first of two has reached the payer after all, once the second had failed.
  {
    refunds: [failed, refund(0, 'REFUNDCLOSE')],
    anomalies: [told('refund-after-close', '7-op-0')],
    says: first('A refund of ￥5\\.00 that had ended has reached the payer'),
  },
  // Somebody may have paid the first one out, which was asked for again nevertheless.
  {
    refunds: [failed, refund(0, 'REFUNDCLOSE')],
    anomalies: [told('refund-closed', '7-op-0', resolved)],
    says: first('A refund of ￥5\\.00 brought no money, and somebody has'),
  },
];

const tables = [ofOthers, ofParts, ofOrders, ofAnomalies];
const table = (failed: Failed, kind: string): readonly Case[] =>
  tables
    .flatMap((of) => of(failed))
    .map(({ anomalies = [], ...one }) => ({
      ...one,
      anomalies: [told(kind, '7-op-1'), ...anomalies],
    }));

const made = (page: Page, of: string, ...given: unknown[]): Promise<string> => {
  const [file, name] = of.split('#');
  return page.evaluate(`import('/console/js/${file}.js').then((all) =>
    all.${name}(...${JSON.stringify(given)}).map(([, english]) => english).join('\\n'))`);
};

function nothingTwice(system: () => System, browser: () => ChromiumBrowser): void {
  it('nobody is sent to pay what went back since, or may have', async () => {
    const { page, context } = await consoleVisit(browser(), system());
    for (const failed of [closed, changed]) {
      const kind = failed === closed ? 'refund-closed' : 'refund-changed';
      for (const { refunds, anomalies = [], says, tops = topsOf(says) } of table(failed, kind)) {
        const seen = { payment, orders, refunds, anomalies, events: [] };
        const of = JSON.stringify([refunds, anomalies]);
        assert.match(await made(page, 'advice#todoOf', anomalies[0], seen), says, of);
        const top = await made(page, 'back#refundsTold', seen);
        if (failed === changed) assert.match(top, tops, of);
        if (tops !== byHand || failed === closed) assert.doesNotMatch(top, byHand, of);
      }
    }
    await context.close();
  });

  it('of what is refused or not taken is told, too, what went back meanwhile', async () => {
    const { page, context } = await consoleVisit(browser(), system());
    const refused = told('refund-refused', '7-op-1', { err_code: 'ORDERNOTEXIST' });
    const since =
      /^Other refunds have gone back since: ￥3\.00 .*\nIf that was .* ￥2\.00 of it is still/;
    const elsewhere = told('refund-elsewhere', '50300');
    const heard = first('A refund of ￥5\\.00 elsewhere was heard of');
    const cases: readonly [anomaly: object, beside: object[], says: RegExp][] = [
      [refused, [], since],
      [told('refund-other-amount', '7-op-1'), [], since],
      [told('bill-refund-failed', '7-op-1'), [], since],
      [told('other-amount', '43'), [elsewhere], heard],
      [told('orders-moved', '43'), [elsewhere], heard],
      [told('bill-amount', '43'), [elsewhere], heard],
      [told('refund-changed', '7-43'), [elsewhere], heard],
    ];
    for (const [anomaly, beside, says] of cases) {
      const refunds = [part(2), refund(1, 'PROCESSING')];
      const seen = { payment, refunds, anomalies: [anomaly, ...beside], events: [] };
      assert.match(await made(page, 'advice#todoOf', anomaly, seen), says);
    }
    await context.close();
  });

  it('the list of anomalies leaves it to the page of the payment what is to be done', async () => {
    const { page, context } = await consoleVisit(browser(), system());
    const kinds = ['refund-closed', 'refund-changed', 'refund-other-amount', 'refund-after-close'];
    const notTaken = ['other-amount', 'other-currency', 'transaction-reused', 'orders-moved'];
    const bills = ['bill-amount', 'bill-transaction', 'bill-refund-failed'];
    const all = [
      ...[...kinds, ...notTaken, 'unreadable-money', ...bills].map((kind) => told(kind, '7-op-1')),
      told('refund-closed', '7-op-1', { err_code: 'TRADE_OVERDUE' }),
      told('refund-refused', '7-op-1', { err_code: 'RESOURCE_NOT_EXISTS' }),
    ];
    const only = /^See the page of its payment for what to do: [^\n]*$/;
    for (const one of all) assert.match(await made(page, 'advice#todoOf', one), only, one.kind);
    const refused = told('refund-refused', '7-op-1', { err_code: 'NOTENOUGH' });
    assert.match(await made(page, 'advice#todoOf', refused), /top it up/);
    await context.close();
  });
}

inBrowser(
  'money that went back is not sent twice',
  { stores: 'sqlite', env: quickMoney },
  nothingTwice,
);
