// One anomaly: what it is, what to do, and marking it as dealt with.
import { at, button, fill, make, say, words } from '../../js/page.js';
import { acting, mayChange } from './access.js';
import { todoOf } from './advice.js';
import { anomalyOf } from './anomaly-names.js';
import { dayOfBill, isOfRefund, wordsOfReason } from './bill-words.js';
import { confirmed, tellDone } from './confirm.js';
import { beijing } from './dates.js';
import { isUntold } from './elsewhere.js';
import { wordsOfNote } from './event-names.js';
import { dealtWithSince, tellMeanwhile } from './meanwhile.js';
import { amountOf, dayLink, fact, factList, note, paymentLink } from './parts.js';
import { resolveAnomaly } from './service.js';

const noteLengthMax = 200;

/** It keeps the time at which it was first told, and the notes of before. */
const openedAgain = ({ state, note: notes }) =>
  state === 'OPEN' && notes !== '' ? [words('（之后重新打开）', ' (opened again since)')] : [];

function facts(anomaly) {
  const { out_trade_no, transaction_id, err_code, create_time } = anomaly;
  const [zh, en] = isOfRefund(anomaly)
    ? ['商户退款单号', 'Refund']
    : ['微信订单号', 'WeChat’s number'];
  const day = dayOfBill(anomaly);
  const [zhReason, enReason] = wordsOfReason(anomaly);
  return factList(
    ...(day === null ? [] : [fact('账单日期', 'Day of the bill', dayLink(day))]),
    ...(day === out_trade_no ? [] : [fact('商户订单号', 'Payment', paymentLink(out_trade_no))]),
    ...(transaction_id ? [fact(zh, en, transaction_id)] : []),
    fact('时间', 'Time', beijing(create_time), ...openedAgain(anomaly)),
    ...(err_code ? [fact('错误码', 'Error code', err_code)] : []),
    ...(zhReason ? [fact('说明', 'Explanation', words(zhReason, enReason))] : []),
  );
}

function noteField() {
  const input = make('textarea', { id: 'note', name: 'note', rows: 3, required: true });
  input.maxLength = noteLengthMax;
  const label = say(make('label', { htmlFor: 'note' }), '做了什么', 'What was done');
  return [label, input];
}

/** Marks it unless another has meanwhile: `{ anomaly, news }`, the news null if it was done. */
async function resolveUnlessNews(shown, note, isFirst) {
  const come = await dealtWithSince(shown, note).catch((problem) => {
    throw Object.assign(problem, { unsent: isFirst });
  });
  return come ?? { anomaly: await resolveAnomaly(shown, note), news: null };
}

function resolve(anomaly, item, of) {
  let isFirst = true;
  const { is } = anomalyOf(anomaly.kind);
  const fields = noteField();
  const [, input] = fields;
  return confirmed({
    title: ['标记为已处理', 'Mark as dealt with'],
    lines: [is, ['这只做标记，不会动钱。', 'This only marks it: no money is moved.']],
    fields,
    label: ['标记为已处理', 'Mark as dealt with'],
    work() {
      const marked = resolveUnlessNews(anomaly, input.value.trim(), isFirst);
      isFirst = false;
      return marked;
    },
    done({ anomaly: now, news }) {
      item.replaceWith(anomalyRow(now, of));
      at('meanwhile').hidden = true;
      if (news) tellMeanwhile(news);
      else tellDone('已标记为处理。', 'It is marked as dealt with.');
    },
  });
}

function linesOf(notes) {
  const lines = notes.split('\n').map(wordsOfNote);
  const [zh, en] = [0, 1].map((at) => lines.map((line) => line[at]).join('\n'));
  return say(make('span', { className: 'lines' }), zh, en);
}

/** A line for each note. Those of something that is open again are of before. */
function notesOf({ note: notes, state }) {
  if (notes === '') return [];
  const label =
    state === 'OPEN' ? words('以前的备注：', 'Earlier notes: ') : words('备注：', 'Notes: ');
  return [make('p', { className: 'note' }, label, linesOf(notes))];
}

/**
 * `of` a payment's page: `seen` is all that it shows, and `renew` reads it anew when something was
 * done, since the other parts tell of it as well. A list of anomalies knows no more than these.
 */
export function anomalyRow(anomaly, of = { seen: null, renew() {} }) {
  const { anomaly_id, kind, state } = anomaly;
  const { seen, renew } = of;
  const { is } = anomalyOf(kind);
  const hasAmount = kind !== 'bill-totals' && !isUntold(anomaly);
  const item = make('li', { className: 'panel anomaly' });
  item.dataset.kind = kind;
  const label = words('处理…', 'Deal with it…');
  const id = `deal-${anomaly_id}`;
  const work = () => acting(() => resolve(anomaly, item, of), renew);
  fill(
    item,
    say(make('h2'), ...is),
    ...(hasAmount ? [make('p', { className: 'money' }, amountOf(anomaly))] : []),
    ...(state === 'OPEN' ? todoOf(anomaly, seen).map(note) : []),
    facts(anomaly),
    ...notesOf(anomaly),
    ...(state === 'OPEN' && mayChange() ? [button({ id, className: 'act' }, label, work)] : []),
  );
  return item;
}
