import type { Payment, Trade } from '../book/trade';
import { beijingTime } from '../clock';

/** What orderquery and the payment notice say alike about a paid order. */
export function paidFields(trade: Trade, paid: Payment): Record<string, string> {
  const coupon_fee = couponFee(paid);
  return {
    openid: paid.openid,
    is_subscribe: 'N',
    trade_type: 'NATIVE',
    bank_type: bankType(paid),
    total_fee: String(trade.total_fee),
    fee_type: 'CNY',
    cash_fee: String(trade.total_fee - coupon_fee),
    transaction_id: paid.transaction_id,
    out_trade_no: trade.out_trade_no,
    attach: trade.request.attach,
    time_end: beijingTime(paid.pay_ms),
    ...couponFields(paid),
  };
}

/** How the payer paid. */
const bankType = (paid: Payment): string => (paid.coupons.length > 0 ? 'CMB_CREDIT' : 'OTHERS');

const couponFee = (paid: Payment): number =>
  paid.coupons.reduce((sum, coupon) => sum + coupon.coupon_fee, 0);

/** Coupons are numbered from 0; their `coupon_type_$n` is missing, as it often is at WeChat. */
function couponFields(paid: Payment): Record<string, string> {
  if (paid.coupons.length === 0) return {};
  const each = paid.coupons.flatMap(({ coupon_id, coupon_fee }, n) => [
    [`coupon_fee_${n}`, String(coupon_fee)],
    [`coupon_id_${n}`, coupon_id],
  ]);
  return {
    cash_fee_type: 'CNY',
    coupon_fee: String(couponFee(paid)),
    coupon_count: String(paid.coupons.length),
    ...Object.fromEntries(each),
  };
}
