import { z } from 'zod';
import { service } from './define';
import { Fen, Id, limitMsMax, Nothing, Owner, SellerId } from './values';

export const Item = z
  .strictObject({
    item_id: Id,
    seller_id: SellerId,
    title: z.string().describe('What a shopper reads.'),
    price: Fen.describe('Fen for one piece.'),
    image: z.string().describe('Address of a picture; may be empty.'),
  })
  .meta({ id: 'Item', description: 'Something that can be bought.' });
export type Item = z.output<typeof Item>;

export const Num = z.int().min(0).max(200).meta({
  id: 'Num',
  description: 'Pieces of one item in a cart; 0 in a command takes it out.',
});

export const Line = z
  .strictObject({
    item_id: Id,
    seller_id: SellerId,
    title: z.string().describe('The title at the moment of the answer, or of the order.'),
    price: Fen.describe('Fen for one piece.'),
    num: Num,
    total_fee: Fen.describe('price × num, fen.'),
  })
  .meta({ id: 'Line', description: 'Some pieces of one item.' });
export type Line = z.output<typeof Line>;

export const Cart = z
  .strictObject({ lines: z.array(Line), total_fee: Fen.describe('The sum of all lines, fen.') })
  .meta({ id: 'Cart', description: "A user's cart, with the prices of the catalogue." });
export type Cart = z.output<typeof Cart>;

/** The catalogue, and what users have put aside to buy. */
export const cart = service('order', {
  items: {
    summary: 'The catalogue.',
    input: Nothing,
    output: z.array(Item),
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
    input: Owner.extend({ item_id: Id, num: Num }),
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
