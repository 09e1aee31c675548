import { isNo } from '../book/no';
import { type Call, countCall } from './call';
import { unifiedorderRules } from './rules';

export const unifiedorder: Call = {
  rules: unifiedorderRules,
  act({ merchant, fields, sign_type }, { book }) {
    const order = book.order(merchant, fields, sign_type);
    const { mch_id } = merchant;
    const trade = book.find({ mch_id, out_trade_no: fields.get('out_trade_no') ?? '' });
    if (trade) countCall(trade, 'unifiedorder');
    const device_info = fields.get('device_info') ?? '';
    const result = isNo(order)
      ? order
      : { trade_type: 'NATIVE', prepay_id: order.prepay_id, code_url: order.code_url };
    return device_info ? { device_info, ...result } : result;
  },
};
