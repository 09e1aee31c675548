import { z } from 'zod';
import { service } from './define';
import { Fen, ItemId, limitMsMax, Nothing, Owner, SellerId } from './values';

/** What the examples are about. */
const tea = '龙井茶 250 g · Longjing tea';

export const Item = z
  .strictObject({
    item_id: ItemId,
    seller_id: SellerId,
    title: z.string().meta({ description: 'What a shopper reads.', examples: [tea] }),
    price: Fen.describe('Fen for one piece.'),
    image: z.string().meta({
      description: 'The address of a picture, relative to the gateway or whole; may be empty.',
      examples: ['/img/tea.svg'],
    }),
  })
  .meta({ id: 'Item', description: 'Something that can be bought.' });
export type Item = z.output<typeof Item>;

export const Num = z
  .int()
  .min(0)
  .max(200)
  .meta({
    id: 'Num',
    description: 'Pieces of one item in a cart; 0 in a command takes it out.',
    examples: [1],
  });

export const Line = z
  .strictObject({
    item_id: ItemId,
    seller_id: SellerId,
    title: z.string().meta({
      description: 'In a cart the title of now, in an order that of its checkout.',
      examples: [tea],
    }),
    price: Fen.describe('Fen for one piece.'),
    num: Num,
    total_fee: Fen.describe('Fen: `price` × `num`.'),
  })
  .meta({ id: 'Line', description: 'Some pieces of one item.' });
export type Line = z.output<typeof Line>;

export const Cart = z
  .strictObject({
    lines: z.array(Line).describe('The items, one line each.'),
    total_fee: Fen.describe('Fen: the sum of all lines.'),
  })
  .meta({ id: 'Cart', description: "A user's cart, with the prices of the catalogue." });
export type Cart = z.output<typeof Cart>;

/** The catalogue, and what users have put aside to buy. */
export const cart = service('order', {
  items: {
    summary: 'The catalogue.',
    input: Nothing,
    output: z.array(Item).describe('Everything that can be bought.'),
    limitMsMax,
  },
  getCart: {
    summary: "The user's cart, with the prices of this moment.",
    input: Owner,
    output: Cart,
    limitMsMax,
  },
  putCartItem: {
    summary: 'Sets the number of pieces of an item.',
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
