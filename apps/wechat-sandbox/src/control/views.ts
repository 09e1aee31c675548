import { refundStatus } from '../book/refund';
import type { NoticeAttempt, Refund, Trade } from '../book/trade';
import { type Fault, isSpent } from '../faults/faults';
import type { Merchant, PlatformMode } from '../merchant';
import { merchantKey } from '../merchant-key';
import type { Platform } from '../v3/platform';
import { pemOf } from '../v3/platform-keys';

const time = (ms: number) => new Date(ms).toISOString();

/** One order as the control plane tells of it; times are ISO 8601, amounts are fen. */
export function viewTrade(trade: Trade, now: number) {
  const { appid, mch_id, out_trade_no, total_fee, trade_state, paid } = trade;
  return {
    api: trade.request.api,
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
    sign_type: trade.request.sign_type ?? null,
    code_url: trade.code_url,
    codes: trade.codes,
    prepay_id: trade.prepay_id,
    request: trade.request.parameters,
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

/** What a client has to know to verify WeChat in this mode; PEM texts. */
export async function viewPlatform(platform: Platform, mode: PlatformMode) {
  const publicKey = mode === 'certificate' ? undefined : await platform.publicKey();
  const certificates = mode === 'public-key' ? [] : await platform.certificates();
  return {
    mode,
    public_key_id: publicKey?.serial ?? null,
    public_key: publicKey ? pemOf(publicKey.publicKey) : null,
    certificates: certificates.map(({ serial, certificate }) => ({
      serial_no: serial,
      certificate,
    })),
  };
}
export type PlatformView = Awaited<ReturnType<typeof viewPlatform>>;

/** A merchant without its secrets. */
export function viewMerchant(merchant: Merchant) {
  const { key, v3_key, certificate: _pem, ...told } = merchant;
  return {
    ...told,
    has_key: key !== undefined,
    has_v3_key: v3_key !== undefined,
    serial_no: merchantKey(merchant)?.serial ?? null,
  };
}
export type MerchantView = ReturnType<typeof viewMerchant>;
