// Where a row of a bill and one of ours differ, as the order service judges it (its judge.ts): a
// moment is not judged, nor a number that we had not heard of.

const numbers = ['transaction_id', 'out_trade_no', 'refund_id'];

/** A payment is paid, and a refund has failed, by more than one word. */
const alike = { REFUND: 'SUCCESS', CHANGE: 'FAIL', REFUNDCLOSE: 'FAIL' };
const meaningOf = (state) => (Object.hasOwn(alike, state) ? alike[state] : state);

export function isDifferent(name, bill, ours) {
  if (name === 'state') return meaningOf(bill.state) !== meaningOf(ours.state);
  if (name === 'fee') return bill.fee !== ours.fee || bill.fee_type !== 'CNY';
  return numbers.includes(name) && ours[name] !== null && bill[name] !== ours[name];
}
