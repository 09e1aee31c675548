// How a payment stands, in whole sentences, `[zh, en]`: what an operator can say to a customer.
import { money } from '../../js/page.js';
import { timeText } from './dates.js';

const heldSentence = [
  '微信收到了不能入账的款项（金额不符等），这里不会自动退回：请看异常。顾客不要再付。',
  'WeChat has received money for it that it cannot take (another amount, say), and nothing here ' +
    'gives it back: see its anomaly. The customer should not pay again.',
];

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

function paid({ merchant_order_no, total_fee, refund_fee, pay_time }, refunds) {
  const time = pay_time === null ? '' : timeText(pay_time);
  // An order of a shop's own is the shop's to tell of.
  const [zhOrders, enOrders] =
    merchant_order_no === null ? ['，订单已入账', ', and its orders are paid'] : ['', ''];
  const isPaid = [
    `已于 ${time} 付款 ${money(total_fee)}${zhOrders}。`,
    `${money(total_fee)} was paid on ${time}${enOrders}.`,
  ];
  if (refund_fee === 0) {
    const isUnderWay = refunds.some(({ status }) => status === 'PROCESSING');
    return isUnderWay ? [isPaid] : [isPaid, ['没有退过款。', 'Nothing has gone back.']];
  }
  const back = money(refund_fee);
  const [zhAll, enAll] =
    refund_fee < total_fee ? ['其中部分已', 'in part'] : ['已全部', 'all of it'];
  return [isPaid, [`${zhAll}退回：${back}。`, `${back} has gone back, ${enAll}.`]];
}

function closed({ merchant_order_no, transaction_id, refund_fee, held }) {
  if (transaction_id === null && !held) {
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
  if (held) return [late, heldSentence];
  if (refund_fee > 0) {
    return [late, [`已退回 ${money(refund_fee)}。`, `${money(refund_fee)} has gone back.`]];
  }
  return [late, ['正在原路退回，不用操作。', 'It is on its way back by itself: nothing to do.']];
}

/** Refunds that have not ended well, or not yet. */
function refundsUnderWay(refunds) {
  return refunds.flatMap(({ status, refund_fee }) => {
    const fee = money(refund_fee);
    if (status === 'PROCESSING') {
      return [
        [
          `退款 ${fee} 正在办理，到账要几分钟到三个工作日。`,
          `A refund of ${fee} is on its way: minutes to a wallet, up to three working days to a ` +
            'card.',
        ],
      ];
    }
    if (status === 'CHANGE') {
      return [
        [
          `退款 ${fee} 退不到付款人的账户，需要人工打款。`,
          `A refund of ${fee} cannot reach the payer's account: pay it out by hand.`,
        ],
      ];
    }
    return [];
  });
}

/** The same code paid a second time, which the row of the payment does not tell. */
function paidTwice(events) {
  const isSecond = ({ kind, detail }) =>
    kind === 'money.recorded' && detail.why === 'second-transaction';
  return events
    .filter(isSecond)
    .map(({ detail: { transaction_id, total_fee } }) => [
      `同一个码又付了一次（微信订单号 ${transaction_id}，${money(total_fee)}）：这一笔会自动原路退回。`,
      `The code was paid once more (WeChat's number ${transaction_id}, ${money(total_fee)}): ` +
        'that money goes back by itself.',
    ]);
}

const byState = { NOTPAY: unpaid, SUCCESS: paid, REFUND: paid, CLOSED: closed };

export function explain({ payment, refunds, events }) {
  return [
    ...byState[payment.trade_state](payment, refunds),
    ...paidTwice(events),
    ...refundsUnderWay(refunds),
  ];
}

/**
 * What can still be refunded, in fen: neither gone back nor reserved by a refund under way. Money
 * that goes back by itself was never a part of it: its refunds have other numbers. The server has
 * the last word.
 */
export function leftOf({ payment, refunds }) {
  const { trade_state, total_fee, refund_fee, out_trade_no } = payment;
  if (trade_state !== 'SUCCESS' && trade_state !== 'REFUND') return 0;
  const isOurs = ({ out_refund_no }) => out_refund_no.startsWith(`${out_trade_no}-op-`);
  const isReserved = ({ status }) => status === 'PROCESSING' || status === 'CHANGE';
  const reserved = refunds.filter((refund) => isOurs(refund) && isReserved(refund));
  const fees = reserved.map((refund) => refund.refund_fee);
  return fees.reduce((left, fee) => left - fee, total_fee - refund_fee);
}
