// How money stands that goes back, in whole sentences, `[zh, en]`.
import { money } from '../../js/page.js';
import { transactionOf } from '../../js/service/payService.js';
import { nameIn, refundStates } from './names.js';

const about = ({ out_refund_no }, anomalies, kind) =>
  anomalies.find((one) => one.transaction_id === out_refund_no && one.kind === kind);

/**
 * What may be said of a refund: one that WeChat refuses, or has with another amount, is still
 * PROCESSING, and one that had ended may have reached the payer after all.
 */
function standingOf(refund, anomalies) {
  const told = (kind) => about(refund, anomalies, kind);
  const isOpen = (kind) => told(kind)?.state === 'OPEN';
  if (refund.status === 'SUCCESS' || told('refund-after-close')) return 'back';
  if (refund.status !== 'PROCESSING') return 'failed';
  // It has WeChat's amount by now if that one could take its place.
  const isOther = told('refund-other-amount')?.total_fee === refund.refund_fee;
  if (isOther) return 'other-amount';
  const isUnsure = isOpen('refund-refused') || isOpen('refund-lasting-unknown');
  return isUnsure ? 'unsure' : 'under-way';
}

const ofAutomatic = {
  back: ['这笔钱已退回付款人。', 'That money is back with its payer.'],
  failed: [
    '这笔钱没有自动退回：请看它的异常。',
    'That money did not go back by itself: see its anomaly.',
  ],
  unsure: [
    '这笔钱会不会退回，微信还没有确认：请看它的异常。',
    'WeChat has not confirmed that this money goes back: see its anomaly.',
  ],
  'other-amount': [
    '微信有这笔钱的退款，但金额不同，这里不再继续办理：请看它的异常。',
    'WeChat has a refund of that money with another amount, and nothing here goes on with it: ' +
      'see its anomaly.',
  ],
  'under-way': [
    '这笔钱正在自动原路退回，不用操作。',
    'That money is on its way back by itself: nothing to do.',
  ],
};

export const heldSentence = [
  '微信收到了不能入账的款项（金额不符等），这里不会自动退回：请看异常。顾客不要再付。',
  'WeChat has received money for it that it cannot take (another amount, say), and nothing here ' +
    'gives it back: see its anomaly. The customer should not pay again.',
];

/** Of money that came after the close; what holds the payment may be this or another one. */
export function lateMoney({ payment, refunds, anomalies }) {
  const { out_trade_no, transaction_id, refund_fee, total_fee, held } = payment;
  const number = `${out_trade_no}-${transaction_id}`;
  const refund = refunds.find(({ out_refund_no }) => out_refund_no === number);
  // The payment is read after the refunds: what is not among them yet has only begun.
  const standing = refund ? standingOf(refund, anomalies) : 'under-way';
  const isBack = refund_fee === total_fee || standing === 'back';
  const sentences = [ofAutomatic[isBack ? 'back' : standing]];
  if (!isBack && refund_fee > 0) {
    sentences.push([`已退回 ${money(refund_fee)}。`, `${money(refund_fee)} of it has gone back.`]);
  }
  const isOfAnother = refund?.status === 'SUCCESS' || (refund && standing === 'under-way');
  return held && isOfAnother ? [...sentences, heldSentence] : sentences;
}

/** What a refund is called: its state, unless more is known than that. */
export function nameOfRefund(refund, anomalies) {
  const standing = standingOf(refund, anomalies);
  if (standing === 'other-amount') return ['微信的金额不同', 'Another amount at WeChat'];
  const isAfterAll = standing === 'back' && refund.status !== 'SUCCESS';
  return isAfterAll
    ? ['结束之后到账', 'Ended, paid back after all']
    : nameIn(refundStates, refund.status);
}

const isOfSecond = (payment) => (refund) =>
  ![null, payment.transaction_id].includes(transactionOf(refund));

/** The same code paid once more, which the row of the payment does not tell. */
export function paidTwice({ payment, refunds, anomalies }) {
  return refunds.filter(isOfSecond(payment)).map((refund) => {
    const [number, fee] = [transactionOf(refund), money(refund.refund_fee)];
    const [zh, en] = ofAutomatic[standingOf(refund, anomalies)];
    return [
      `同一个码又付了一次（微信订单号 ${number}，${fee}）。${zh}`,
      `The code was paid once more (WeChat's number ${number}, ${fee}). ${en}`,
    ];
  });
}

/** Whether certainly nothing of what was paid has gone back, nor will by a refund that is there. */
export const isAllThere = ({ payment, refunds, anomalies }) =>
  refunds
    .filter((refund) => !isOfSecond(payment)(refund))
    .every((refund) => refund.status === 'REFUNDCLOSE' && standingOf(refund, anomalies) !== 'back');

const ofAsked = {
  'under-way': (fee) => [
    `退款 ${fee} 正在办理，到账要几分钟到三个工作日。`,
    `A refund of ${fee} is on its way: minutes to a wallet, up to three working days to a card.`,
  ],
  unsure: (fee) => [
    `退款 ${fee} 微信还没有确认：请看它的异常。`,
    `WeChat has not confirmed a refund of ${fee}: see its anomaly.`,
  ],
  'other-amount': (fee) => [
    `退款 ${fee} 在微信的金额不同，这里不再继续办理：请看它的异常。`,
    `WeChat has the refund of ${fee} with another amount, and nothing here goes on with it: see ` +
      'its anomaly.',
  ],
  'after-close': (fee) => [
    `退款 ${fee} 结束之后还是到账了，没有计入已退金额：请看它的异常。`,
    `A refund of ${fee} that had ended has reached the payer after all, and is not counted: see ` +
      'its anomaly.',
  ],
  changed: (fee) => [
    `退款 ${fee} 退不到付款人的账户，需要人工打款。`,
    `A refund of ${fee} cannot reach the payer's account: pay it out by hand.`,
  ],
  'dealt-with': (fee) => [
    `退款 ${fee} 退不到付款人的账户：做了什么，见它的异常的备注。`,
    `A refund of ${fee} could not reach the payer's account: the notes of its anomaly say what ` +
      'was done.',
  ],
};

/** One that is back is in the sums, and one that has ended without money is as if it never was. */
function sentenceOf(refund, anomalies) {
  const standing = standingOf(refund, anomalies);
  if (standing === 'back') return refund.status === 'SUCCESS' ? undefined : ofAsked['after-close'];
  if (standing !== 'failed') return ofAsked[standing];
  if (refund.status !== 'CHANGE') return undefined;
  const isDealtWith = about(refund, anomalies, 'refund-changed')?.state === 'RESOLVED';
  return ofAsked[isDealtWith ? 'dealt-with' : 'changed'];
}

/** Refunds that were asked for, and have not ended well, or not yet. */
export const refundsTold = ({ refunds, anomalies }) =>
  refunds
    .filter((refund) => transactionOf(refund) === null)
    .map((refund) => sentenceOf(refund, anomalies)?.(money(refund.refund_fee)))
    .filter((sentence) => sentence !== undefined);
