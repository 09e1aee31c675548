// What states are called, `[zh, en]`; those of a payment are called as its payer reads them.
import { refundName } from '../../js/payment-state.js';

export const refundStates = {
  PROCESSING: ['退款处理中', 'Being processed'],
  SUCCESS: ['已到账', 'Paid back'],
  REFUNDCLOSE: ['退款关闭，钱没有退', 'Ended, nothing went back'],
  CHANGE: ['退款异常，没有退成', 'Failed at the payer’s account'],
};

export const deliveryStates = {
  PENDING: ['发送中', 'Being sent'],
  DELIVERED: ['已送达', 'Delivered'],
  DEAD: ['已放弃', 'Given up'],
};

export const deliveryTypes = {
  'payment.paid': ['款项已收到', 'A payment is paid'],
  'order.paid': ['订单已支付', 'An order is paid'],
  'payment.closed': ['支付已关闭', 'A payment is closed'],
  'payment.refunded': ['款项已退回', 'Money is paid back'],
};

const orderStates = {
  1: ['未付款', 'Not paid'],
  2: ['已付款', 'Paid'],
  6: ['已关闭', 'Closed'],
};

export const checkSubjects = {
  'request-key': ['微信认可我们的签名', 'WeChat believes our signatures'],
  'answer-key': ['我们认可微信的签名', "We believe WeChat's signatures"],
  clock: ['时钟准确', 'The clock is right'],
  'own-key': ['能解开微信加密给商户的内容', 'What WeChat encrypts for the merchant can be read'],
  'api-key': ['能用 APIv3 密钥解密', 'What is encrypted with the APIv3 key can be read'],
  'notify-url': ['能收到微信的通知', "WeChat's notices arrive"],
  appid: ['AppID 已与这个商户号绑定', 'The appid belongs to the merchant number'],
  certificate: ['证书还在有效期内', 'A certificate is valid, and not about to end'],
};

export const checkVerdicts = {
  good: ['正确', 'Good'],
  bad: ['有误', 'Wrong'],
  unproved: ['未证实', 'Not proved'],
  unknown: ['没有明确答复', 'No certain answer'],
};

/** What an order is called: the money comes first where some or all of it went back. */
export function nameOfOrder({ status, refund_fee, payment }) {
  return refund_fee === 0 ? nameIn(orderStates, status) : refundName(refund_fee, payment);
}

/**
 * A newer server may know a word that this page does not: then the word itself is shown. So is one
 * that every object has as a member, such as `constructor`.
 */
export const nameIn = (names, word) => (Object.hasOwn(names, word) ? names[word] : [word, word]);

/**
 * A text of the server as people read it: one that is `known` as a whole, or of which one of the
 * `parts`, `[pattern, say]`, says more; else itself. So it is in English if only Chinese is given.
 */
export function wordsBy({ known, parts }, text) {
  let said = Object.hasOwn(known, text) && known[text];
  for (const [pattern, say] of parts) {
    const found = said ? null : pattern.exec(text);
    if (found !== null) said = say(...found.slice(1));
  }
  const [zh, en = text] = said || [text];
  return [zh, en];
}
