// Refunds that were made elsewhere, and the money that only they can give back.
import { money } from '../../js/page.js';

const kindsOfMoneyNotTaken = [
  'other-amount',
  'other-currency',
  'transaction-reused',
  'unreadable-money',
  'orders-moved',
];

/** Money that the payment did not take: nothing here gives it back, or counts what does. */
export const isOfMoneyNotTaken = ({ kind }) => kindsOfMoneyNotTaken.includes(kind);

/** The open anomalies of refunds that were made elsewhere, and are no refunds of the payment. */
export function refundsNotWritten({ refunds, anomalies }) {
  const numbers = new Set(refunds.map(({ out_refund_no }) => out_refund_no));
  return anomalies.filter(
    ({ kind, state, transaction_id }) =>
      kind === 'refund-elsewhere' && state === 'OPEN' && !numbers.has(transaction_id),
  );
}

/** Of such refunds nothing else on the page tells. */
export const toldElsewhere = (seen) =>
  refundsNotWritten(seen).map(({ total_fee }) => [
    `已得知在别处退款 ${money(total_fee)}，没有计入这笔支付：请看它的异常。`,
    `A refund of ${money(total_fee)} elsewhere was heard of, and is not counted into this ` +
      'payment: see its anomaly.',
  ]);
