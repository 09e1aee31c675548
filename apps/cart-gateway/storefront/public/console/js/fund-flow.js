// What moved on the merchant's account on a day: fees, withdrawals, and all else by its kind.
import { at, fill, make, say } from '../../js/page.js';
import { download, fact, scrolling, signed } from './parts.js';
import { billFileAddress } from './service.js';

const columns = [
  ['业务类型', 'Kind', ({ kind }) => kind],
  ['笔数', 'Rows', ({ rows }) => String(rows)],
  ['收入', 'Came in', ({ incoming }) => signed(incoming)],
  ['支出', 'Went out', ({ outgoing }) => signed(outgoing)],
];

function tableOf(kinds) {
  const head = columns.map(([zh, en]) => say(make('th', { scope: 'col' }), zh, en));
  const line = (kind) => make('tr', {}, ...columns.map(([, , text]) => make('td', {}, text(kind))));
  return make(
    'table',
    {},
    make('thead', {}, make('tr', {}, ...head)),
    make('tbody', {}, ...kinds.map(line)),
  );
}

/** Null: it was not had, or the merchant has none. */
export function showFundFlow(day, fundflow) {
  at('flow').hidden = fundflow === null;
  at('no-flow').hidden = fundflow !== null;
  if (fundflow === null) return;
  const { incoming, outgoing, fees, withdrawals, kinds, bill_hash } = fundflow;
  fill(
    at('flow-facts'),
    fact('手续费', 'Fees', signed(fees)),
    fact('提现', 'Withdrawn', signed(withdrawals)),
    fact('收入', 'Came in', signed(incoming)),
    fact('支出', 'Went out', signed(outgoing)),
    fact('文件 SHA1', 'SHA1 of the file', bill_hash),
  );
  fill(at('flow-kinds'), scrolling(tableOf(kinds), 'kinds-title'));
  const address = billFileAddress(day, 'fundflow');
  fill(at('flow-file'), download(address, '下载资金账单', 'The fund-flow bill as a file'));
}
