// What a payment is called, in words, and where it is paid.
import { make, money, say } from './page.js';
import { isPaid, isUnknown } from './service/payService.js';
import { held, unasked } from './undecided.js';

export const stateNames = {
  NOTPAY: ['待支付', 'Unpaid'],
  SUCCESS: ['已支付', 'Paid'],
  CLOSED: ['已关闭', 'Closed'],
  REFUND: ['已退款', 'Refunded'],
};
const heldName = ['请勿再付款', 'Do not pay again'];
/** Beside a list's states: of what is on its way back, or has failed, they do not tell. */
const details = ['详情与退款', 'Details and refunds'];

/** What is to be said, `[zh, en]` each, as long as nobody knows whether it is paid. */
export function undecidedOf(payment) {
  if (payment.held) return [held];
  return isUnknown(payment) ? [unasked] : [];
}

/** What is called refunded has all of it back. */
export function refundName(refund_fee, total_fee) {
  return refund_fee < total_fee ? ['部分退款', 'Partly refunded'] : stateNames.REFUND;
}

/** In one word or two, as far as its row tells. */
export function nameOfPayment({ trade_state, closing, refund_fee, total_fee }) {
  if (closing) return ['关闭中', 'Closing'];
  return trade_state === 'REFUND' ? refundName(refund_fee, total_fee) : stateNames[trade_state];
}

/** A state as a word with a border; `kind` colours it. */
export const badge = (kind, name) => say(make('p', { className: `badge ${kind}` }), ...name);

const isClosed = ({ trade_state }) => trade_state === 'CLOSED';

/**
 * Money that came after the close, and what became of it, `[zh, en]`; null if none came. Only when
 * it does not go back by itself does a part of it: the rest is the shop's to give back.
 */
export function lateMoneyOf(payment) {
  const { transaction_id, total_fee, refund_fee, held: isHeld } = payment;
  if (!isClosed(payment) || transaction_id === null) return null;
  const [back, rest] = [money(refund_fee), money(total_fee - refund_fee)];
  if (refund_fee === total_fee) {
    return [
      `款项在关闭后才到达，这笔支付已退款 ${back}。`,
      `The money came too late: ${back} of this payment is back.`,
    ];
  }
  if (refund_fee > 0) {
    return [
      `款项在关闭后才到达，这笔支付已退款 ${back}，其余 ${rest} 由商家处理，除非已用别的方式退给您。`,
      `The money came too late: ${back} of this payment is back, and the shop sees to the other ` +
        `${rest}, unless you have had it in another way.`,
    ];
  }
  if (isHeld) {
    return [
      `款项 ${rest} 在关闭后才到达，不会自动退回：由商家处理，除非已用别的方式退给您。`,
      `The money came too late, and ${rest} does not go back by itself: the shop sees to it, ` +
        'unless you have had it in another way.',
    ];
  }
  return ['款项在关闭后才到达，将原路退回。', 'The money came too late: it will be paid back.'];
}

/** That nobody is to pay it again comes first: beside it, only that it is closed is to be said. */
export function badges(payment) {
  const { held: isHeld, trade_state, refund_fee, total_fee } = payment;
  const list = isHeld ? [badge('held', heldName)] : [];
  if (isHeld && trade_state === 'NOTPAY') return list;
  list.push(badge(trade_state.toLowerCase(), nameOfPayment(payment)));
  // What came after the close never paid it: it stays closed when that has gone back.
  if (isClosed(payment) && refund_fee > 0) {
    list.push(badge('refund', refundName(refund_fee, total_fee)));
  }
  return list;
}

const linkTo = (page, { out_trade_no }, name) => {
  const href = `${page}?${new URLSearchParams({ out_trade_no })}`;
  return say(make('a', { className: 'button', href }), ...name);
};

/** Where it is said what of its money is on its way back: a list does not ask for that. */
export const paidLink = (payment) => linkTo('paysuccess.html', payment, details);

/**
 * The way to pay it, or to what became of its money, if there is one. Nobody is invited to pay what
 * may be paid: the page itself says what is known.
 */
export function payLinks(payment) {
  if (isPaid(payment)) return [paidLink(payment)];
  const { trade_state, closing, transaction_id } = payment;
  if (isClosed(payment) && (payment.held || transaction_id !== null)) {
    return [linkTo('payfail.html', payment, details)];
  }
  if (trade_state !== 'NOTPAY' || closing || payment.held) return [];
  return [linkTo('pay.html', payment, isUnknown(payment) ? ['查看', 'See'] : ['去支付', 'Pay'])];
}
