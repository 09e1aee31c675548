import type { Seeded } from '../../../../test/proof/seeded';
import { OrderRow } from '../ledger/order.entity';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
export const dayMs = 24 * 60 * minuteMs;
const beijingMs = 8 * 60 * minuteMs;

/** When something happened, and in whose bills it may stand. */
export interface Moment {
  readonly time: Date;
  readonly days: readonly string[];
  readonly bill: string;
}

/** One in three lies within a minute of midnight: then either day's bill may have it. */
export function drawnMoment(draw: Seeded, list: readonly string[]): Moment {
  const day = draw.pick(list);
  const midnightMs = Date.parse(`${day}T00:00:00Z`) - beijingMs;
  const edgeMs = draw.below(2 * minuteMs) - minuteMs;
  if (draw.chance(67)) {
    const inside = minuteMs + draw.below(dayMs - 2 * minuteMs);
    return { time: new Date(midnightMs + inside), days: [day], bill: day };
  }
  const midnight = midnightMs + (draw.chance(50) ? dayMs : 0);
  const next = dayAt(midnight);
  const days = [dayAt(midnight - 1), next];
  return { time: new Date(midnight + edgeMs), days, bill: draw.pick(days) };
}

const dayAt = (ms: number) => new Date(ms + beijingMs).toISOString().slice(0, 10);

export function shuffle<T>(draw: Seeded, list: T[]): T[] {
  for (let end = list.length - 1; end > 0; end -= 1) {
    const other = draw.below(end + 1);
    [list[end], list[other]] = [list[other] as T, list[end] as T];
  }
  return list;
}

export const request = (out_trade_no: string) =>
  JSON.stringify({
    ...{ dialect: 'v2', appid: 'wx1', mch_id: '1', device_info: '', body: 'b', out_trade_no },
    ...{ fee_type: 'CNY', total_fee: '1', spbill_create_ip: '1.1.1.1', time_start: '1' },
    ...{ notify_url: 'http://127.0.0.1/', trade_type: 'NATIVE', product_id: '1' },
  });

/** The unpaid order of a payment. */
export function orderOf(out_trade_no: string, payment: number): OrderRow {
  const order_id = `8${out_trade_no}`;
  return Object.assign(new OrderRow(), {
    ...{ order_id, user_id: 'drawn', seller_id: 's', out_trade_no, cart_id: order_id, payment },
    ...{ payment_type: '1', status: '1', create_time: new Date(), payment_time: null },
    ...{ receiver_name: 'a', receiver_mobile: '1', receiver_address: 'b' },
  });
}
