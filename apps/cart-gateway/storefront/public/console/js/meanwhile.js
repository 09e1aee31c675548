// What happened since the page was read: nobody decides by what is no longer so.
import { at, money, tell } from '../../js/page.js';
import { persist } from '../../js/request.js';
import { feeOf, transactionOf } from '../../js/service/payService.js';
import { viewerId } from './access.js';
import { timeText } from './dates.js';
import { actorName, wordsOfNote } from './event-names.js';
import { amountOf } from './parts.js';
import { listAnomalies, listRefunds, timelineOf } from './service.js';

const counted = (refunds) => refunds.filter(({ status }) => status !== 'REFUNDCLOSE');

function besides(others, refunds) {
  const known = new Set(counted(others).map(({ out_refund_no }) => out_refund_no));
  return counted(refunds).filter(({ out_refund_no }) => !known.has(out_refund_no));
}

/** Nobody has asked for these; whoever refunds a customer who paid twice would do it once more. */
function paidOnceMore(refunds) {
  const fee = money(feeOf(refunds));
  return [
    `这期间同一个码又付了一次，那笔 ${fee} 有自己的退款：这次什么都没有发出，请再看一遍。`,
    `Meanwhile the code was paid once more, and that ${fee} has a refund of its own: nothing was ` +
      'sent now. Please look again.',
  ];
}

/**
 * Reads the refunds anew: what went back or is under way otherwise than was shown, `[zh, en]`, or
 * null. After a try that was not answered it may be one's own.
 */
export async function refundedSince({ payment, refunds }, { mayBeOwn }) {
  const read = () => listRefunds(payment.out_trade_no);
  const { refunds: now } = await persist(read, { triesMax: 1 });
  const come = besides(refunds, now);
  const asked = come.filter((one) => transactionOf(one) === null);
  if (come.length > 0 && asked.length === 0) return paidOnceMore(come);
  if (come.length > 0) {
    const fee = money(feeOf(asked));
    if (mayBeOwn) {
      return [
        `这期间记录了退款 ${fee}，可能就是上一次没有得到答复的那一笔：这次什么也没发，请再看一遍。`,
        `Meanwhile ${fee} was refunded, perhaps by the try that was not answered: nothing was ` +
          'sent now. Please look again.',
      ];
    }
    return [
      `这期间已有人退款 ${fee}：这次什么都没有发出，请再看一遍。`,
      `Meanwhile ${fee} was refunded by someone: nothing was sent now. Please look again.`,
    ];
  }
  if (besides(now, refunds).length === 0) return null;
  return [
    '这期间有一笔退款已结束，钱没有退：这次什么都没有发出，请再看一遍。',
    'Meanwhile a refund has ended without money: nothing was sent now. Please look again.',
  ];
}

/** Who has dealt with it and when, `{ actor, create_time, note }`, as far as a timeline tells. */
async function dealing({ out_trade_no, anomaly_id, note }) {
  const events = await timelineOf(out_trade_no).catch((problem) => {
    // WeChat may have told of money for a number that is none of ours; that of a bill is its day.
    if (problem.status === 404 || problem.status === 400) return [];
    throw problem;
  });
  const isIt = ({ kind, detail }) =>
    kind === 'anomaly.resolved' && detail.anomaly_id === anomaly_id;
  const event = events.filter(isIt).pop();
  return event ? { ...event, note: event.detail.note } : { note: note.split('\n').pop() };
}

/** `[zh, en]`: how another has dealt with it, or null if that was one's own try. */
async function dealtWith(anomaly, ownNote) {
  const { actor, create_time, note } = await dealing(anomaly);
  if (actor === `operator:${viewerId()}` && note === ownNote) return null;
  const [zh, en] = actor === undefined ? ['别人', 'someone'] : actorName({ actor });
  const [zhTime, enTime] =
    create_time === undefined
      ? ['', '']
      : [`于 ${timeText(create_time)} `, ` at ${timeText(create_time)}`];
  const [zhNote, enNote] = wordsOfNote(note);
  return [
    `这期间${zh}已${zhTime}处理：“${zhNote}”。您的备注没有记下，请再看一遍。`,
    `Meanwhile it was dealt with by ${en}${enTime}: “${enNote}”. Your note was not kept: please ` +
      'look again.',
  ];
}

/** Some of it went back in the merchant console, say: what is left is an operator's, and open. */
function changedAmount(anomaly) {
  const amount = amountOf(anomaly);
  return [
    `这期间金额已变为 ${amount}。您的备注没有记下，请再看一遍。`,
    `Meanwhile the amount has changed: it is ${amount} now. Your note was not kept: please look ` +
      'again.',
  ];
}

/**
 * Reads the anomaly anew: `{ anomaly, news }`, how another has dealt with it since it was shown, or
 * what is left of it; or null. What one's own try has noted, that was not answered, is no news.
 */
export async function dealtWithSince(shown, ownNote) {
  const { out_trade_no, anomaly_id } = shown;
  const read = () => listAnomalies({ out_trade_no, limit: 100 });
  const { anomalies } = await persist(read, { triesMax: 1 });
  const anomaly = anomalies.find((one) => one.anomaly_id === anomaly_id);
  const isAsShown = (name) => anomaly[name] === shown[name];
  if (!anomaly || ['state', 'note', 'total_fee'].every(isAsShown)) return null;
  const isLess = anomaly.state === 'OPEN' && !isAsShown('total_fee');
  const news = isLess ? changedAmount(anomaly) : await dealtWith(anomaly, ownNote);
  return news && { anomaly, news };
}

/** Says it where it is read out, and stays in sight. */
export function tellMeanwhile([zh, en]) {
  at('done').hidden = true;
  tell('meanwhile', zh, en);
  at('meanwhile').focus();
}
