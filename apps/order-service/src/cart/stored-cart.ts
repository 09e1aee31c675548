import { randomUUID } from 'node:crypto';
import { Id, SellerId } from '@saoma/contracts/values';
import { attempt } from '@saoma/platform/attempt';
import { z } from 'zod';

/** Different items in one user's cart. */
export const linesMax = 100;

const StoredLine = z.object({ item_id: Id, num: z.int().min(1).max(200) });

const StoredCart = z.object({
  /** Stays the same however the cart is edited, until the cart is ordered. */
  cart_id: z.uuid(),
  seller_id: SellerId,
  /** As first put in. Titles and prices are the catalogue's, so they are not kept here. */
  order_item_list: z.array(StoredLine).min(1),
});
/** What one user wants of one seller, as it lies in the hash `cartList`. */
export type StoredCart = z.output<typeof StoredCart>;

const CartList = z.array(StoredCart).refine((carts) => {
  const item_ids = itemIdsOf(carts);
  return (
    item_ids.length <= linesMax &&
    isDistinct(item_ids) &&
    isDistinct(carts.map((cart) => cart.cart_id)) &&
    isDistinct(carts.map((cart) => cart.seller_id))
  );
});

const isDistinct = (texts: string[]) => new Set(texts).size === texts.length;

export const itemIdsOf = (carts: readonly StoredCart[]): string[] =>
  carts.flatMap((cart) => cart.order_item_list.map((line) => line.item_id));

/** Reads a value of the hash; a missing one and one that is not ours are an empty cart. */
export function parseCartList(value: string | null): StoredCart[] {
  if (value === null) return [];
  return attempt(() => CartList.parse(JSON.parse(value))) ?? [];
}

/**
 * The value of the hash; null when there is nothing to keep. Each cart has the day of this change,
 * in UTC. It is no finer, so that a change that changes nothing mostly writes nothing.
 */
export function cartListText(carts: readonly StoredCart[], now = new Date()): string | null {
  if (carts.length === 0) return null;
  const changed_on = now.toISOString().slice(0, 10);
  return JSON.stringify(carts.map((cart) => ({ ...cart, changed_on })));
}

const Changed = z.array(z.object({ changed_on: z.iso.date() })).min(1);

/** When a value of the hash was changed; undefined if it does not say. */
export function lastChange(value: string): Date | undefined {
  const [cart] = attempt(() => Changed.parse(JSON.parse(value))) ?? [];
  return cart && new Date(cart.changed_on);
}

/** The same carts with the day of now; a value that is not ours stays as it is. */
export function stamped(value: string, now: Date): string {
  return cartListText(parseCartList(value), now) ?? value;
}

/** The carts with `num` pieces of an item in its seller's cart; 0 takes it out. */
export function withItem(
  carts: readonly StoredCart[],
  item: { readonly item_id: string; readonly seller_id: string },
  num: number,
): StoredCart[] {
  const { item_id, seller_id } = item;
  const next = carts.map((cart) => {
    const here = num > 0 && cart.seller_id === seller_id;
    const order_item_list = cart.order_item_list
      .filter((line) => here || line.item_id !== item_id)
      .map((line) => (line.item_id === item_id ? { item_id, num } : line));
    return { ...cart, order_item_list };
  });
  if (num > 0 && !itemIdsOf(next).includes(item_id)) {
    const cart = next.find((one) => one.seller_id === seller_id);
    if (cart) cart.order_item_list.push({ item_id, num });
    else next.push({ cart_id: randomUUID(), seller_id, order_item_list: [{ item_id, num }] });
  }
  return next.filter((cart) => cart.order_item_list.length > 0);
}

/** What an order has taken of a cart: pieces by item. */
export type OrderedPieces = ReadonlyMap<string, number>;

/**
 * The carts without what was ordered of them. What somebody has added meanwhile stays, in a cart of
 * a new `cart_id`: an id that was ordered is never in a cart again, so nothing is taken off twice.
 */
export function withoutOrdered(
  carts: readonly StoredCart[],
  ordered: ReadonlyMap<string, OrderedPieces>,
): StoredCart[] {
  return carts.flatMap((cart) => {
    const taken = ordered.get(cart.cart_id);
    if (!taken) return [cart];
    const order_item_list = cart.order_item_list
      .map(({ item_id, num }) => ({ item_id, num: num - (taken.get(item_id) ?? 0) }))
      .filter((line) => line.num > 0);
    if (order_item_list.length === 0) return [];
    return [{ ...cart, cart_id: randomUUID(), order_item_list }];
  });
}
