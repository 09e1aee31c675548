import { z } from 'zod';
import { service } from './define';
import { PersonText } from './person-text';
import {
  Fen,
  ItemId,
  limitMsMax,
  Nothing,
  Owner,
  SellerId,
  Text,
  totalFeeFenMax,
  Whole,
} from './values';
import { sentence } from './words';

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

/** Pages of both shops and browsers take no other: neither `javascript:` nor plain http. */
function isPicture(text: string): boolean {
  if (text === '' || /^\/(?![/\\])/.test(text)) return true;
  if (!/^https:\/\//i.test(text) || !URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}

/** What the shop's own programs say of an item, but for its number. */
export const ItemFacts = z.strictObject({
  seller_id: Text(64).meta({ description: 'The id of the seller.', examples: ['chaye'] }),
  title: PersonText(200).meta({
    description: 'The name that shoppers see; it is cleaned.',
    examples: [tea],
  }),
  price: Whole(0, totalFeeFenMax).meta({
    description: 'Price of one piece, in fen; 0 is a gift.',
    examples: [5990],
  }),
  image: z
    .string()
    .regex(/^\P{C}{0,500}$/u, sentence('Must have at most 500 characters.', '最多 500 个字符。'))
    .refine(
      isPicture,
      sentence(
        'Must be empty, a path of this host such as /img/tea.svg, or an https address.',
        '应为空、本站的路径（例如 /img/tea.svg）或 https 地址。',
      ),
    )
    .meta({
      description:
        'A picture: empty, a path of this host, or an https address, whose origin ' +
        '`STOREFRONT_IMAGE_HOSTS` must name for the pages of Saoma to show it.',
      examples: ['https://img.shop.example/tea.jpg'],
    }),
  on_sale: z.boolean().meta({
    description: 'Whether it can be bought; what is not stays in carts, which cannot be ordered.',
    examples: [true],
  }),
});

export const CatalogueItem = ItemFacts.extend({ item_id: ItemId }).meta({
  id: 'CatalogueItem',
  description: 'An item of the catalogue, for sale or not.',
});
export type CatalogueItem = z.output<typeof CatalogueItem>;

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

export const CartLine = Line.extend({
  on_sale: z
    .literal(false)
    .optional()
    .describe('false: it is not sold now, so take it out before you order. Else missing.'),
}).meta({ id: 'CartLine', description: 'One item of a cart, and how many pieces of it.' });
export type CartLine = z.output<typeof CartLine>;

export const Cart = z
  .strictObject({
    lines: z.array(CartLine).describe('The items, one line each.'),
    total_fee: Fen.describe('The sum of all lines, in fen.'),
  })
  .meta({ id: 'Cart', description: "A user's cart, with the catalogue's current prices." });
export type Cart = z.output<typeof Cart>;

/** A page of the catalogue. */
export const itemsPageMax = 500;

/** The catalogue, and the users' carts. */
export const cart = service('order', {
  items: {
    summary: 'What is for sale, by number: a page, and one item more if there is another page.',
    input: z.strictObject({ after: ItemId.optional() }),
    output: z.array(Item).describe(`At most ${itemsPageMax} items and one more.`),
    limitMsMax,
    repeatable: true,
    list: true,
  },
  putItem: {
    summary: 'Puts an item into the catalogue, or changes it.',
    input: CatalogueItem,
    output: CatalogueItem,
    limitMsMax,
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
