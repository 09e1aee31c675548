import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import {
  type Check,
  isOfPayment,
  LedgerView,
  type Refund,
  sumOf,
  type Violation,
} from './ledger-view';
import type { Snapshot } from './snapshot';

const Fees = z.record(z.string(), z.int().positive());

/** Fen of a refund by order; undefined: nobody knows whose it is. */
function feesOf({ order_fees }: Refund): Readonly<Record<string, number>> | undefined {
  return order_fees === null ? undefined : Fees.parse(JSON.parse(order_fees));
}

const partOf = (refund: Refund, order_id: string) => feesOf(refund)?.[order_id] ?? 0;

/** INV-7: the shares of a refund are its orders', to the fen; a shop's own order has none here. */
const sharesAddUp: Check = ({ payments, snapshot: { besideRelease } }) =>
  payments.flatMap(({ orders, refunds }) => {
    const ids = orders.map(({ order_id }) => order_id);
    return refunds.filter((refund) => {
      const fees = feesOf(refund);
      const { order_id, refund_fee, cause } = refund;
      if (fees === undefined) return cause === 'operator' && !besideRelease;
      if (order_id !== null && !isDeepStrictEqual(fees, { [order_id]: refund_fee })) return true;
      const isForeign = Object.keys(fees).some((id) => !ids.includes(id));
      const sum = sumOf(Object.values(fees), (fee) => fee);
      return !isOfPayment(refund) || isForeign || sum !== (orders.length === 0 ? 0 : refund_fee);
    });
  });

/** INV-7: of no order more goes back, or may still, than it cost. */
const noOrderGivesMore: Check = (view) =>
  view.payments.flatMap(({ orders, refunds }) => {
    const alive = refunds.filter(({ status }) => status !== 'REFUNDCLOSE');
    return orders.filter(
      ({ order_id, payment }) => sumOf(alive, (refund) => partOf(refund, order_id)) > payment,
    );
  });

export const shareChecks = {
  'INV-7 shares add up': sharesAddUp,
  'INV-7 no order gives more than it cost': noOrderGivesMore,
} as const satisfies Record<string, Check>;

/**
 * INV-7, at rest: an order shows what went back of it. `show` asks for an order of these payments;
 * the others are taken on trust.
 */
export async function wronglyShown(
  books: Snapshot,
  out_trade_nos: readonly string[],
  show: (order_id: string) => Promise<{ readonly refund_fee?: number | undefined }>,
): Promise<Violation[]> {
  const { payments } = new LedgerView(books);
  const refunded = payments.filter(
    ({ payLog, refunds }) =>
      out_trade_nos.includes(payLog.out_trade_no) &&
      refunds.length > 0 &&
      refunds.every((refund) => !isOfPayment(refund) || feesOf(refund)),
  );
  const orders = refunded.flatMap(({ orders, refunds }) => {
    const back = refunds.filter(({ status }) => status === 'SUCCESS');
    return orders.map(({ order_id }) => ({
      order_id,
      refund_fee: sumOf(back, (refund) => partOf(refund, order_id)),
    }));
  });
  const found: Violation[] = [];
  for (const row of orders) {
    const { refund_fee } = await show(row.order_id);
    if (refund_fee === row.refund_fee) continue;
    found.push({ invariant: 'INV-7 an order shows what went back', row: { ...row, refund_fee } });
  }
  return found;
}
