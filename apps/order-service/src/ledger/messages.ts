import type { Paid } from '@saoma/contracts/pay';
import type { NewMessage } from './outbox';
import { isHeld, orderIdsOf, type PayLogRow, wordsOfShop } from './pay-log.entity';
import type { RefundRow } from './refund.entity';

/** That a payment was paid, and then each of its orders. */
export function paidMessages(row: PayLogRow, paid: Paid): NewMessage[] {
  const { out_trade_no, order_list } = row;
  const { transaction_id, total_fee } = paid;
  const pay_time = new Date(paid.pay_time).toISOString();
  const facts = { out_trade_no, transaction_id, total_fee, pay_time };
  const made = { order_list, create_time: row.create_time.toISOString() };
  return [
    { type: 'payment.paid', data: { ...facts, ...made, body: row.body, ...forShop(row) } },
    ...orderIdsOf(row).map(
      (order_id): NewMessage => ({ type: 'order.paid', data: { order_id, ...facts } }),
    ),
  ];
}

export function closedMessage(row: PayLogRow): NewMessage {
  const { out_trade_no, total_fee, order_list } = row;
  const facts = { out_trade_no, total_fee, order_list, held: isHeld(row) };
  return { type: 'payment.closed', data: { ...facts, ...forShop(row) } };
}

/** `payment`: as it is after this refund. */
export function refundedMessage(refund: RefundRow, payment: PayLogRow): NewMessage {
  const { out_trade_no, out_refund_no, refund_fee, cause, order_id } = refund;
  const facts = { out_trade_no, out_refund_no, refund_fee, cause };
  const named = order_id === null ? {} : { order_id };
  const data = { ...facts, refunded_fee: payment.refund_fee, ...named, ...forShop(payment) };
  return { type: 'payment.refunded', data };
}

/** By what the shop that opened it knows it again. */
function forShop(row: PayLogRow) {
  const { merchant_order_no, metadata } = wordsOfShop(row);
  return { merchant_order_no, metadata };
}
