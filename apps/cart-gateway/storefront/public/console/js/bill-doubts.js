// What WeChat's bills have otherwise, and nobody has dealt with.
import { anomalyOf } from './anomaly-names.js';

const kindsOfBills = ({ anomalies }) => {
  const open = anomalies.filter(({ kind, state }) => state === 'OPEN' && kind.startsWith('bill-'));
  return [...new Set(open.map(({ kind }) => kind))];
};

const isOfRefund = (kind) => kind.startsWith('bill-refund-');

/** Whether a bill says otherwise of what was paid, so that nobody here can be certain of it. */
export const isDoubted = (seen) => kindsOfBills(seen).some((kind) => !isOfRefund(kind));

function sentenceOf(kind) {
  const [zh, en] = anomalyOf(kind).is;
  return [`${zh}：请看它的异常。`, `${en}: see its anomaly.`];
}

/** `[zh, en]` each. */
export const toldByBills = (seen) => kindsOfBills(seen).map(sentenceOf);

/** Those of them by which other money may have gone back than stands here. */
export const refundsDoubted = (seen) => kindsOfBills(seen).filter(isOfRefund).map(sentenceOf);
