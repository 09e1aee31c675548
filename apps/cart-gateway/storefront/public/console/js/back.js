// How money stands that goes back, in whole sentences, `[zh, en]`.
import { money } from '../../js/page.js';
import { transactionOf } from '../../js/service/payService.js';
import { refundsDoubted } from './bill-doubts.js';
import { refundsNotWritten, untoldOf, warningsOfElsewhere } from './elsewhere.js';
import { nameIn, refundStates } from './names.js';
import { isBackAfterAll, sinceTold } from './refunded-since.js';

const about = ({ out_refund_no }, anomalies, kind) =>
  anomalies.find((one) => one.transaction_id === out_refund_no && one.kind === kind);

/** By these WeChat has said that it has a refund: before, it may never have heard of it. */
const eventsOfWechat = ['refund.accepted', 'refund.elsewhere', 'refund.other-amount'];

const hasEvent = ({ out_refund_no }, { events }, kinds) =>
  events.some(({ kind, detail }) => kinds.includes(kind) && detail.out_refund_no === out_refund_no);

export const isMadeElsewhere = (refund, seen) => hasEvent(refund, seen, ['refund.elsewhere']);

/**
 * What may be said of a refund: one of which WeChat has not heard, which it refuses, or has with
 * another amount, is still PROCESSING, and one that had ended may have reached the payer after all.
 */
function standingOf(refund, seen) {
  const told = (kind) => about(refund, seen.anomalies, kind);
  const isOpen = (kind) => told(kind)?.state === 'OPEN';
  if (refund.status === 'SUCCESS' || isBackAfterAll(refund, seen)) return 'back';
  if (refund.status !== 'PROCESSING') return 'failed';
  // It has WeChat's amount by now if that one could take its place.
  const isOther = told('refund-other-amount')?.total_fee === refund.refund_fee;
  if (isOther) return 'other-amount';
  if (isOpen('refund-refused')) return 'refused';
  if (isOpen('refund-lasting-unknown')) return 'unsure';
  return hasEvent(refund, seen, eventsOfWechat) ? 'under-way' : 'recorded';
}

const ofAutomatic = {
  back: ['这笔钱已退回付款人。', 'That money is back with its payer.'],
  failed: [
    '这笔钱没有自动退回：请看它的异常。',
    'That money did not go back by itself: see its anomaly.',
  ],
  'dealt-with': [
    '这笔钱没有自动退回，已有人处理：做了什么，见它的异常的备注。',
    'That money did not go back by itself, and somebody has dealt with it: the notes of its ' +
      'anomaly say what was done.',
  ],
  'dealt-with-before': [
    '这笔钱没有自动退回，以前有人处理过：请看它的异常以前的备注。',
    'That money did not go back by itself, and was dealt with before: see the earlier notes of ' +
      'its anomaly.',
  ],
  refused: [
    '这笔钱会自动退回，但微信暂时拒绝：请看它的异常。',
    'That money goes back by itself, but WeChat refuses it for now: see its anomaly.',
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
  recorded: [
    '这笔钱会自动原路退回，不用操作；微信还没有确认受理。',
    'That money goes back by itself: nothing to do. WeChat has not confirmed it yet.',
  ],
  'under-way': [
    '这笔钱正在自动原路退回，不用操作。',
    'That money is on its way back by itself: nothing to do.',
  ],
};

/** `standing` is that of the refund, unless somebody has dealt with what has failed. */
function wordsOfAutomatic(standing, refund, seen) {
  if (standing !== 'failed') return ofAutomatic[standing];
  if (isDealtWith(refund, seen)) return ofAutomatic['dealt-with'];
  return ofAutomatic[wasDealtWith(refund, seen) ? 'dealt-with-before' : 'failed'];
}

export const heldSentence = [
  '微信收到了不能入账的款项（金额不符等），这里不会自动退回：请看异常。顾客不要再付。',
  'WeChat has received money for it that it cannot take (another amount, say), and nothing here ' +
    'gives it back: see its anomaly. The customer should not pay again.',
];

/** Of money that came after the close; what holds the payment may be this or another one. */
export function lateMoney(seen) {
  const { payment, refunds } = seen;
  const { out_trade_no, transaction_id, refund_fee, total_fee, held } = payment;
  const number = `${out_trade_no}-${transaction_id}`;
  const refund = refunds.find(({ out_refund_no }) => out_refund_no === number);
  // The payment is read after the refunds: what is not among them yet has only begun.
  const standing = refund ? standingOf(refund, seen) : 'recorded';
  const isBack = refund_fee === total_fee || standing === 'back';
  const sentences = [wordsOfAutomatic(isBack ? 'back' : standing, refund, seen)];
  if (!isBack && refund_fee > 0) {
    sentences.push([`已退回 ${money(refund_fee)}。`, `${money(refund_fee)} of it has gone back.`]);
  }
  const isOnItsWay = standing === 'under-way' || standing === 'recorded';
  const isOfAnother = refund?.status === 'SUCCESS' || (refund && isOnItsWay);
  return held && isOfAnother ? [...sentences, heldSentence] : sentences;
}

const standingNames = {
  'other-amount': ['微信的金额不同', 'Another amount at WeChat'],
  refused: ['微信暂时拒绝', 'Refused for now'],
  recorded: ['已记录，微信还没有确认', 'Recorded, not confirmed yet'],
  unsure: ['微信还没有确认', 'Not confirmed yet'],
};

/** What a refund is called: its state, unless more is known than that. */
export function nameOfRefund(refund, seen) {
  const standing = standingOf(refund, seen);
  const isAfterAll = standing === 'back' && refund.status !== 'SUCCESS';
  if (isAfterAll) return ['结束之后到账', 'Ended, paid back after all'];
  return standingNames[standing] ?? nameIn(refundStates, refund.status);
}

const isOfSecond = (payment) => (refund) =>
  ![null, payment.transaction_id].includes(transactionOf(refund));

/** The same code paid once more, which the row of the payment does not tell. */
export function paidTwice(seen) {
  return seen.refunds.filter(isOfSecond(seen.payment)).map((refund) => {
    const [number, fee] = [transactionOf(refund), money(refund.refund_fee)];
    const [zh, en] = wordsOfAutomatic(standingOf(refund, seen), refund, seen);
    return [
      `同一个码又付了一次（微信订单号 ${number}，${fee}）。${zh}`,
      `The code was paid once more (WeChat's number ${number}, ${fee}). ${en}`,
    ];
  });
}

const refundsOfPaid = ({ payment, refunds }) =>
  refunds.filter((refund) => !isOfSecond(payment)(refund));

/** Whether certainly nothing of what was paid has gone back, nor will by a refund that is there. */
export const isAllThere = (seen) =>
  [untoldOf, refundsNotWritten, refundsDoubted].every((doubts) => doubts(seen).length === 0) &&
  refundsOfPaid(seen).every(
    (refund) => refund.status === 'REFUNDCLOSE' && standingOf(refund, seen) !== 'back',
  );

/** Of what is all there: one that was asked for and has ended is known, and stands below. */
export const noneBack = (seen) =>
  refundsOfPaid(seen).length === 0
    ? ['付款的这笔款项没有退款记录。', 'No refund of what paid it is known here.']
    : [
        '这里记录的退款都没有退成，钱没有退。',
        'The refunds that are known here have ended, and no money went back by them.',
      ];

const ofAsked = {
  recorded: (fee) => [
    `退款 ${fee} 已记录，微信还没有确认受理。`,
    `A refund of ${fee} is recorded; WeChat has not confirmed it yet.`,
  ],
  'under-way': (fee) => [
    `退款 ${fee} 正在办理，到账要几分钟到三个工作日。`,
    `A refund of ${fee} is on its way: minutes to a wallet, up to three working days to a card.`,
  ],
  refused: (fee) => [
    `退款 ${fee} 微信暂时拒绝：请看它的异常。`,
    `WeChat refuses a refund of ${fee} for now: see its anomaly.`,
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
  'changed-since': (fee) => [
    `退款 ${fee} 退不到付款人的账户，但可能已再申请过，或已用别的方式退了：打款之前先看它的异常。`,
    `A refund of ${fee} could not reach the payer's account, but it may have been asked for ` +
      'again, or have gone back otherwise: see its anomaly before anything is paid out.',
  ],
  'dealt-with': (fee) => [
    `退款 ${fee} 没有退成，已有人处理：做了什么，见它的异常的备注。`,
    `A refund of ${fee} brought no money, and somebody has dealt with it: the notes of its ` +
      'anomaly say what was done.',
  ],
};

const kindsOfEnd = { REFUNDCLOSE: 'refund-closed', CHANGE: 'refund-changed' };

/** It is somebody's again: the notes of before may say that money was paid out in another way. */
const wasDealtWith = (refund, { anomalies }) =>
  Boolean(about(refund, anomalies, kindsOfEnd[refund.status])?.note);

/** Somebody may have paid it out in another way, also if as much was refunded since. */
const isDealtWith = (refund, { anomalies }) =>
  about(refund, anomalies, kindsOfEnd[refund.status])?.state === 'RESOLVED';

const isUncounted = (refund, seen) => refund.status !== 'SUCCESS' && isBackAfterAll(refund, seen);

/** The payer's account took none of it: nobody pays out what went back in another way. */
function ofChanged(refund, seen) {
  const isSince = [...sinceTold(refund, seen), ...warningsOf(seen)].length > 0;
  return ofAsked[isSince || wasDealtWith(refund, seen) ? 'changed-since' : 'changed'];
}

/** One that is back is in the sums; one that has ended without money can be asked for again. */
function sentenceOf(refund, seen) {
  const standing = standingOf(refund, seen);
  if (standing === 'back') return refund.status === 'SUCCESS' ? undefined : ofAsked['after-close'];
  if (standing !== 'failed') return ofAsked[standing];
  if (isDealtWith(refund, seen)) return ofAsked['dealt-with'];
  return refund.status === 'CHANGE' ? ofChanged(refund, seen) : undefined;
}

const told = (refunds, seen) =>
  refunds
    .filter((refund) => transactionOf(refund) === null)
    .map((refund) => sentenceOf(refund, seen)?.(money(refund.refund_fee)))
    .filter((sentence) => sentence !== undefined);

/** Refunds that were asked for, and have not ended well, or not yet. */
export const refundsTold = (seen) => told(seen.refunds, seen);

const accountClosed = 'USER_ACCOUNT_ABNORMAL';

/** What has failed, or WeChat will not take, and is still open: `[refund, anomaly]` each. */
function failuresOpen({ refunds, anomalies }) {
  const isOfFailure = ({ kind, err_code, state }) =>
    state === 'OPEN' &&
    (Object.values(kindsOfEnd).includes(kind) ||
      (kind === 'refund-refused' && err_code === accountClosed));
  return anomalies
    .filter(isOfFailure)
    .map((anomaly) => [
      refunds.find(({ out_refund_no }) => out_refund_no === anomaly.transaction_id),
      anomaly,
    ])
    .filter(([refund]) => refund !== undefined && transactionOf(refund) === null);
}

/** The payer's account takes no refund any more: to refund more is hardly what helps. */
export const isAccountClosed = (seen) =>
  failuresOpen(seen).some(([, { err_code }]) => err_code === accountClosed);

/** For whoever refunds while an earlier refund has failed: a sentence for each. */
export const failuresTold = (seen) =>
  failuresOpen(seen).map(([{ refund_fee }, { kind }]) => {
    const fee = money(refund_fee);
    const [zh, en] =
      kind === 'refund-refused'
        ? [`微信拒绝了之前的退款 ${fee}`, `WeChat refuses an earlier refund of ${fee}`]
        : [`之前的退款 ${fee} 没有退成`, `An earlier refund of ${fee} has failed`];
    return [
      `${zh}：请先看它的异常，这笔钱可能已经用别的方式退了。`,
      `${en}: see its anomaly first, since it may have been given back otherwise meanwhile.`,
    ];
  });

/** What whoever refunds more should know: money may have reached the payer in another way. */
export const warningsOf = (seen) => [
  ...warningsOfElsewhere(seen),
  ...refundsDoubted(seen),
  ...told(
    seen.refunds.filter((refund) => isDealtWith(refund, seen) || isUncounted(refund, seen)),
    seen,
  ),
];
