// What to do about an anomaly, `[zh, en]`: where it depends on that, by WeChat's `err_code`.
import { anomalyOf } from './anomaly-names.js';

const notKnown = [
  '微信不认识这笔支付：请在商户平台查看。需要的话用其他方式打款。这里不会结束这笔退款，它的金额一直留着。',
  'WeChat does not know this payment: look it up in the merchant console, and pay the payer in ' +
    'another way if need be. Nothing here ends the refund, and its amount stays reserved.',
];
const refusedForGood = [
  '微信不会受理这笔退款：等微信确认没有这笔退款后，它会结束，由另一条异常说明怎么办。',
  'WeChat will not take it. As soon as it says that it has no such refund, this one ends, and ' +
    'another anomaly says what to do.',
];
const lessIsLeft = [
  '多半是有人在商户平台退过款，剩下的不够：请先在那里查看，再退剩下的（迟到或重复的款项在那里退）。',
  'Most likely somebody has refunded in the merchant console, and less is left: look there ' +
    'first, and refund only what is left (money that came late or twice: there).',
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

export function todoOf({ kind, err_code }) {
  const ofKind = Object.hasOwn(byCode, kind) ? byCode[kind] : {};
  return Object.hasOwn(ofKind, err_code ?? '') ? ofKind[err_code] : anomalyOf(kind).todo;
}
