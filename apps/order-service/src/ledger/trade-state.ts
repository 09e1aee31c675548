import type { Payment, TradeState } from '@saoma/contracts/payments';
import type { PayLogRow } from './pay-log.entity';

/** WeChat's word for each digit of the lesson's table. */
export const tradeStates = {
  '0': 'NOTPAY',
  '1': 'SUCCESS',
  '2': 'CLOSED',
  '3': 'REFUND',
} as const satisfies Record<PayLogRow['trade_state'], TradeState>;

/** The digit of the table for WeChat's word. */
export function digitOf(word: TradeState): PayLogRow['trade_state'] {
  const digits = Object.keys(tradeStates) as PayLogRow['trade_state'][];
  return digits.find((digit) => tradeStates[digit] === word) ?? '0';
}

/** The row as everybody outside of the database sees it. */
export function toPayment(row: PayLogRow): Payment {
  const { out_trade_no, user_id, total_fee, pay_type, transaction_id, order_list } = row;
  return {
    out_trade_no,
    user_id,
    total_fee,
    trade_state: tradeStates[row.trade_state],
    pay_type,
    transaction_id,
    create_time: row.create_time.toISOString(),
    pay_time: row.pay_time?.toISOString() ?? null,
    order_list,
    refund_fee: row.refund_fee,
  };
}
