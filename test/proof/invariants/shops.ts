import { type Check, groupBy, isClosed } from './ledger-view';

interface OfShop {
  readonly shop: string | null;
  readonly merchant_order_no: string | null;
}

const keyOf = ({ shop, merchant_order_no }: OfShop) => JSON.stringify([shop, merchant_order_no]);

/** INV-12: of all payments of a shop's number one may be payable or paid; the others are closed. */
const oneForANumber: Check = (view) => {
  const ofShops = view.payments.filter(({ payLog }) => payLog.shop !== null);
  const groups = groupBy(ofShops, ({ payLog }) => keyOf(payLog));
  return [...groups.values()]
    .map((payments) => payments.filter((payment) => !isClosed(payment)))
    .filter((payments) => payments.length > 1);
};

/**
 * INV-12: a number leads to its newest payment. That is the one which is not closed, and never one
 * after which its shop was told of a newer one: our clocks may say otherwise.
 */
const numbersLeadToTheNewest: Check = (view) => {
  const { rows, opened, isPartial } = view.snapshot;
  const current = new Map(rows.tb_merchant_order.map((row) => [keyOf(row), row.out_trade_no]));
  const lost = view.payments.filter((payment) => {
    const { payLog } = payment;
    if (payLog.shop === null) return payLog.merchant_order_no !== null;
    const leadsTo = current.get(keyOf(payLog));
    const isLeft = isClosed(payment) && leadsTo !== undefined;
    return !isLeft && leadsTo !== payLog.out_trade_no;
  });
  const known = new Map(view.payments.map(({ payLog }) => [payLog.out_trade_no, keyOf(payLog)]));
  const astray = rows.tb_merchant_order.filter((row) => {
    const number = known.get(row.out_trade_no);
    return number === undefined ? !isPartial : number !== keyOf(row);
  });
  const newest = new Map(opened.map((row) => [keyOf(row), row.out_trade_no]));
  const before = opened.filter((row) => newest.get(keyOf(row)) !== row.out_trade_no);
  const back = before.filter((row) => current.get(keyOf(row)) === row.out_trade_no);
  return [...lost, ...astray, ...back];
};

/** Of payments that shops open for orders of their own. */
export const shopChecks = {
  'INV-12 one payment for a number': oneForANumber,
  'INV-12 a number leads to the newest': numbersLeadToTheNewest,
} as const satisfies Record<string, Check>;
