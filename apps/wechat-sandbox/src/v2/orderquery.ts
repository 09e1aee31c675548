import { no } from '../book/no';
import type { Trade } from '../book/trade';
import { type Call, visitedTrade } from './call';
import { worded } from './no';
import { paidFields } from './paid';
import { orderqueryRules } from './rules';

export const orderquery: Call = {
  rules: orderqueryRules,
  oneOf: ['out_trade_no', 'transaction_id'],
  act(visit, { book }) {
    const trade = visitedTrade(visit, book, 'orderquery');
    return trade ? describe(trade) : worded(no('notExist'));
  },
};

const descriptions = {
  NOTPAY: '订单未支付',
  SUCCESS: '支付成功',
  REFUND: '订单发生过退款，退款详情请查询退款单',
  CLOSED: '订单已关闭',
} as const;

/** Each state has its own set of elements; empty ones are written and never signed. */
function describe(trade: Trade): Record<string, string> {
  const { trade_state, out_trade_no, request } = trade;
  const state = { trade_state, trade_state_desc: descriptions[trade_state] };
  const { device_info } = request;
  if (trade.paid) {
    return { device_info, ...paidFields(trade, trade.paid), cash_fee_type: 'CNY', ...state };
  }
  return trade_state === 'CLOSED'
    ? { out_trade_no, attach: request.attach, ...state }
    : { device_info, total_fee: String(trade.total_fee), out_trade_no, ...state };
}
