// How a payment stands, in whole sentences, `[zh, en]`: what an operator can say to a customer.
import { money } from '../../js/page.js';
import { feeOf } from '../../js/service/payService.js';
import { heldSentence, isAllThere, lateMoney, noneBack, paidTwice, refundsTold } from './back.js';
import { isDoubted, toldByBills } from './bill-doubts.js';
import { timeText } from './dates.js';
import { toldElsewhere } from './elsewhere.js';

function unpaid({ closing, held, unknown_time, expire_time }) {
  const sentences = [];
  if (held) sentences.push(heldSentence);
  if (unknown_time !== null) {
    sentences.push([
      `从 ${timeText(unknown_time)} 起无法向微信查询：没有人知道是否已付款。付过的钱不会丢。`,
      `Since ${timeText(unknown_time)} WeChat cannot be asked: nobody knows whether it is paid. ` +
        'What was paid is not lost.',
    ]);
  } else if (!held) {
    sentences.push([
      '微信最近的答复：没有收到付款。',
      'When WeChat was last asked, no money had come for it.',
    ]);
  }
  if (closing) {
    sentences.push([
      '正在关闭：不再给出二维码，微信关单后就会关闭。',
      'It is being closed: no code is given out any more, and it ends as soon as WeChat agrees.',
    ]);
  } else {
    sentences.push([
      `不付款的话，${timeText(expire_time)} 后会关闭。`,
      `If nobody pays it, it is closed after ${timeText(expire_time)}.`,
    ]);
  }
  return sentences;
}

/** Open anomalies that name one number: its money is not to be given back once for each. */
function toldTogether({ anomalies }) {
  const numbers = anomalies
    .filter(({ state, transaction_id }) => state === 'OPEN' && transaction_id !== '')
    .map(({ transaction_id }) => transaction_id);
  return [...new Set(numbers)]
    .map((number) => [number, numbers.filter((one) => one === number).length])
    .filter(([, count]) => count > 1)
    .map(([number, count]) => [
      `${count} 条待处理的异常说的是同一个号码 ${number}：是同一件事，请一起处理。`,
      `${count} open anomalies are about the number ${number}: they are of one thing, to be ` +
        'dealt with together.',
    ]);
}

function paid({ merchant_order_no, total_fee, refund_fee, pay_time }, seen) {
  const time = pay_time === null ? '' : timeText(pay_time);
  // An order of a shop's own is the shop's to tell of.
  const [zhOrders, enOrders] =
    merchant_order_no === null ? ['，订单已入账', ', and its orders are paid'] : ['', ''];
  const [zhBooks, enBooks] = isDoubted(seen) ? ['按这里的账，', 'By the books here, '] : ['', ''];
  const isPaid = [
    `${zhBooks}已于 ${time} 付款 ${money(total_fee)}${zhOrders}。`,
    `${enBooks}${money(total_fee)} was paid on ${time}${enOrders}.`,
  ];
  if (refund_fee === 0) return isAllThere(seen) ? [isPaid, noneBack(seen)] : [isPaid];
  const back = money(refund_fee);
  return [
    isPaid,
    refund_fee < total_fee
      ? [`其中部分已退回：${back}。`, `A part of it has gone back: ${back}.`]
      : [`已全部退回：${back}。`, `All of it has gone back: ${back}.`],
  ];
}

function closed({ merchant_order_no, transaction_id, held }, seen) {
  if (transaction_id === null && !held) {
    if (isDoubted(seen)) return [['已关闭，不能再付。', 'It is closed, and cannot be paid.']];
    return [
      ['没有付款，已关闭，不能再付。', 'It was closed without being paid, and cannot be paid.'],
    ];
  }
  if (transaction_id === null) return [heldSentence];
  const late =
    merchant_order_no === null
      ? [
          '关闭之后才收到付款，订单没有入账。',
          'Its money came after it was closed: its orders are not paid.',
        ]
      : ['关闭之后才收到付款，没有入账。', 'Its money came after it was closed: it is not paid.'];
  return [late, ...lateMoney(seen)];
}

const byState = { NOTPAY: unpaid, SUCCESS: paid, REFUND: paid, CLOSED: closed };

/** By our own refunds, under way or not paid out, in fen. */
function reservedBy(status, { payment: { out_trade_no }, refunds }) {
  const isOurs = ({ out_refund_no }) => out_refund_no.startsWith(`${out_trade_no}-op-`);
  return feeOf(refunds.filter((refund) => isOurs(refund) && refund.status === status));
}

function reservedTold(seen) {
  const fee = reservedBy('CHANGE', seen);
  if (fee === 0) return [];
  return [
    [
      `退款异常的 ${money(fee)} 一直占用着，这里不能再退。`,
      `${money(fee)} stays reserved by refunds that could not reach the payer's account, and ` +
        'cannot be refunded again here.',
    ],
  ];
}

export function explain(seen) {
  const { payment } = seen;
  return [
    ...byState[payment.trade_state](payment, seen),
    ...toldByBills(seen),
    ...toldTogether(seen),
    ...paidTwice(seen),
    ...refundsTold(seen),
    ...reservedTold(seen),
    ...toldElsewhere(seen),
  ];
}

/**
 * What can still be refunded, in fen: neither gone back nor reserved by a refund under way. Money
 * that goes back by itself was never a part of it: its refunds have other numbers. The server has
 * the last word.
 */
export function leftOf(seen) {
  const { trade_state, total_fee, refund_fee } = seen.payment;
  if (trade_state !== 'SUCCESS' && trade_state !== 'REFUND') return 0;
  const reserved = reservedBy('PROCESSING', seen) + reservedBy('CHANGE', seen);
  return Math.max(0, total_fee - refund_fee - reserved);
}
