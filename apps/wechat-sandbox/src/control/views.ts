import { refundStatus } from '../book/refund';
import type { NoticeAttempt, Refund, Trade } from '../book/trade';
import { type Fault, isSpent } from '../faults/faults';

const time = (ms: number) => new Date(ms).toISOString();

/** One order as the control plane tells of it; times are ISO 8601, amounts are fen. */
export function viewTrade(trade: Trade, now: number) {
  const { appid, mch_id, out_trade_no, total_fee, trade_state, paid } = trade;
  return {
    appid,
    mch_id,
    out_trade_no,
    total_fee,
    trade_state,
    transaction_id: paid?.transaction_id ?? null,
    openid: paid?.openid ?? null,
    create_time: time(trade.create_ms),
    pay_time: paid ? time(paid.pay_ms) : null,
    expire_time: Number.isFinite(trade.expire_ms) ? time(trade.expire_ms) : null,
    sign_type: trade.sign_type,
    code_url: trade.code_url,
    codes: trade.codes,
    prepay_id: trade.prepay_id,
    request: Object.fromEntries(trade.request),
    calls: trade.calls,
    notices: trade.notices.map(viewNotice),
    refunds: trade.refunds.map((refund) => viewRefund(refund, now)),
  };
}
export type TradeView = ReturnType<typeof viewTrade>;

export function viewNotice({ at_ms, ...attempt }: NoticeAttempt) {
  return { time: time(at_ms), ...attempt };
}
export type NoticeView = ReturnType<typeof viewNotice>;

export function viewRefund(refund: Refund, now: number) {
  const status = refundStatus(refund, now);
  return {
    mch_id: refund.mch_id,
    out_trade_no: refund.out_trade_no,
    out_refund_no: refund.out_refund_no,
    refund_id: refund.refund_id,
    refund_fee: refund.refund_fee,
    total_fee: refund.total_fee,
    status,
    create_time: time(refund.create_ms),
    end_time: status === 'PROCESSING' ? null : time(refund.success_ms),
    notify_url: refund.notify_url ?? null,
  };
}
export type RefundView = ReturnType<typeof viewRefund>;

export function viewFault({ id, rule, seen, fired }: Fault) {
  return { id, ...rule, seen, fired, spent: isSpent({ id, rule, seen, fired }) };
}
export type FaultView = ReturnType<typeof viewFault>;
