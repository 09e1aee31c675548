// One day of our books beside WeChat's bill, difference by difference.
import { at, fill, make, say, words } from '../../js/page.js';
import { acting, mayChange } from './access.js';
import { amountIn, fenDigits } from './amount.js';
import { wordsOfBillReason } from './bill-reasons.js';
import { confirmed, tellDone } from './confirm.js';
import { timeText } from './dates.js';
import { wordsOfNote } from './event-names.js';
import { follow } from './follow.js';
import { showFundFlow } from './fund-flow.js';
import { showList } from './list.js';
import { nameIn } from './names.js';
import { badge, columnHead, download, fact, note, paymentLink, signed, tableOf } from './parts.js';
import { isDifferent } from './reconciliation-marks.js';
import {
  cellNames,
  isOfFormer,
  meaningOf,
  nameOfFinding,
  nameOfState,
  rowsOf,
  rowTypes,
  totalNames,
  waitsFor,
} from './reconciliation-names.js';
import { sentenceOf } from './reconciliation-outcomes.js';
import { billFileAddress, getReconciliation, reconcile } from './service.js';

const day = new URLSearchParams(location.search).get('day') ?? '';

/** Of these a bill has only the size: by a refund they went out. */
const unsigned = ['fee', 'settlement_fee', 'coupon_fee'];

/** `[zh, en]`. */
function cellWords(name, row) {
  const value = row?.[name] ?? null;
  if (value === null || value === '') return ['—', '—'];
  if (name === 'type') return nameIn(rowTypes, value);
  const isAmount = name.endsWith('fee') && Number.isSafeInteger(value);
  const isOut = unsigned.includes(name) && row.type === 'refund';
  const text = isAmount
    ? amountIn(isOut ? -value : value, row.fee_type || 'CNY', fenDigits)
    : name === 'time'
      ? timeText(value)
      : String(value);
  return [text, text];
}

/** The two rows side by side: what differs is marked, and not by its colour alone. */
function comparison({ bill, ours }, titleId) {
  const names = Object.keys(cellNames).filter(
    (name) => (bill?.[name] ?? ours?.[name] ?? null) !== null,
  );
  const line = (name) => {
    const [zh, en] = cellNames[name];
    const [one, other] = [cellWords(name, bill), cellWords(name, ours)];
    const mark = bill !== null && ours !== null && isDifferent(name, bill, ours) ? ' ≠' : '';
    return make(
      'tr',
      { className: mark ? 'differs' : '' },
      make('th', { scope: 'row' }, words(zh, en), mark),
      make('td', {}, words(...one)),
      make('td', {}, words(...other)),
    );
  };
  const heads = [
    make('td'),
    columnHead('微信账单', 'Bill'),
    columnHead('我们的账（比对时）', 'Ours, when compared'),
  ];
  return tableOf(heads, names.map(line), titleId);
}

let titles = 0;

function rowOf(finding) {
  const { kind, out_trade_no, bill, ours, ended, reason } = finding;
  titles += 1;
  const id = `finding-${titles}`;
  const over = words('已失效：', 'Over: ');
  const outcome = sentenceOf(finding);
  const item = make(
    'li',
    { className: 'panel' },
    say(make('h3', { id }), ...nameOfFinding(finding, reason)),
    ...(out_trade_no ? [make('p', { className: 'digits' }, paymentLink(out_trade_no))] : []),
    ...(outcome ? [note(outcome)] : []),
    ...(ended ? [make('p', { className: 'note' }, over, words(...wordsOfNote(ended)))] : []),
    ...(bill === null && ours === null ? [] : [comparison(finding, id)]),
  );
  item.dataset.kind = kind;
  return item;
}

const namesOfBill = {
  rows: ['账单笔数', 'Rows of the bill'],
  hash: ['文件 SHA1', 'SHA1 of the file'],
  file: ['下载交易账单', 'The bill as a file'],
};
const namesOfFormer = {
  rows: ['上一份账单的笔数', 'Rows of the bill before'],
  hash: ['上一份文件的 SHA1', 'SHA1 of the file before'],
  file: ['下载上一份交易账单', 'The bill before as a file'],
};

function showDay(page) {
  const { state, bill_hash, compared, totals, fundflow, reason } = page;
  fill(at('badges'), badge(`day-${state}`, nameOfState(page)));
  say(at('state'), ...meaningOf(page));
  const waits = waitsFor(page);
  at('under-way').hidden = waits === null;
  say(at('waits'), ...(waits ?? ['', '']));
  const names = isOfFormer(page) ? namesOfFormer : namesOfBill;
  // A file that is to be compared anew from its first row says nothing yet.
  const sums = totals === null || bill_hash === null ? [] : Object.entries(totalNames);
  fill(
    at('facts'),
    fact(...names.rows, String(rowsOf(page) ?? '—')),
    ...sums.map(([name, [zh, en]]) => fact(zh, en, signed(totals[name]))),
    ...(bill_hash ? [fact(...names.hash, bill_hash)] : []),
    ...(reason ? [fact('最近的答复', 'What came last', words(...wordsOfBillReason(reason)))] : []),
  );
  const file = () => download(billFileAddress(day, 'trade'), ...names.file);
  // Only what was compared to its end is kept.
  fill(at('file'), ...(bill_hash && compared ? [file()] : []));
  showFundFlow(day, fundflow);
}

const again = {
  title: ['重新对账？', 'Compare again?'],
  lines: [
    [
      '会重新取这一天的账单并比对。同一个文件不会改变什么。',
      'The bill of that day is fetched and compared anew. The same file changes nothing.',
    ],
  ],
  label: ['重新对账', 'Compare again'],
};

const first = {
  title: ['现在对账？', 'Compare now?'],
  lines: [
    ['会取这一天的账单并比对。', 'The bill of that day is fetched and compared with our books.'],
  ],
  label: ['现在对账', 'Compare now'],
};

const compare = (question) =>
  confirmed({
    ...question,
    work: () => reconcile(day),
    done: () => tellDone('已要求对账。', 'The comparison was asked for.'),
  });

/** Whether WeChat can have its bill by now is for the server to say: its clock counts. */
const never = [
  '这一天还没有对过账：三个月以内的，第二天 10:15（北京时间）起自动对账；更早的，微信已没有账单。',
  'That day has not been compared yet: one of the last three months is compared by itself from ' +
    '10:15 of its next day on, Beijing time; of an earlier one WeChat has no bill any more.',
];

/** The day, or null if it was never compared: then there is nothing to be seen of it but why. */
async function find(cursor) {
  try {
    return await getReconciliation(day, { cursor });
  } catch (problem) {
    if (problem.code === 'reconciliation/not-found') return null;
    throw problem;
  }
}

/** Only what was compared can be without differences. */
function whyNone(page) {
  if (page === null) return never;
  if (['MATCHED', 'DIFFERENT', 'NO_BILL'].includes(page.state)) {
    return ['没有差异。', 'There are none.'];
  }
  return [
    '没有对完：有没有差异，不知道。',
    'It was not compared to its end: nobody knows whether anything differs.',
  ];
}

/** The part of the list that is in this page; of each why no file was compared, if none was. */
function partOf(page) {
  const { findings = [], cursor = null, reason = null } = page ?? {};
  return { findings: findings.map((finding) => ({ ...finding, reason })), cursor };
}

/** Shows the day as this page has it, and gives the part of the list that is in it. */
function draw(page) {
  for (const id of ['stands', 'moved', 'findings']) at(id).hidden = page === null;
  at('compare').hidden = page !== null || !mayChange();
  say(at('empty'), ...whyNone(page));
  if (page !== null) {
    showDay(page);
    at('again').hidden = !mayChange();
  }
  return partOf(page);
}

const following = {
  load: () => find(null),
  isUnderWay: (page) => page !== null && waitsFor(page) !== null,
  draw: (page) => show(draw(page)),
};

at('title').textContent = day;
const show = showList({
  of: 'findings',
  async load(cursor) {
    const page = await find(cursor);
    // The day may have been read again before this answer to "More" came.
    if (cursor !== null) return partOf(page);
    follow(page, following);
    return draw(page);
  },
  rowOf,
});
at('again').addEventListener('click', () => acting(() => compare(again), show));
at('compare').addEventListener('click', () => acting(() => compare(first), show));
