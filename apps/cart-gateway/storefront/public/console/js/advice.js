// What to do about an anomaly, `[zh, en]`: where it depends on that, by WeChat's `err_code`, and by
// what else the page of its payment knows.

import { money } from '../../js/page.js';
import { isPaid, transactionOf } from '../../js/service/payService.js';
import { anomalyOf } from './anomaly-names.js';
import { warningsOf } from './back.js';
import { isOfMoneyNotTaken, isUntold } from './elsewhere.js';
import { leftOf } from './explain.js';
import { isBackAfterAll, leftBeside, settled, sinceAdvised, sinceTold } from './refunded-since.js';

const notKnown = [
  '微信不认识这笔支付：请在商户平台查看。需要的话用其他方式打款。这里不会结束这笔退款。',
  'WeChat does not know this payment: look it up in the merchant console, and pay the payer in ' +
    'another way if need be. Nothing here ends the refund.',
];
const staysReserved = [
  '它的金额一直留着，不能再退。',
  'Its amount stays reserved, and cannot be refunded again.',
];
const refusedForGood = [
  '微信不会受理这笔退款：等微信确认没有这笔退款后，它会结束，由另一条异常说明怎么办。',
  'WeChat will not take it. As soon as it says that it has no such refund, this one ends, and ' +
    'another anomaly says what to do.',
];
const lessIsLeft = [
  '多半是有人在商户平台退过款，剩下的不够：请先在那里查看，再退剩下的。',
  'Most likely somebody has refunded in the merchant console, and less is left: look there ' +
    'first, and refund only what is left.',
];
const lessIsLeftThere = [
  '多半是有人在商户平台退过款，剩下的不够：请先在那里查看，剩下的也在那里退。',
  'Most likely somebody has refunded in the merchant console, and less is left: look there ' +
    'first, and refund what is left there, too.',
];
const closedThere = [
  '这笔钱来迟了或是重复付的，这里不会再退：还没有用别的方式给过的，请在商户平台退。',
  'This is money that came late or twice, and nothing here gives it back any more: what nobody ' +
    'has given back otherwise, refund in the merchant console.',
];
const nothingLeft = [
  '现在不能再退：这笔支付没有退回的部分，都被别的退款占用着。',
  'It cannot be refunded again now: what has not gone back of the payment is reserved by other ' +
    'refunds.',
];
const accountClosed = [
  '付款人的账户已注销：请用其他方式打款。',
  "The payer's account is closed: pay the payer in another way.",
];
const tooOld = [
  '付款已超过一年，微信不再退款：请用其他方式打款。',
  'The payment is more than a year old, and WeChat refunds it no more: pay the payer in another ' +
    'way.',
];
const numberTaken = [
  '微信有同号的退款，金额不同：请先在商户平台查看。',
  'WeChat has a refund of this number with another amount: look into the merchant console first.',
];

const byCode = {
  'refund-refused': {
    NOTENOUGH: [
      '商户账户余额不足：请充值。之后会自动继续。',
      "The merchant's account has too little money: top it up. It continues by itself.",
    ],
    ORDERNOTEXIST: notKnown,
    RESOURCE_NOT_EXISTS: notKnown,
    ERROR: refusedForGood,
    INVALID_REQUEST: refusedForGood,
    TRADE_OVERDUE: refusedForGood,
    USER_ACCOUNT_ABNORMAL: refusedForGood,
    REFUND_FEE_MISMATCH: refusedForGood,
  },
  'refund-closed': {
    ERROR: lessIsLeft,
    INVALID_REQUEST: lessIsLeft,
    TRADE_OVERDUE: tooOld,
    USER_ACCOUNT_ABNORMAL: accountClosed,
    REFUND_FEE_MISMATCH: numberTaken,
  },
};

function byCodeOf({ kind, err_code }) {
  const ofKind = Object.hasOwn(byCode, kind) ? byCode[kind] : {};
  return Object.hasOwn(ofKind, err_code ?? '') ? ofKind[err_code] : anomalyOf(kind).todo;
}

const ofClosed = [
  '支付已关闭，不会再向微信下单。请看微信的说明，改正配置或开通权限，然后把本条标记为已处理。',
  "The payment is closed, and WeChat is asked for it no more. Read WeChat's words, correct the " +
    'configuration, then resolve this.',
];
const written = [
  '已经列在这笔支付的退款里。请提醒同事在这里退款。',
  'It is among the refunds of this payment. Tell your colleagues that refunds are made here.',
];
const notTaken = [
  '没有计入这笔支付。如果退的是这笔支付没有收下的款项，也不会计入：请看那笔款项的异常，两条一起处理。',
  'It is not counted into this payment, and never will be if it is of the money that the payment ' +
    'did not take: see the anomaly of that money, and deal with both.',
];
const waits = [
  '还没有计入这笔支付：会在别的退款让出余额后计入。请提醒同事在这里退款。',
  'It is not counted into this payment yet: it will be as soon as other refunds leave room. Tell ' +
    'your colleagues that refunds are made here.',
];

const untold = [
  '微信说这笔支付退过款，但没有说是哪一笔、退了多少：先在商户平台查看，再退款或发货。' +
    '等微信的通知或对账单说到它，就会计入，本条自动结束。',
  'WeChat says that money of this payment went back, not how much nor by which refund: look into ' +
    'the merchant console before you refund or ship. It is counted, and this ends, when ' +
    "WeChat's notice or the daily bill tells of it.",
];

function ofElsewhere({ transaction_id }, { refunds, anomalies }) {
  if (refunds.some(({ out_refund_no }) => out_refund_no === transaction_id)) return written;
  return anomalies.some(isOfMoneyNotTaken) ? notTaken : waits;
}

/** With these a refund has ended, and its money stayed here. */
const kindsWithoutMoney = ['refund-closed', 'refund-changed', 'bill-refund-failed'];

/** They speak of money that somebody may still have to give back. */
const isOfMoney = (anomaly) =>
  isOfMoneyNotTaken(anomaly) ||
  ['refund-other-amount', ...kindsWithoutMoney].includes(anomaly.kind) ||
  byCodeOf(anomaly) === notKnown;

const seePayment = [
  '怎么办，请看这笔支付的页面：之后退过什么，那里才知道。',
  'See the page of its payment for what to do: that knows what was refunded since.',
];
const onlyWhatIsNotBack = [
  '如果就是这笔钱，而且全部到账了，已经退清，把本条标记为已处理即可。只有确定还没有退的，才这样办：',
  'If that was its money, and all of it has reached the payer, this is settled, and only to be ' +
    'marked. Only for what is certainly not back:',
];

/** Its refund as the page knows it; one that has not failed is told of since it was reported. */
function refundOf({ transaction_id, total_fee, create_time }, { refunds }) {
  const refund = refunds.find(({ out_refund_no }) => out_refund_no === transaction_id);
  if (refund?.fail_time) return refund;
  const failed = { out_refund_no: transaction_id, fail_time: create_time };
  return { refund_fee: total_fee, ...refund, ...failed };
}

const isSame = (one, other) =>
  one.kind === other.kind && one.transaction_id === other.transaction_id;

/** What did not pay the payment goes back by its own refund, or by one that is made elsewhere. */
const isAutomatic = ({ kind, out_trade_no, transaction_id }) =>
  kind.includes('refund-') &&
  transactionOf({ out_trade_no, out_refund_no: transaction_id }) !== null;

const isOfAsked = (anomaly) => anomaly.kind.includes('refund-') && !isAutomatic(anomaly);

/** By what its money may have gone back otherwise than by refunds that are counted here. */
function warned(anomaly, seen) {
  const anomalies = seen.anomalies.filter((other) => !isSame(anomaly, other));
  const warnings = warningsOf({ ...seen, anomalies });
  return warnings.length > 0 ? [...warnings, onlyWhatIsNotBack] : [];
}

/** Nobody is sent to pay once more what went back since, or may have. */
function ofMoney(anomaly, todo, seen) {
  const refund = refundOf(anomaly, seen);
  const isWithout = kindsWithoutMoney.includes(anomaly.kind);
  if (isWithout && isBackAfterAll(refund, seen)) return [settled];
  if (!isOfAsked(anomaly)) return [...warned(anomaly, seen), ...todo];
  const told = [...sinceTold(refund, seen), ...sinceAdvised(refund, seen)];
  if (isWithout && leftBeside(refund, seen) === 0) return told;
  return [...told, ...warned(anomaly, seen), ...todo];
}

/** Some of it went back in the merchant console, and the amount of the anomaly is the rest. */
function restOf({ kind, transaction_id, total_fee }, { refunds }) {
  if (!['refund-closed', 'refund-changed'].includes(kind)) return [];
  const refund = refunds.find(({ out_refund_no }) => out_refund_no === transaction_id);
  if (refund === undefined || total_fee >= refund.refund_fee) return [];
  const [rest, all] = [total_fee, refund.refund_fee].map(money);
  return [[`${rest} 是 ${all} 里剩下的。`, `${rest} is what is left of it: it was ${all}.`]];
}

/** What can be done, whoever has refunded since. */
function todosOf(anomaly, seen) {
  const todo = byCodeOf(anomaly);
  const again = anomalyOf('refund-closed').todo;
  if (isAutomatic(anomaly)) {
    const there = new Map([
      [again, closedThere],
      [lessIsLeft, lessIsLeftThere],
    ]);
    return [...restOf(anomaly, seen), there.get(todo) ?? todo];
  }
  if (todo === notKnown) return [todo, staysReserved];
  const isNothingLeft = todo === again && isPaid(seen.payment) && leftOf(seen) === 0;
  return [isNothingLeft ? nothingLeft : todo];
}

/** In sentences, one after the other. `seen`: all that a page shows of the payment, if it does. */
export function todoOf(anomaly, seen = null) {
  const { kind } = anomaly;
  if (isUntold(anomaly)) return [untold];
  const isByPage = isOfMoney(anomaly) || kind === 'refund-after-close';
  if (seen === null) return [isByPage ? seePayment : byCodeOf(anomaly)];
  if (kind === 'code-refused' && seen.payment.trade_state === 'CLOSED') return [ofClosed];
  if (kind === 'refund-elsewhere') return [ofElsewhere(anomaly, seen)];
  return isOfMoney(anomaly) ? ofMoney(anomaly, todosOf(anomaly, seen), seen) : [byCodeOf(anomaly)];
}
