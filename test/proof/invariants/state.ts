import { isDeepStrictEqual } from 'node:util';
import {
  type Check,
  isClosed,
  isOfPayment,
  isPaid,
  orderIdsOf,
  type PaymentView,
} from './ledger-view';

const count = (kinds: readonly string[], kind: string) =>
  kinds.filter((other) => other === kind).length;

/**
 * INV-3: an order belongs to one payment, and all orders of a payment move together. A payment has
 * orders, unless a shop opened it for one of its own.
 */
const ordersMoveTogether: Check = (view) =>
  view.payments.filter((payment) => {
    const { payLog, orders } = payment;
    const named = new Set(orderIdsOf(payLog));
    const isWhole = named.size === orders.length && orders.every((o) => named.has(o.order_id));
    const isOfShop = payLog.shop !== null;
    return (
      !isWhole ||
      isOfShop !== (named.size === 0) ||
      orders.some(({ status }) => status !== statusOf(payment))
    );
  });

function statusOf(payment: PaymentView): string {
  if (isPaid(payment)) return '2';
  return isClosed(payment) ? '6' : '1';
}

/** INV-8: a payment leaves NOTPAY once, never comes back, and its timeline says how. */
const statesFollowTheTimeline: Check = (view) =>
  view.payments.filter((payment) => {
    const { payLog, kinds, refunds } = payment;
    const left = kinds.filter((kind) => kind === 'payment.paid' || kind === 'payment.closed');
    if (payLog.trade_state === '0') return left.length !== 0;
    const expected = isClosed(payment) ? 'payment.closed' : 'payment.paid';
    // What the payer of a closed payment gets back leaves it closed.
    const back = refunds.some((refund) => refund.status === 'SUCCESS' && isOfPayment(refund));
    const isRefund = payLog.trade_state === '3';
    return left.length !== 1 || left[0] !== expected || isRefund !== back;
  });

/** INV-8: every refund ends once. */
const refundsEndOnce: Check = (view) =>
  view.payments.filter(({ refunds, kinds }) => {
    const ends = ['refund.succeeded', 'refund.closed', 'refund.changed'];
    const told = ends.reduce((sum, kind) => sum + count(kinds, kind), 0);
    const ended = refunds.filter(({ status }) => status !== 'PROCESSING').length;
    return told !== ended;
  });

/** INV-9: closed here only after WeChat takes no money for it any more. */
const closedThereFirst: Check = (view) =>
  view.payments.filter((payment) => {
    const { payLog, trade } = payment;
    if (!isClosed(payment) || trade === undefined) return false;
    return trade.trade_state !== 'CLOSED' && !view.snapshot.liedAbout.has(payLog.out_trade_no);
  });

/** INV-10 and INV-11: WeChat is asked only with what is written down before, byte for byte. */
const askedAsWritten: Check = (view) => {
  const written = new Map(
    view.snapshot.rows.tb_paylog.map((row) => [row.out_trade_no, row.native_request]),
  );
  return view.snapshot.before.filter(({ out_trade_no, request }) => {
    const json = written.get(out_trade_no);
    if (json === undefined || json === null) return true;
    // Which API it is for is not said to WeChat.
    const { dialect, ...frozen } = JSON.parse(json) as Record<string, unknown>;
    return Object.entries(frozen).some(([name, value]) => !isDeepStrictEqual(request[name], value));
  });
};

/** INV-12: no order waits for two payments at once. */
const oneOpenPayment: Check = (view) => {
  const open = view.snapshot.rows.tb_paylog.filter(({ trade_state }) => trade_state === '0');
  const ids = open.flatMap(orderIdsOf);
  return ids.filter((order_id, index) => ids.indexOf(order_id) !== index);
};

/** INV-14: whoever was told SUCCESS is never told less afterwards. */
const clientsHearNoLess: Check = (view) => {
  const paid = new Set<string>();
  return view.snapshot.told.filter(({ out_trade_no, trade_state }) => {
    if (trade_state === 'SUCCESS' || trade_state === 'REFUND') paid.add(out_trade_no);
    return trade_state === 'NOTPAY' && paid.has(out_trade_no);
  });
};

/** INV-18: the shop is told of each thing once, and of nothing that did not happen. */
const oneMessageEach: Check = (view) => {
  const { hasWebhook, besideRelease } = view.snapshot;
  if (!hasWebhook) return [];
  return view.payments.filter((payment) => {
    const { orders, refunds, messages } = payment;
    const of = (type: string) => messages.filter((message) => message.type === type).length;
    const ofPayment = isPaid(payment) ? 1 : 0;
    // The latest release tells of orders alone.
    const isLeftOut = besideRelease && of('payment.paid') === 0;
    const back = refunds.filter(({ status }) => status === 'SUCCESS').length;
    return (
      (of('payment.paid') !== ofPayment && !isLeftOut) ||
      of('order.paid') !== orders.filter(({ status }) => status === '2').length ||
      of('payment.closed') !== (isClosed(payment) ? 1 : 0) ||
      of('payment.refunded') !== back
    );
  });
};

/** INV-18: a message says what is so, and that of a payment comes before those of its orders. */
const messagesAreTrue: Check = (view) =>
  view.payments.filter(({ payLog, messages }) => {
    const paid = messages.findIndex(({ type }) => type === 'payment.paid');
    const { transaction_id, total_fee, order_list } = messages[paid]?.data ?? payLog;
    const told = [transaction_id, total_fee, order_list];
    const isSo = [payLog.transaction_id, payLog.total_fee, payLog.order_list];
    const isLate = messages.slice(0, Math.max(paid, 0)).some(({ type }) => type === 'order.paid');
    // Of what went back the last one tells all; the latest release does not tell it.
    const back = messages.filter(({ type }) => type === 'payment.refunded');
    const sums = back.map(({ data }) => Number(data.refunded_fee));
    const isSumWrong = Math.max(...sums, 0) !== payLog.refund_fee && !sums.some(Number.isNaN);
    return isLate || (back.length > 0 && isSumWrong) || !isDeepStrictEqual(told, isSo);
  });

/** INV-21: two keys never share orders, and a remembered answer names orders that are there. */
const answersAreTrue: Check = (view) => {
  const { tb_idempotency, tb_order } = view.snapshot.rows;
  const ids = new Set(tb_order.map(({ order_id }) => order_id));
  return tb_idempotency.filter(({ answer }) => {
    const { order_ids = [] } = JSON.parse(answer) as { order_ids?: string[] };
    return order_ids.some((order_id) => !ids.has(order_id));
  });
};

export const stateChecks = {
  'INV-3 orders move together': ordersMoveTogether,
  'INV-8 states follow the timeline': statesFollowTheTimeline,
  'INV-8 refunds end once': refundsEndOnce,
  'INV-9 closed at WeChat first': closedThereFirst,
  'INV-10/11 asked as written': askedAsWritten,
  'INV-12 one open payment': oneOpenPayment,
  'INV-14 clients hear no less': clientsHearNoLess,
  'INV-18 one message each': oneMessageEach,
  'INV-18 messages are true': messagesAreTrue,
  'INV-21 answers are true': answersAreTrue,
} as const satisfies Record<string, Check>;

/** INV-13: nothing stays open longer than its time, and no wish is forgotten. */
const paymentsEnd: Check = (view) => {
  const { rows, now, ttlMs } = view.snapshot;
  return rows.tb_paylog.filter(({ trade_state, create_time, close_wish_time }) => {
    const isOver = now.getTime() > create_time.getTime() + ttlMs;
    return trade_state === '0' && (isOver || close_wish_time !== null);
  });
};

/**
 * INV-13: refunds end, or an operator has been told why they cannot. Those of one payment wait
 * behind one that WeChat refuses for now (no balance): it would refuse them too.
 */
const refundsEnd: Check = ({ snapshot: { rows } }) => {
  const underWay = rows.tb_refund.filter(({ status }) => status === 'PROCESSING');
  const told = (kind: string) =>
    new Set(rows.tb_anomaly.filter((row) => row.kind === kind).map((row) => row.transaction_id));
  const refused = told('refund-refused');
  const owned = told('refund-other-amount');
  const holding = underWay.filter(({ out_refund_no }) => refused.has(out_refund_no));
  const held = new Set(holding.map(({ transaction_id }) => transaction_id));
  return underWay.filter(
    ({ out_refund_no, transaction_id }) => !owned.has(out_refund_no) && !held.has(transaction_id),
  );
};

/** INV-13: nobody is told that late money goes back when nothing here gives it back any more. */
const promisesAreKept: Check = ({ snapshot: { rows } }) =>
  rows.tb_paylog.filter(
    ({ out_trade_no, trade_state, transaction_id, refund_fee, total_fee, misplaced_time }) => {
      if (trade_state !== '2' || transaction_id === null || refund_fee >= total_fee) return false;
      const isUnderWay = rows.tb_refund.some(
        (refund) => refund.transaction_id === transaction_id && refund.status === 'PROCESSING',
      );
      const isTold = rows.tb_anomaly.some((row) => row.out_trade_no === out_trade_no);
      return !isUnderWay && (misplaced_time === null || !isTold);
    },
  );

/** INV-13: the shop has been told everything, or an operator can tell it again. */
const messagesLeave: Check = ({ snapshot: { rows } }) =>
  rows.tb_outbox.filter(({ state }) => state === 'PENDING');

export const restingStateChecks = {
  'INV-13 payments end': paymentsEnd,
  'INV-13 refunds end': refundsEnd,
  'INV-13 promises are kept': promisesAreKept,
  'INV-13 messages leave': messagesLeave,
} as const satisfies Record<string, Check>;
