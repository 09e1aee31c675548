import type { Checkout } from '@saoma/contracts/orders';
import { type EntityManager, In } from 'typeorm';
import type { PricedCart } from '../cart/cart.service';
import type { Taken } from '../cart/stored-cart';
import { OrderItemRow, OrderRow } from '../ledger/order.entity';
import type { CheckoutCommand } from './checkout';

/** An order and what it took of its cart. */
export interface Ordered {
  readonly order: OrderRow;
  readonly taken: Taken;
}

/** The orders that these carts, or the answer of this checkout, became. */
export async function findOrdered(
  manager: EntityManager,
  of: { readonly cart_ids: string[] } | { readonly order_ids: string[] },
): Promise<Ordered[]> {
  const where = 'cart_ids' in of ? { cart_id: In(of.cart_ids) } : { order_id: In(of.order_ids) };
  const orders = await manager.find(OrderRow, { where, order: { order_id: 'ASC' } });
  const order_ids = orders.map((order) => order.order_id);
  const items = await manager.findBy(OrderItemRow, { order_id: In(order_ids) });
  return orders.map((order) => {
    const own = items.filter((item) => item.order_id === order.order_id);
    return { order, taken: new Map(own.map(({ item_id, num }) => [item_id, num])) };
  });
}

/** What must leave the user's cart: a stranger's order takes nothing but the id. */
export function takenFromCarts(ordered: readonly Ordered[], user_id: string): Map<string, Taken> {
  return new Map(
    ordered.map(({ order, taken }) => [
      order.cart_id,
      order.user_id === user_id ? taken : new Map<string, number>(),
    ]),
  );
}

/**
 * The answer of the checkout that made these orders, if it was the same as this one: the same carts
 * with the same pieces, no more and no less, for the same receiver. Otherwise undefined.
 */
export async function sameCheckout(
  manager: EntityManager,
  command: CheckoutCommand,
  { carts, ordered }: { carts: readonly PricedCart[]; ordered: readonly Ordered[] },
): Promise<Checkout | undefined> {
  const orders = ordered.map(({ order }) => order);
  const byCart = new Map(ordered.map(({ order, taken }) => [order.cart_id, taken]));
  if (!orders.every((order) => isFor(order, command))) return undefined;
  if (!carts.every((cart) => isTaken(cart, byCart.get(cart.cart_id)))) return undefined;
  const [out_trade_no = null, ...others] = new Set(orders.map((order) => order.out_trade_no));
  if (others.length > 0) return undefined;
  const order_ids = orders.map((order) => order.order_id);
  const total_fee = orders.reduce((total, order) => total + order.payment, 0);
  if (out_trade_no === null) return { order_ids, total_fee };
  const count = await manager.countBy(OrderRow, { out_trade_no });
  return count === orders.length ? { order_ids, out_trade_no, total_fee } : undefined;
}

function isFor(order: OrderRow, { user_id, payment_type, receiver }: CheckoutCommand): boolean {
  return (
    order.user_id === user_id &&
    order.payment_type === payment_type &&
    order.receiver_name === receiver.name &&
    order.receiver_mobile === receiver.mobile &&
    order.receiver_address === receiver.address
  );
}

function isTaken({ lines }: PricedCart, taken: Taken | undefined): boolean {
  return (
    taken?.size === lines.length && lines.every(({ item_id, num }) => taken.get(item_id) === num)
  );
}
