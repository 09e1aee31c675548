import type { BillRow } from '@saoma/contracts/bills';
import type { Seeded } from '../../../../test/proof/seeded';
import { daysAfter } from './bill-day';
import type { DrawnDays } from './drawn.spec-kit';

/**
 * What WeChat had of a day before it made its bill: it lacks rows, has them with other amounts, has
 * payments that nobody knows, and some that stand in the bill of another day by now. What is found
 * in it and not in the bill has to be over in the end.
 */
export function formerOf(draw: Seeded, drawn: DrawnDays, day: string): BillRow[] {
  const bill = drawn.bills.get(day) ?? [];
  const rows = bill.filter(() => draw.chance(75)).map((row) => said(draw, drawn, row));
  const [base] = bill;
  if (base && (rows.length === 0 || draw.chance(30))) rows.push(stranger(draw, base));
  const known = new Set(drawn.payments.map((row) => row.out_trade_no));
  for (const other of [daysAfter(day, -1), daysAfter(day, 1)]) {
    const unknown = (row: BillRow) => row.type === 'payment' && !known.has(row.out_trade_no);
    const moved = (drawn.bills.get(other) ?? []).filter(unknown);
    rows.push(...moved.filter(() => draw.chance(50)));
  }
  return rows;
}

/** A refund that is not in our books is written down as WeChat tells it, whatever a bill says. */
function said(draw: Seeded, drawn: DrawnDays, row: BillRow): BillRow {
  const isKnown = drawn.refunds.some((one) => one.out_refund_no === row.out_refund_no);
  const isLike = row.type === 'other' || (row.type === 'refund' && !isKnown);
  return isLike || draw.chance(70) ? row : { ...row, fee: row.fee + 1 };
}

function stranger(draw: Seeded, base: BillRow): BillRow {
  const out_trade_no = `9${draw.below(1_000_000)}`;
  const payment = { type: 'payment', refund_id: null, out_refund_no: null } as const;
  const numbers = { out_trade_no, transaction_id: `42${out_trade_no}` };
  return { ...base, ...payment, ...numbers, state: 'SUCCESS', fee_type: 'CNY' };
}
