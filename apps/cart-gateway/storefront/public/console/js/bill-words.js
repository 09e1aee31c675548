// What an anomaly says in the server's words, as people read it: `[zh, en]`.
import { stateNames } from '../../js/payment-state.js';
import { amountIn, fenDigits } from './amount.js';
import { wordsOfAnswer } from './answer-words.js';
import { isUntold } from './elsewhere.js';
import { nameIn, refundStates } from './names.js';

const sides = { bill: ['账单', 'Bill'], here: ['这里', 'Here'] };

/** The day of the bill that an anomaly is about; null: it is about none. */
export function dayOfBill({ kind, out_trade_no, err_code_des }) {
  if (kind === 'bill-totals') return out_trade_no;
  if (!kind.startsWith('bill-')) return null;
  const [, day = null] = /^bill of ([0-9]{4}-[0-9]{2}-[0-9]{2})/.exec(err_code_des) ?? [];
  return day;
}

/** Of a bill; a payment has no word for a refund that has failed. */
const refundWords = { ...refundStates, FAIL: ['退款失败', 'Failed'] };

/** Whether it tells of a refund: then its number, which has a `-` in it, is the refund's. */
export const isOfRefund = ({ kind, transaction_id }) =>
  /^(bill-)?refund-/.test(kind) || transaction_id.includes('-');

/** A payment is in this state also when only a part of it went back. */
const paymentWords = { ...stateNames, REFUND: wordsOfAnswer('REFUND') };

const untold = '微信说这笔支付退过款，没有说退了多少、是哪一笔';

/** WeChat's own words, and of a bill what each side says. */
export function wordsOfReason(anomaly) {
  const { fee_type } = anomaly;
  const err_code_des = anomaly.err_code_des ?? '';
  if (isUntold(anomaly)) return [untold, err_code_des];
  if (dayOfBill(anomaly) === null) return wordsOfAnswer(err_code_des);
  const told = [...err_code_des.matchAll(/, (bill|here): (-?[0-9]+) fen (\w+)/g)];
  const states = isOfRefund(anomaly) ? refundWords : paymentWords;
  const parts = told.map(([, side, fee, state]) => {
    const amount = amountIn(Number(fee), side === 'here' ? 'CNY' : fee_type, fenDigits);
    return [0, 1].map((at) => `${sides[side][at]} ${amount} ${nameIn(states, state)[at]}`);
  });
  return [parts.map(([zh]) => zh).join('，'), parts.map(([, en]) => en).join(', ')];
}
