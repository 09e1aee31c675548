import { isNo, no } from '../book/no';
import type { Refund, Trade } from '../book/trade';
import { accountUrl } from '../merchant';
import { type Call, visitedTrade } from './call';
import { worded } from './no';
import { refundRules } from './rules';

/** Success means accepted, not refunded: how it ends is told by refundquery and the notice. */
export const refund: Call = {
  rules: refundRules,
  oneOf: ['out_trade_no', 'transaction_id'],
  needsCertificate: true,
  act(visit, { book, refunded }) {
    const trade = visitedTrade(visit, book, 'refund');
    if (!trade) return worded(no('notExist'));
    const accepted = book.refund(trade, {
      out_refund_no: visit.fields.get('out_refund_no') ?? '',
      refund_fee: Number(visit.fields.get('refund_fee')),
      total_fee: Number(visit.fields.get('total_fee')),
      notify_url: visit.fields.get('notify_url') || accountUrl(visit.merchant),
      notify_api: 'v2',
    });
    if (isNo(accepted)) return worded(accepted);
    if (accepted.isNew) refunded(trade, accepted.refund);
    return describe(trade, accepted.refund);
  },
};

function describe(trade: Trade, accepted: Refund): Record<string, string> {
  const { out_trade_no, out_refund_no, refund_id } = accepted;
  return {
    transaction_id: trade.paid?.transaction_id ?? '',
    out_trade_no,
    out_refund_no,
    refund_id,
    refund_channel: '',
    refund_fee: String(accepted.refund_fee),
    coupon_refund_fee: '0',
    total_fee: String(trade.total_fee),
    cash_fee: String(trade.total_fee),
    coupon_refund_count: '0',
    cash_refund_fee: String(accepted.refund_fee),
  };
}
