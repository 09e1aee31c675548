// The days of our books beside WeChat's bills.
import { at, make, say } from '../../js/page.js';
import { follow } from './follow.js';
import { showList } from './list.js';
import { badge, dayLink, signed } from './parts.js';
import { isOfFormer, isOfPart, nameOfState, rowsOf, waitsFor } from './reconciliation-names.js';
import { listReconciliations } from './service.js';

/** Of the fund-flow bill; nothing where there is none. */
function costs(fundflow) {
  if (fundflow === null) return [];
  const [fees, withdrawals] = [signed(fundflow.fees), signed(fundflow.withdrawals)];
  const zh = `资金账单手续费 ${fees}，提现 ${withdrawals}`;
  const en = `Fees by the fund flow ${fees}, withdrawn ${withdrawals}`;
  return [say(make('p', { className: 'quiet' }), zh, en)];
}

function countOf(row) {
  const rows = rowsOf(row);
  if (rows === null) return ['账单笔数 —', 'Rows in the bill: —'];
  if (!isOfFormer(row)) return [`账单 ${rows} 笔`, `${rows} rows in the bill`];
  if (isOfPart(row)) {
    return [
      `上一份账单 ${rows} 笔，只比对了一部分；最新的文件没有比对`,
      `${rows} rows in the bill before, compared in part; the newest file was not compared`,
    ];
  }
  return [
    `上一份账单 ${rows} 笔；最新的文件没有比对`,
    `${rows} rows in the bill before; the newest file was not compared`,
  ];
}

function rowOf(row) {
  const { day, state, fundflow } = row;
  return make(
    'li',
    { className: 'panel title' },
    Object.assign(dayLink(day), { id: `day-${day}` }),
    say(make('p', { className: 'quiet' }), ...countOf(row)),
    ...costs(fundflow),
    badge(`day-${state}`, nameOfState(row)),
  );
}

const load = (cursor) => listReconciliations({ cursor });

const following = {
  load: () => load(null),
  isUnderWay: ({ reconciliations }) => reconciliations.some((row) => waitsFor(row) !== null),
  draw(page) {
    // Who has come to later days keeps them.
    if (at('rows').childElementCount <= page.reconciliations.length) show(page);
  },
};

const show = showList({
  of: 'reconciliations',
  async load(cursor) {
    const page = await load(cursor);
    if (cursor === null) follow(page, following);
    return page;
  },
  rowOf,
});
