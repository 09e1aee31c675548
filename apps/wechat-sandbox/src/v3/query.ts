import type { Book, TradeName } from '../book/book';
import { countCall, type Payment, type Trade } from '../book/trade';
import { beijingIso } from '../clock';
import type { Call, Result, Visit } from './call';
import { mchidInQuery, outTradeNoInPath, transactionIdInPath } from './fields';
import { refusals } from './refusal';

export const queryByNumber: Call = {
  name: 'orderquery',
  method: 'GET',
  path: '/v3/pay/transactions/out-trade-no/{out_trade_no}',
  params: outTradeNoInPath,
  query: mchidInQuery,
  act: (visit, { book }) => query(visit, { out_trade_no: visit.params.out_trade_no }, book),
};

export const queryByTransaction: Call = {
  name: 'orderquery',
  method: 'GET',
  path: '/v3/pay/transactions/id/{transaction_id}',
  params: transactionIdInPath,
  query: mchidInQuery,
  act: (visit, { book }) => query(visit, { transaction_id: visit.params.transaction_id }, book),
};

function query({ merchant }: Visit, number: Omit<TradeName, 'mch_id'>, book: Book): Result {
  const trade = book.find({ mch_id: merchant.mch_id, ...number });
  if (!trade) return refusals.orderNotExist;
  countCall(trade, 'orderquery');
  return { json: describe(trade) };
}

const descriptions = {
  NOTPAY: '订单未支付',
  SUCCESS: '支付成功',
  REFUND: '订单发生过退款，退款详情请查询退款单',
  CLOSED: '订单已关闭',
} as const;

/** Each state has its own set of members. */
function describe(trade: Trade): Record<string, unknown> {
  const { trade_state } = trade;
  const state = { trade_state, trade_state_desc: descriptions[trade_state] };
  if (trade.paid)
    return {
      ...paidMembers(trade, trade.paid),
      promotion_detail: promotions(trade.paid),
      ...state,
    };
  const { appid, mch_id: mchid, out_trade_no, total_fee: total } = trade;
  const amount = { total, payer_currency: 'CNY' };
  const common = { amount, appid, mchid, out_trade_no, promotion_detail: [], ...state };
  return trade_state === 'CLOSED'
    ? { ...common, attach: '', payer: {} }
    : { ...common, scene_info: { device_id: trade.request.device_info } };
}

/** What a query and the payment notice say alike about a paid order, in the notice's order. */
export function paidMembers(trade: Trade, paid: Payment) {
  const { total_fee: total } = trade;
  return {
    mchid: trade.mch_id,
    appid: trade.appid,
    out_trade_no: trade.out_trade_no,
    transaction_id: paid.transaction_id,
    trade_type: 'NATIVE',
    trade_state: 'SUCCESS',
    trade_state_desc: descriptions.SUCCESS,
    bank_type: paid.coupons.length > 0 ? 'CMB_CREDIT' : 'OTHERS',
    attach: trade.request.attach,
    success_time: beijingIso(paid.pay_ms),
    payer: { openid: paid.openid },
    amount: { total, payer_total: payerTotal(trade), currency: 'CNY', payer_currency: 'CNY' },
  };
}

/** Fen that the payer paid; coupons paid the rest. */
export const payerTotal = ({ total_fee, paid }: Pick<Trade, 'total_fee' | 'paid'>): number =>
  total_fee - (paid?.coupons ?? []).reduce((sum, { coupon_fee }) => sum + coupon_fee, 0);

export const promotions = ({ coupons }: Payment) =>
  coupons.map(({ coupon_id, coupon_fee: amount, isFree }) => ({
    coupon_id,
    name: '沙箱代金券',
    scope: 'GLOBAL',
    type: isFree ? 'NOCASH' : 'CASH',
    amount,
    stock_id: '16006477',
    wechatpay_contribute: isFree ? 0 : amount,
    merchant_contribute: isFree ? amount : 0,
    other_contribute: 0,
    currency: 'CNY',
  }));
