// What went back, or may have, in the place of money that a refund did not bring, `[zh, en]`. The
// books cannot know for what a refund was meant: what to do about it is told as a condition.
import { money } from '../../js/page.js';
import {
  askedSince,
  failedAlike,
  failedBefore,
  feeOf,
  transactionOf,
} from '../../js/service/payService.js';

/** Whether one that had ended has reached the payer after all. */
export const isBackAfterAll = ({ out_refund_no }, { anomalies }) =>
  anomalies.some(
    ({ kind, transaction_id }) => kind === 'refund-after-close' && transaction_id === out_refund_no,
  );

export const settled = [
  '它结束之后还是到账了：不要再退，把本条标记为已处理即可。',
  'It has reached the payer after all: refund nothing more, this is settled, and only to be ' +
    'marked.',
];

/** What was refunded since, and what of as much has failed since as well. */
function movedSince(failed, seen) {
  const all = askedSince(failed, seen.refunds);
  const isBack = (one) => one.status === 'SUCCESS' || isBackAfterAll(one, seen);
  return {
    back: all.filter(isBack),
    underWay: all.filter(({ status }) => status === 'PROCESSING'),
    failedToo: failedAlike(failed, all).filter((one) => !isBack(one)),
  };
}

const listed = (refunds) => {
  const all = refunds.map(({ refund_fee, out_refund_no }) => [money(refund_fee), out_refund_no]);
  return [
    all.map(([fee, number]) => `${fee}（${number}）`).join('、'),
    all.map(([fee, number]) => `${fee} (${number})`).join(', '),
  ];
};

const ofBack = ([zh, en]) => [
  `之后另有退款到账：${zh}。`,
  `Other refunds have gone back since: ${en}.`,
];
const ofUnderWay = ([zh, en]) => [
  `之后另外申请了退款，还没有结果：${zh}。`,
  `Other refunds were asked for since, and have not ended yet: ${en}.`,
];
const ofFailedToo = ([zh, en]) => [
  `之后又申请过同样的金额，也没有退成：${zh}。`,
  `As much was asked for since, and has failed too: ${en}.`,
];

/** One cannot be in the place of several, unless these were one wish. */
function ofSeveral({ back, underWay }, seen) {
  const moved = [...back, ...underWay];
  const failed = failedBefore(moved, seen.refunds).filter((one) => !isBackAfterAll(one, seen));
  if (failed.length < 2 || feeOf(moved) >= feeOf(failed)) return [];
  const [[zh, en], since] = [listed(failed), money(feeOf(moved))];
  return [
    [
      `没有退成的有：${zh}；之后一共退了 ${since}（到账或正在办理）：除非其中有的是同一件事，` +
        '否则不够把它们都退清。',
      `These have failed: ${en}; and ${since} was refunded since (gone back or under way): ` +
        'unless some of them were one wish, that cannot settle all of them.',
    ],
  ];
}

/** What names no order is counted to the orders in turn, perhaps to others than this one's. */
function ofOrders({ order_id }, { back, underWay }, { orders = [] }) {
  const order = orders.find((one) => one.order_id === order_id);
  const unnamed = [...back, ...underWay].filter((one) => one.order_id === undefined);
  if (order === undefined || orders.length < 2 || unnamed.length === 0) return [];
  const [[zh, en], fee] = [listed(unnamed), money(order.refund_fee)];
  return [
    [
      `${zh} 没有写明订单，按顺序计入各个订单，可能是别的订单：本条的订单 ${order_id} 一共已退回 ${fee}。`,
      `No order is named by ${en}: it is counted to the orders in turn, perhaps to others. Of ` +
        `the order of this one (${order_id}) ${fee} has gone back in all.`,
    ],
  ];
}

/** What is known of it, as a list of sentences. */
export function sinceTold(failed, seen) {
  const moved = movedSince(failed, seen);
  const { back, underWay, failedToo } = moved;
  return [
    ...(back.length > 0 ? [ofBack(listed(back))] : []),
    ...(underWay.length > 0 ? [ofUnderWay(listed(underWay))] : []),
    ...(failedToo.length > 0 ? [ofFailedToo(listed(failedToo))] : []),
    ...ofSeveral(moved, seen),
    ...ofOrders(failed, moved, seen),
  ];
}

const ifSettled = [
  '到账的如果就是代替本条退的：不要再退，已经退清，把本条标记为已处理即可。',
  'If what has gone back was asked for in its place: refund nothing more, this is settled, and ' +
    'only to be marked.',
];
const ifUnderWay = [
  '如果就是代替本条退的：不要再退，等正在办理的到账后，把本条标记为已处理。',
  'If that was asked for in its place: refund nothing more, wait for what is under way, and mark ' +
    'this when it has reached the payer.',
];
const ifFailedToo = [
  '也没有退成的如果就是代替本条的：怎么办只看那一笔的异常和备注，本条标记为已处理即可。',
  'If what has failed too was asked for in its place: go by the anomaly of that one and its ' +
    'notes alone, and only mark this.',
];

/**
 * What of the payment neither went back nor is under way, in fen: no more can be due of the failed
 * one. A bill may say that it has failed while it is counted here.
 */
export function leftBeside(failed, seen) {
  const { total_fee, refund_fee } = seen.payment;
  const isGone = (one) =>
    one.out_refund_no !== failed.out_refund_no &&
    transactionOf(one) === null &&
    (one.status === 'PROCESSING' || (one.status !== 'SUCCESS' && isBackAfterAll(one, seen)));
  const counted = failed.status === 'SUCCESS' ? failed.refund_fee : 0;
  return Math.max(0, total_fee - refund_fee + counted - feeOf(seen.refunds.filter(isGone)));
}

const allBack = [
  '这笔支付已全部退回，没有可以再退的：不要再退，把本条标记为已处理即可。',
  'All of the payment has gone back, and nothing of it is left: refund nothing more, and only ' +
    'mark this.',
];
const noneLeft = [
  '这笔支付的钱都已退回或正在退，没有可以再退的：等正在办理的有了结果再看。',
  'All of the payment has gone back or is under way, and nothing more can be due: wait for what ' +
    'is under way, and look again then.',
];

function ifMissing({ refund_fee }, moved, { underWay, left }) {
  const missing = refund_fee - feeOf(moved);
  const [rest, all, less, most] = [missing, refund_fee, feeOf(moved), left].map(money);
  const [zhWait, enWait] =
    underWay.length > 0 ? ['等正在办理的到账；', 'wait for what is under way; '] : ['', ''];
  const [zhMost, enMost] =
    left < missing ? [` ${most}`, `at most ${most}`] : ['这么多', 'only that'];
  return [
    `如果就是代替本条退的：${zhWait}还差 ${rest}（${all} 减 ${less}），最多只能再退${zhMost}。`,
    `If that was asked for in its place: ${enWait}${rest} of it is still missing (${all} less ` +
      `${less}), and ${enMost} may be given back.`,
  ];
}

function ifMoved(failed, moved, { back, underWay, left }) {
  if (feeOf(back) >= failed.refund_fee) return [ifSettled];
  if (feeOf(moved) >= failed.refund_fee) return [ifUnderWay];
  return left > 0 ? [ifMissing(failed, moved, { underWay, left })] : [];
}

/** What can be due if none of it, or not all, was in the place of the failed one. */
function ifOther({ refund_fee }, { length }, left) {
  const [fee, most] = [refund_fee, left].map(money);
  const [zhIf, enIf] =
    length === 1
      ? ['如果那一笔是为别的事退的，', 'If that one was for something else, ']
      : ['为别的事退的不算：', 'What was for something else does not count: '];
  const [zhDue, enDue] =
    length === 1
      ? [`本条的 ${fee} 仍然要退`, `${fee} of this one is still due`]
      : [
          `${fee} 减去代替本条退的，仍然要退`,
          `${fee}, less what was asked for in its place, is still due`,
        ];
  const [zh, en] =
    left < refund_fee
      ? [`本条的 ${fee} 最多还有 ${most} 要退`, `at most ${most} of the ${fee} can still be due`]
      : [zhDue, enDue];
  return [`${zhIf}${zh}。只对还该退的这样办：`, `${enIf}${en}. Only for what is due:`];
}

/** No more than this can be due of what the payment has received. */
function ofLeft({ refund_fee }, left) {
  if (left === 0) return [noneLeft];
  if (left >= refund_fee) return [];
  const fee = money(left);
  return [
    [
      `这笔支付没有退、也没有在退的只有 ${fee}：最多只能再退这么多。`,
      `Of the payment only ${fee} has neither gone back nor is under way: no more can be due.`,
    ],
  ];
}

/** What follows from it: first if it was in the place of the failed one, then if it was not. */
export function sinceAdvised(failed, seen) {
  if (leftBeside(failed, { ...seen, refunds: [] }) === 0) return [allBack];
  const { back, underWay, failedToo } = movedSince(failed, seen);
  const moved = [...back, ...underWay];
  const all = [...moved, ...failedToo];
  const left = leftBeside(failed, seen);
  return [
    ...(failedToo.length > 0 ? [ifFailedToo] : []),
    ...(moved.length > 0 ? ifMoved(failed, moved, { back, underWay, left }) : []),
    ...ofLeft(failed, left),
    ...(all.length > 0 && left > 0 ? [ifOther(failed, all, left)] : []),
  ];
}
