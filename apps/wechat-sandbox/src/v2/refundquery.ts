import type { Book } from '../book/book';
import { refundStatus } from '../book/refund';
import { countCall, type Refund, type Trade } from '../book/trade';
import { beijingDateTime } from '../clock';
import type { Visit } from './answer';
import { type Call, visitedTrade } from './call';
import { nos, type V2No } from './no';
import { refundqueryRules } from './rules';

/** Refunds of one order in one answer. */
const pageSize = 10;

export const refundquery: Call = {
  rules: refundqueryRules,
  oneOf: ['refund_id', 'out_refund_no', 'transaction_id', 'out_trade_no'],
  act(visit, { book }) {
    const found = findRefunds(visit, book);
    if (!found || found.refunds.length === 0) return nos.refundNotExist;
    return page(found, visit.fields.get('offset') ?? '', book.clock.now());
  },
};

interface Found {
  readonly trade: Trade;
  readonly refunds: readonly Refund[];
}

/** One refund by its own number; else, by a number of the order, all of it. */
function findRefunds(visit: Visit, book: Book): Found | undefined {
  const refund_id = visit.fields.get('refund_id') ?? '';
  const out_refund_no = visit.fields.get('out_refund_no') ?? '';
  if (!refund_id && !out_refund_no) {
    const trade = visitedTrade(visit, book, 'refundquery');
    return trade && { trade, refunds: trade.refunds };
  }
  const known = book.findRefund(visit.merchant.mch_id, { refund_id, out_refund_no });
  if (!known) return undefined;
  countCall(known.trade, 'refundquery');
  return { trade: known.trade, refunds: [known.refund] };
}

/** At most ten refunds from `offset` on; the whole number is told only where there are pages. */
function page(
  { trade, refunds }: Found,
  offset: string,
  now: number,
): Record<string, string> | V2No {
  const from = Number(offset);
  if (from >= refunds.length) return nos.offsetTooFar;
  const shown = refunds.slice(from, from + pageSize);
  const isPaged = offset !== '' || refunds.length > pageSize;
  return {
    transaction_id: trade.paid?.transaction_id ?? '',
    out_trade_no: trade.out_trade_no,
    total_fee: String(trade.total_fee),
    cash_fee: String(trade.total_fee),
    refund_fee: String(refunds.reduce((sum, { refund_fee }) => sum + refund_fee, 0)),
    refund_count: String(shown.length),
    ...(isPaged && { total_refund_count: String(refunds.length) }),
    ...Object.assign({}, ...shown.map((refund, n) => numbered(describe(refund, now), n))),
  };
}

/** Where the money of a refund goes. */
export const receivedBy = '支付用户零钱';
export const refundAccount = 'REFUND_SOURCE_UNSETTLED_FUNDS';

/** `refund_recv_accout` is WeChat's own spelling. */
function describe(refund: Refund, now: number): Record<string, string> {
  const refund_status = refundStatus(refund, now);
  const ended = refund_status === 'SUCCESS';
  return {
    out_refund_no: refund.out_refund_no,
    refund_id: refund.refund_id,
    refund_channel: 'ORIGINAL',
    refund_fee: String(refund.refund_fee),
    refund_status,
    refund_account: refundAccount,
    refund_recv_accout: receivedBy,
    ...(ended && { refund_success_time: beijingDateTime(refund.success_ms) }),
  };
}

const numbered = (fields: Record<string, string>, n: number) =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [`${name}_${n}`, value]));
