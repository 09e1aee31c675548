import { Paid } from '@saoma/contracts/pay';
import type { Json } from './json';

/**
 * What a verified notice or query says of received money; undefined if anything of it is missing or
 * malformed. `amount.total` is what was ordered (not `payer_total`, which coupons make smaller). No
 * currency means CNY.
 */
export function readPaid(trade: Json): Paid | undefined {
  const amount = (trade.amount ?? {}) as Json;
  const { currency = '' } = amount;
  const result = Paid.safeParse({
    out_trade_no: trade.out_trade_no,
    transaction_id: trade.transaction_id,
    total_fee: amount.total,
    fee_type: currency === '' ? 'CNY' : currency,
    pay_time: trade.success_time,
  });
  return result.data;
}
