import { z } from 'zod';
import { service } from './define';
import { Fen, ItemId, limitMsMax, Nothing, Owner, SellerId, Whole } from './values';

/** What the examples are about. */
const tea = '龙井茶 250 g · Longjing tea';

export const Item = z
  .strictObject({
    item_id: ItemId,
    seller_id: SellerId,
    title: z.string().meta({ description: 'The name that shoppers see.', examples: [tea] }),
    price: Fen.describe('Price of one piece, in fen.'),
    image: z.string().meta({
      description: 'URL of a picture: absolute, or relative to the gateway. May be empty.',
      examples: ['/img/tea.svg'],
    }),
  })
  .meta({ id: 'Item', description: 'Something that can be bought.' });
export type Item = z.output<typeof Item>;

export const Num = Whole(0, 200).meta({
  id: 'Num',
  description: 'How many pieces of an item; setting 0 removes it from the cart.',
  examples: [1],
});

export const Line = z
  .strictObject({
    item_id: ItemId,
    seller_id: SellerId,
    title: z.string().meta({
      description: 'In a cart: the current title. In an order: the title at checkout.',
      examples: [tea],
    }),
    price: Fen.describe('Price of one piece, in fen.'),
    num: Num,
    total_fee: Fen.describe('`price` × `num`, in fen.'),
  })
  .meta({ id: 'Line', description: 'One item of a cart or order, and how many pieces of it.' });
export type Line = z.output<typeof Line>;

export const Cart = z
  .strictObject({
    lines: z.array(Line).describe('The items, one line each.'),
    total_fee: Fen.describe('The sum of all lines, in fen.'),
  })
  .meta({ id: 'Cart', description: "A user's cart, with the catalogue's current prices." });
export type Cart = z.output<typeof Cart>;

/** The catalogue, and the users' carts. */
export const cart = service('order', {
  items: {
    summary: 'The catalogue.',
    input: Nothing,
    output: z.array(Item).describe('All items for sale.'),
    limitMsMax,
    repeatable: true,
    list: true,
  },
  getCart: {
    summary: "The user's cart, with the catalogue's current prices.",
    input: Owner,
    output: Cart,
    limitMsMax,
    repeatable: true,
  },
  putCartItem: {
    summary:
      'Sets how many pieces of an item are in the cart. The prices in the answer are at most a ' +
      'second old.',
    input: Owner.extend({ item_id: ItemId, num: Num }),
    output: Cart,
    errors: ['item/not-found', 'cart/too-large'],
    limitMsMax,
  },
  clearCart: {
    summary: 'Empties the cart.',
    input: Owner,
    output: Nothing,
    limitMsMax,
  },
});
