// What moved on the merchant's account on a day: fees, withdrawals, and all else by its kind.
import { at, fill, say } from '../../js/page.js';
import { download, fact, signed, tableBy } from './parts.js';
import { billFileAddress } from './service.js';

const columns = [
  ['业务类型', 'Kind', ({ kind }) => kind],
  ['笔数', 'Rows', ({ rows }) => String(rows)],
  ['收入', 'Came in', ({ incoming }) => signed(incoming)],
  ['支出', 'Went out', ({ outgoing }) => signed(outgoing)],
];

const whyFeesDiffer = [
  '两份账单的手续费可以不同：资金账单是微信当天实际划转的，随退款退回的手续费算在它的退款里。',
  'The two bills may name other fees: the fund flow has what WeChat moved on that day, and fees ' +
    'that came back with a refund are inside its refunds.',
];

/** Null: it was not had, or the merchant has none. */
export function showFundFlow(day, fundflow) {
  at('flow').hidden = fundflow === null;
  at('no-flow').hidden = fundflow !== null;
  if (fundflow === null) return;
  const { incoming, outgoing, fees, withdrawals, kinds, bill_hash } = fundflow;
  fill(
    at('flow-facts'),
    fact('资金账单手续费', 'Fees by the fund flow', signed(fees)),
    fact('提现', 'Withdrawn', signed(withdrawals)),
    fact('收入', 'Came in', signed(incoming)),
    fact('支出', 'Went out', signed(outgoing)),
    fact('文件 SHA1', 'SHA1 of the file', bill_hash),
  );
  say(at('flow-why'), ...whyFeesDiffer);
  fill(at('flow-kinds'), tableBy(columns, kinds, 'kinds-title'));
  const address = billFileAddress(day, 'fundflow');
  fill(at('flow-file'), download(address, '下载资金账单', 'The fund-flow bill as a file'));
}
