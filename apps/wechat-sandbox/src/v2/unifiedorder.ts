import { isNo } from '../book/no';
import { countCall, type OrderRequest } from '../book/trade';
import { readBeijingTime } from '../clock';
import type { Visit } from './answer';
import type { Call } from './call';
import { nos, worded } from './no';
import { unifiedorderRules } from './rules';
import type { Fields } from './xml';

/** WeChat's newer text: an order must live longer than this. */
const expireMsMin = 60_000;
/** A repeat may differ from the first request in these only. */
const freeToChange = new Set(['nonce_str', 'sign', 'sign_type']);

export const unifiedorder: Call = {
  rules: unifiedorderRules,
  act(visit, { book }) {
    const request = readOrder(visit);
    const { merchant } = visit;
    const { out_trade_no, device_info } = request;
    const isKnown = book.find({ mch_id: merchant.mch_id, out_trade_no }) !== undefined;
    const isTooSoon = request.expire_ms - book.clock.now() <= expireMsMin;
    const order = isTooSoon && !isKnown ? nos.expiresTooSoon : book.order(merchant, request);
    const trade = book.find({ mch_id: merchant.mch_id, out_trade_no });
    if (trade) countCall(trade, 'unifiedorder');
    const head: Record<string, string> = device_info ? { device_info } : {};
    if ('err_code' in order) return { ...head, ...order };
    if (isNo(order)) return { ...head, ...worded(order) };
    const { prepay_id, code_url } = order;
    return { ...head, trade_type: 'NATIVE', prepay_id, code_url };
  },
};

function readOrder({ fields, sign_type }: Visit): OrderRequest {
  const value = (name: string) => fields.get(name) ?? '';
  return {
    api: 'v2',
    sign_type,
    out_trade_no: value('out_trade_no'),
    total_fee: Number(value('total_fee')),
    description: value('body'),
    attach: value('attach'),
    device_info: value('device_info'),
    notify_url: value('notify_url'),
    expire_ms: readBeijingTime(value('time_expire')) ?? Infinity,
    parameters: Object.fromEntries(fields),
    identity: identityOf(fields),
  };
}

/** Every parameter that a repeat may not change; an empty one is as good as none. */
function identityOf(fields: Fields): string {
  const kept = [...fields].filter(([name, value]) => value !== '' && !freeToChange.has(name));
  return JSON.stringify(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}
