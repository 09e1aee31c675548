import { Paid } from '@saoma/contracts/pay';
import { fromBeijingTime } from './beijing-time';
import { fenOf } from './fen';
import type { Fields } from './xml';

/**
 * What a verified notice or query says of received money; undefined if anything of it is missing or
 * malformed. `total_fee` is what was ordered (not `cash_fee`, which coupons make smaller). No
 * `fee_type` means CNY.
 */
export function readPaid(fields: Fields): Paid | undefined {
  const result = Paid.safeParse({
    out_trade_no: fields.get('out_trade_no'),
    transaction_id: fields.get('transaction_id'),
    total_fee: fenOf(fields.get('total_fee')),
    fee_type: fields.get('fee_type') || 'CNY',
    pay_time: fromBeijingTime(fields.get('time_end') ?? ''),
  });
  return result.data;
}
