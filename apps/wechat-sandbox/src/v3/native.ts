import { isNo } from '../book/no';
import { countCall, type OrderRequest } from '../book/trade';
import { sorted } from './answer';
import type { Call } from './call';
import { nativeFields } from './fields';
import { isRefusal, refusals, worded } from './refusal';
import { isObject, readBody } from './rules';

/** A time that is nearer is raised to this, and a farther one cut to that. */
const lifeMsMin = 60_000;
const lifeMsMax = 7 * 24 * 3_600_000;

export const native: Call = {
  name: 'unifiedorder',
  method: 'POST',
  path: '/v3/pay/transactions/native',
  act({ merchant, body }, { book }) {
    const given = readBody(body, nativeFields);
    if (isRefusal(given)) return given;
    if (given.appid !== merchant.appid) return refusals.otherAppid;
    const { mch_id } = merchant;
    const request = readOrder(given, book.clock.now());
    const order = book.order(merchant, request);
    const trade = book.find({ mch_id, out_trade_no: request.out_trade_no });
    if (trade) countCall(trade, native.name);
    return isNo(order) ? worded(order) : { json: { code_url: order.code_url } };
  },
};

/** The fields were found to be in order. */
function readOrder(given: Readonly<Record<string, unknown>>, now: number): OrderRequest {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const { amount, scene_info } = given;
  const wished = Date.parse(text(given.time_expire));
  return {
    api: 'v3',
    out_trade_no: text(given.out_trade_no),
    total_fee: isObject(amount) ? Number(amount.total) : 0,
    description: text(given.description),
    attach: text(given.attach),
    device_info: isObject(scene_info) ? text(scene_info.device_id) : '',
    notify_url: text(given.notify_url),
    expire_ms: Number.isNaN(wished)
      ? now + lifeMsMax
      : Math.min(Math.max(wished, now + lifeMsMin), now + lifeMsMax),
    parameters: given,
    identity: JSON.stringify(sorted(given)),
  };
}
