import { countCall } from '../book/trade';
import type { Call } from './call';
import { closeFields, outTradeNoInPath } from './fields';
import { isRefusal, worded } from './refusal';
import { readBody } from './rules';

/** No order is too young here; one that is closed, or that nobody opened, is closed as well. */
export const close: Call = {
  name: 'closeorder',
  method: 'POST',
  path: '/v3/pay/transactions/out-trade-no/{out_trade_no}/close',
  params: outTradeNoInPath,
  act({ merchant, params, body }, { book }) {
    const given = readBody(body, closeFields);
    if (isRefusal(given)) return given;
    const { mch_id } = merchant;
    const { out_trade_no = '' } = params;
    const trade = book.find({ mch_id, out_trade_no });
    if (!trade) {
      book.burn(mch_id, out_trade_no);
      return undefined;
    }
    countCall(trade, close.name);
    const refusal = book.close(trade, { ageMsMin: 0 });
    return refusal && refusal.no !== 'closed' ? worded(refusal) : undefined;
  },
};
