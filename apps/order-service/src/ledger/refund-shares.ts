import { type EntityManager, In } from 'typeorm';
import { OrderRow } from './order.entity';
import { orderIdsOf, PayLogRow } from './pay-log.entity';
import { isOfPayment, RefundRow } from './refund.entity';

/** What an order has to do with the refunds of its payment, in fen. */
interface RefundShare {
  /** Went back. */
  readonly refund_fee: number;
  /** Neither went back nor is on its way. */
  readonly left: number;
}

/** By order_id, in the order of the payment's `order_list`. */
type RefundShares = ReadonlyMap<string, RefundShare>;
type Priced = Pick<OrderRow, 'order_id' | 'payment'>;
type Counted = Pick<RefundRow, 'refund_fee' | 'status' | 'cause' | 'order_fees'>;

const sum = (fees: readonly number[]) => fees.reduce((total, fee) => total + fee, 0);

/**
 * Which refund is of which orders stands in its row since it was begun, so that a share never moves
 * when another refund ends without money. What no row shares out counts into the orders in their
 * order, as far as the others leave room.
 */
export function sharesOf(orders: readonly Priced[], refunds: readonly Counted[]): RefundShares {
  const alive = refunds
    .filter((refund) => isOfPayment(refund) && refund.status !== 'REFUNDCLOSE')
    .map(({ order_fees, ...refund }) => ({
      ...refund,
      fees: order_fees === null ? null : (JSON.parse(order_fees) as Record<string, number>),
    }));
  const back = alive.filter(({ status }) => status === 'SUCCESS');
  const sharedOut = (rows: typeof alive, order_id: string) =>
    sum(rows.map(({ fees }) => fees?.[order_id] ?? 0));
  const rest = (rows: typeof alive) =>
    sum(rows.filter(({ fees }) => fees === null).map(({ refund_fee }) => refund_fee));
  let [aliveRest, backRest] = [rest(alive), rest(back)];
  const shares = orders.map(({ order_id, payment }): [string, RefundShare] => {
    const room = payment - sharedOut(alive, order_id);
    const [aliveHere, backHere] = [Math.min(room, aliveRest), Math.min(room, backRest)];
    aliveRest -= aliveHere;
    backRest -= backHere;
    const refund_fee = sharedOut(back, order_id) + backHere;
    return [order_id, { refund_fee, left: room - aliveHere }];
  });
  return new Map(shares);
}

/** Shares an amount out: into the orders in their order, until it is used up. */
export function sharedOut(shares: RefundShares, refund_fee: number): Record<string, number> {
  let rest = refund_fee;
  const fees = [...shares].map(([order_id, { left }]): [string, number] => {
    const fee = Math.min(left, rest);
    rest -= fee;
    return [order_id, fee];
  });
  return Object.fromEntries(fees.filter(([, fee]) => fee > 0));
}

/** The shares of one payment's orders; whoever acts on them holds the lock of its row. */
export async function readShares(
  manager: EntityManager,
  payLog: Pick<PayLogRow, 'out_trade_no' | 'order_list'>,
): Promise<RefundShares> {
  return sharesFor(manager, [payLog]);
}

/** What went back of each order of these payments; an order that is missing has lost nothing. */
export async function readRefunded(
  manager: EntityManager,
  out_trade_nos: readonly string[],
): Promise<RefundShares> {
  if (out_trade_nos.length === 0) return new Map();
  const payLogs = await manager.find(PayLogRow, {
    select: { out_trade_no: true, order_list: true, trade_state: true },
    where: { out_trade_no: In(out_trade_nos) },
  });
  const refunded = payLogs.filter(({ trade_state }) => trade_state === '3');
  return refunded.length === 0 ? new Map() : sharesFor(manager, refunded);
}

async function sharesFor(
  manager: EntityManager,
  payLogs: readonly Pick<PayLogRow, 'out_trade_no' | 'order_list'>[],
): Promise<RefundShares> {
  const where = { out_trade_no: In(payLogs.map(({ out_trade_no }) => out_trade_no)) };
  const select = { order_id: true, payment: true } as const;
  const orders = await manager.find(OrderRow, { select, where });
  const refunds = await manager.findBy(RefundRow, where);
  const byId = new Map(orders.map((order) => [order.order_id, order]));
  return new Map(
    payLogs.flatMap((payLog) => {
      const own = orderIdsOf(payLog).flatMap((order_id) => byId.get(order_id) ?? []);
      const back = refunds.filter(({ out_trade_no }) => out_trade_no === payLog.out_trade_no);
      return [...sharesOf(own, back)];
    }),
  );
}
