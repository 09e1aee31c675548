// What a payer is told of refunds that brought no money, `[zh, en]`.
import { money } from './page.js';

/** Of money that came besides, what did not go back by itself. */
export function wordsOfBesidesFailed({ fee_failed, fee_since }) {
  const [failed, since] = [fee_failed, fee_since].map(money);
  const [zh, en] =
    fee_since > 0
      ? [
          `没有自动退成功，之后另外退了 ${since}（到账或正在办理）。商家已知道；如果不对`,
          `did not go back by itself; ${since} was refunded otherwise since, or is on its way. ` +
            'The shop knows of it: if that is not right, ask there.',
        ]
      : [
          '没有退成功。商家已知道；如果还没有用别的方式退回',
          'did not go back. The shop knows of it: ask there, unless you have had it in another ' +
            'way.',
        ];
  return [
    `另有人（或您再次）付了 ${failed}：${zh}，请联系商家。`,
    `It was paid once more: ${failed} ${en}`,
  ];
}

/** Those that nothing else was refunded since, and of which all is missing. */
function named([fee, ...others]) {
  if (others.length === 0) {
    return [`有一笔 ${fee} 的退款未成功`, `A refund of ${fee} did not go through`];
  }
  const [count, fees] = [others.length + 1, [fee, ...others]];
  return [
    `有 ${count} 笔退款未成功：${fees.join('、')}`,
    `${count} refunds did not go through: ${fees.join(', ')}`,
  ];
}

/** Whether what was refunded since is instead of them nobody here knows. */
function withRest({ fees_failed: { length }, fee_since, fee_missing }) {
  const [since, missing] = [fee_since, fee_missing].map(money);
  const [zh, en] =
    length === 1
      ? ['有一笔退款未成功', 'A refund did not go through']
      : [`有 ${length} 笔退款未成功`, `${length} refunds did not go through`];
  if (fee_since === 0) {
    return [`${zh}，其中最多 ${missing} 没有退回`, `${en}: at most ${missing} of it is not back`];
  }
  const [zhRest, enRest] =
    fee_missing > 0
      ? [`，还差 ${missing}`, `, ${missing} is missing`]
      : ['，就已退清', ', nothing is missing'];
  return [
    `${zh}，之后另外退了 ${since}（到账或正在办理）：如果是代替它的${zhRest}`,
    `${en}. Since then ${since} was refunded otherwise, or is on its way: if that was instead` +
      enRest,
  ];
}

/**
 * Of refunds that were not asked for again since, `fees_failed`; all in fen. No sum is more than
 * what is not back.
 */
export function wordsOfFailed(payment) {
  const { fees_failed, fee_missing } = payment;
  const isAllMissing = fees_failed.reduce((sum, fee) => sum + fee, 0) === fee_missing;
  const [zh, en] = isAllMissing ? named(fees_failed.map(money)) : withRest(payment);
  return [
    `${zh}。商家已知道；如果这笔钱还没有用别的方式退给您，请联系商家。`,
    `${en}. The shop knows of it: ask there, unless you have had the money in another way.`,
  ];
}
