// Refunds that were made elsewhere, and the money that only they can give back.
import { money } from '../../js/page.js';
import { transactionOf } from '../../js/service/payService.js';

const kindsOfMoneyNotTaken = [
  'other-amount',
  'other-currency',
  'transaction-reused',
  'unreadable-money',
  'orders-moved',
  'bill-amount',
  'bill-transaction',
];

/**
 * Money that the payment did not take, or of which only a bill says so: nothing here gives it back,
 * or counts what does.
 */
export const isOfMoneyNotTaken = ({ kind }) => kindsOfMoneyNotTaken.includes(kind);

/** WeChat has said that a refund was made elsewhere, and nothing else of it. */
export const isUntold = ({ kind, transaction_id }) =>
  kind === 'refund-elsewhere' && transaction_id === '';

/** The anomalies of refunds that were made elsewhere, and are no refunds of the payment. */
export function refundsNotWritten({ refunds, anomalies }) {
  const numbers = new Set(['', ...refunds.map(({ out_refund_no }) => out_refund_no)]);
  return anomalies.filter(
    ({ kind, transaction_id }) => kind === 'refund-elsewhere' && !numbers.has(transaction_id),
  );
}

/** With these WeChat ends a refund of a payment of which less is left than is written here. */
const lessIsLeft = ['ERROR', 'INVALID_REQUEST'];

/** The anomalies by which money of the payment went back of which nothing is written here. */
export function untoldOf({ payment, anomalies }) {
  const { out_trade_no, refund_fee } = payment;
  const isOfLess = ({ kind, err_code, transaction_id }) =>
    kind === 'refund-closed' &&
    lessIsLeft.includes(err_code) &&
    transactionOf({ out_trade_no, out_refund_no: transaction_id }) === null;
  return anomalies.filter((one) => isUntold(one) || (refund_fee === 0 && isOfLess(one)));
}

const untold = [
  '看微信的答复，像是在别处退过款，而这里没有记到：退款或发货之前，先在商户平台查看。',
  'WeChat speaks as if money had gone back of which nothing is written here: look into the ' +
    'merchant console before you refund or ship.',
];

const untoldMarked = [
  '微信说过这笔支付在别处退过款，有人已把这条异常标记为已处理，但这里没有记到退款：' +
    '退款或发货之前，先看异常的备注和商户平台。',
  'WeChat has said that money of it went back elsewhere. Somebody has dealt with that, and ' +
    'nothing of it is written here: read the notes of the anomaly, and look into the merchant ' +
    'console, before you refund or ship.',
];

/** Whether a refund of elsewhere has come into the books since, which it may have been of. */
const isCounted = ({ create_time }, { events }) =>
  events.some((event) => event.kind === 'refund.elsewhere' && event.create_time >= create_time);

/** For whoever refunds or ships: as a list, of one sentence or of none. */
export function warningOfUntold(seen) {
  const all = untoldOf(seen);
  if (all.some(({ state }) => state === 'OPEN')) return [untold];
  return all.some((one) => isUntold(one) && !isCounted(one, seen)) ? [untoldMarked] : [];
}

const notCounted = ({ total_fee, transaction_id }) => [
  `已得知在别处退款 ${money(total_fee)}（${transaction_id}），没有计入这笔支付：请看它的异常。`,
  `A refund of ${money(total_fee)} elsewhere was heard of (${transaction_id}), and is not ` +
    'counted into this payment: see its anomaly.',
];

/** Of such refunds nothing else on the page tells; not of what somebody has dealt with. */
export const toldElsewhere = (seen) => [
  ...refundsNotWritten(seen)
    .filter(({ state }) => state === 'OPEN')
    .map(notCounted),
  ...warningOfUntold(seen),
];

/** For whoever would give money back: also what somebody has dealt with may have been of it. */
export const warningsOfElsewhere = (seen) => [
  ...refundsNotWritten(seen).map(notCounted),
  ...warningOfUntold(seen),
];
