import { type EntityManager, In } from 'typeorm';
import { OrderItemRow, OrderRow } from '../ledger/order.entity';
import type { CheckoutRows } from './checkout';

/** The orders that these carts are already, all others of the same payments, and their lines. */
export async function findCheckout(
  manager: EntityManager,
  cart_ids: readonly string[],
): Promise<CheckoutRows> {
  const ofCarts = { cart_id: In(cart_ids) };
  const found = await manager.findBy(OrderRow, ofCarts);
  const out_trade_nos = found.flatMap(({ out_trade_no }) => out_trade_no ?? []);
  const orders = await manager.find(OrderRow, {
    where: [ofCarts, { out_trade_no: In(out_trade_nos) }],
    order: { order_id: 'ASC' },
  });
  const order_ids = orders.map(({ order_id }) => order_id);
  const items = await manager.findBy(OrderItemRow, { order_id: In(order_ids) });
  return { orders, items, payLog: undefined };
}

/**
 * Whether two checkouts say the same: the same carts with the same pieces, no more and no less, for
 * the same receiver, paid the same way and with one payment.
 */
export function isSameCheckout(one: CheckoutRows, other: CheckoutRows): boolean {
  const payments = new Set(other.orders.map(({ out_trade_no }) => out_trade_no));
  return payments.size === 1 && saidBy(one) === saidBy(other);
}

/** Pieces by item, by `cart_id`: what a checkout takes out of the user's cart. */
export function takenBy({ orders, items }: CheckoutRows, user_id: string) {
  const taken = orders.map((order) => {
    // A stranger's order takes nothing but the id.
    const own = order.user_id === user_id ? linesOf(order, items) : [];
    return [order.cart_id, new Map(own)] as const;
  });
  return new Map(taken);
}

/** What a checkout says, whatever its numbers and prices are. */
function saidBy({ orders, items }: CheckoutRows): string {
  const said = orders.map((order) => {
    const { cart_id, user_id, payment_type } = order;
    const receiver = [order.receiver_name, order.receiver_mobile, order.receiver_address];
    const lines = linesOf(order, items).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify([cart_id, user_id, payment_type, receiver, lines]);
  });
  return said.sort().join();
}

function linesOf({ order_id }: OrderRow, items: readonly OrderItemRow[]): [string, number][] {
  const own = items.filter((item) => item.order_id === order_id);
  return own.map(({ item_id, num }) => [item_id, num]);
}
