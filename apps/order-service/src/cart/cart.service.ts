import { Injectable } from '@nestjs/common';
import type { Cart, CartLine, CatalogueItem } from '@saoma/contracts/cart';
import { AppError, details } from '@saoma/contracts/errors';
import type { OrderInput } from '@saoma/contracts/order';
import { CatalogueService } from '../catalogue/catalogue.service';
import { SharedStore, type UserHash } from '../redis/shared-store';
import {
  cartListText,
  itemIdsOf,
  linesMax,
  type OrderedPieces,
  parseCartList,
  type StoredCart,
  withItem,
  withoutOrdered,
} from './stored-cart';

/** Every failed try means that another change of the same cart went through. */
const triesMax = 100;

/** One seller's part of a cart, with the titles and prices of this moment. */
export interface PricedCart {
  readonly cart_id: string;
  readonly seller_id: string;
  readonly lines: readonly CartLine[];
  /** Fen. */
  readonly total_fee: number;
}

/**
 * The carts, in the lesson's hash `cartList`: they may be lost, money never depends on them.
 * Changes compare and set, so two tabs never undo each other. While Redis is configured but away,
 * every method fails with service/unavailable.
 */
@Injectable()
export class CartService {
  private readonly hash: UserHash;

  constructor(
    store: SharedStore,
    private readonly catalogue: CatalogueService,
  ) {
    this.hash = store.cartList;
  }

  async getCart({ user_id }: OrderInput<'getCart'>): Promise<Cart> {
    return shown(await this.price(user_id));
  }

  /**
   * What an item is, whose, whether it is on sale and its price may be a second old, here and in
   * the answer: a checkout reads them anew by `price`. May fail: item/not-found, cart/too-large.
   */
  async putCartItem({ user_id, item_id, num }: OrderInput<'putCartItem'>): Promise<Cart> {
    const items = new Map<string, CatalogueItem>();
    const carts = await this.change(user_id, async (before) => {
      const unknown = [...itemIdsOf(before), item_id].filter((one) => !items.has(one));
      for (const [one, item] of await this.catalogue.findLately(unknown)) items.set(one, item);
      const item = items.get(item_id);
      if (!item || !canBeSet(item, num, before)) throw new AppError('item/not-found');
      const next = withItem(before, item, num);
      if (itemIdsOf(next).length > linesMax) {
        throw new AppError('cart/too-large', { detail: details.cartHasTooMany });
      }
      return next;
    });
    return shown(priced(carts, items));
  }

  async clearCart({ user_id }: OrderInput<'clearCart'>): Promise<Record<string, never>> {
    await this.change(user_id, async () => []);
    return {};
  }

  /** The user's carts as they can be ordered now: what the catalogue no longer has drops out. */
  async price(user_id: string): Promise<PricedCart[]> {
    const carts = parseCartList(await this.hash.get(user_id));
    return priced(carts, await this.catalogue.findNow(itemIdsOf(carts)));
  }

  /** Takes out what was ordered: pieces by item, by `cart_id`. Safe to repeat. */
  async takeOut(user_id: string, ordered: ReadonlyMap<string, OrderedPieces>): Promise<void> {
    await this.change(user_id, async (before) => withoutOrdered(before, ordered));
  }

  private async change(user_id: string, edit: (before: StoredCart[]) => Promise<StoredCart[]>) {
    for (let tries = 1; tries <= triesMax; tries += 1) {
      const expected = await this.hash.get(user_id);
      const after = await edit(parseCartList(expected));
      const next = cartListText(after);
      if (next === expected) return after;
      if (await this.hash.replace(user_id, { expected, next })) return after;
    }
    throw new AppError('service/unavailable', { detail: 'too many changes of this cart at once' });
  }
}

/** What is not on sale is only taken out. */
function canBeSet({ item_id, on_sale }: CatalogueItem, num: number, carts: readonly StoredCart[]) {
  return on_sale || (num === 0 && itemIdsOf(carts).includes(item_id));
}

/** An item that has moved to another seller is no longer what was put in. */
function priced(
  carts: readonly StoredCart[],
  items: ReadonlyMap<string, CatalogueItem>,
): PricedCart[] {
  return carts.flatMap(({ cart_id, seller_id, order_item_list }) => {
    const lines = order_item_list.flatMap(({ item_id, num }): CartLine[] => {
      const item = items.get(item_id);
      if (item?.seller_id !== seller_id) return [];
      const { title, price } = item;
      const line = { item_id, seller_id, title, price, num, total_fee: price * num };
      return [item.on_sale ? line : { ...line, on_sale: false }];
    });
    return lines.length === 0 ? [] : [{ cart_id, seller_id, lines, total_fee: sum(lines) }];
  });
}

function shown(carts: readonly PricedCart[]): Cart {
  return { lines: carts.flatMap((cart) => cart.lines), total_fee: sum(carts) };
}

/** Fen are whole numbers, so sums are exact. */
export const sum = (parts: readonly { readonly total_fee: number }[]): number =>
  parts.reduce((total, part) => total + part.total_fee, 0);
