// Refunds that were made elsewhere, and the money that only they can give back.
import { money } from '../../js/page.js';
import { transactionOf } from '../../js/service/payService.js';

const kindsOfMoneyNotTaken = [
  'other-amount',
  'other-currency',
  'transaction-reused',
  'unreadable-money',
  'orders-moved',
];

/** Money that the payment did not take: nothing here gives it back, or counts what does. */
export const isOfMoneyNotTaken = ({ kind }) => kindsOfMoneyNotTaken.includes(kind);

/** WeChat has said that a refund was made elsewhere, and nothing else of it. */
export const isUntold = ({ kind, transaction_id }) =>
  kind === 'refund-elsewhere' && transaction_id === '';

/** The open anomalies of refunds that were made elsewhere, and are no refunds of the payment. */
export function refundsNotWritten({ refunds, anomalies }) {
  const numbers = new Set(['', ...refunds.map(({ out_refund_no }) => out_refund_no)]);
  return anomalies.filter(
    ({ kind, state, transaction_id }) =>
      kind === 'refund-elsewhere' && state === 'OPEN' && !numbers.has(transaction_id),
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

/** For whoever refunds or ships: as a list, of one sentence or of none. */
export const warningOfUntold = (seen) =>
  untoldOf(seen).some(({ state }) => state === 'OPEN') ? [untold] : [];

/** Of such refunds nothing else on the page tells. */
export const toldElsewhere = (seen) => [
  ...refundsNotWritten(seen).map(({ total_fee }) => [
    `已得知在别处退款 ${money(total_fee)}，没有计入这笔支付：请看它的异常。`,
    `A refund of ${money(total_fee)} elsewhere was heard of, and is not counted into this ` +
      'payment: see its anomaly.',
  ]),
  ...warningOfUntold(seen),
];
