import { Controller } from '@nestjs/common';
import { CatalogueItem, cart, Item, ItemFacts, itemsPageMax, Num } from '@saoma/contracts/cart';
import { ItemId } from '@saoma/contracts/values';
import { isKnown } from '@saoma/platform/http/etag';
import { z } from 'zod';
import { OrderClient } from '../clients';
import { Answers } from '../rest/answers';
import { type Asked, from, route } from '../rest/route';
import { Catalogue } from './catalogue';

const getItems = route({
  method: 'GET',
  path: '/api/items',
  summary: 'The catalogue: what is for sale, by number.',
  description:
    `At most ${itemsPageMax} items; if there are more, the header ` +
    '`Link` (`rel="next"`) has the address of the next page. A change is seen within 2 s. ' +
    'Send the `ETag` of the answer as `If-None-Match`: as long as nothing has changed, the ' +
    'answer is 304.',
  open: true,
  query: z.strictObject({
    after: ItemId.optional().describe('Only items whose numbers, as texts, come after this one.'),
  }),
  headers: z.object({
    'if-none-match': z
      .string()
      .optional()
      .meta({
        description: 'The `ETag` of the answer that you have; a browser sends it itself.',
        examples: ['"7Zx0pQ2m9c1vG5rJ8tKwYb3NdLe"'],
      }),
  }),
  answers: {
    200: z.array(Item).describe(`At most ${itemsPageMax} items.`),
    304: 'It is still what you have.',
  },
  type: 'application/json',
  errors: from(cart.methods.items).errors,
});

const putItem = route({
  method: 'PUT',
  path: '/api/items/:item_id',
  summary: 'Puts an item into the catalogue, or changes it; for the roles `shop` and `operator`.',
  description:
    'What is not on sale is not listed, and cannot be put into a cart. A cart that holds it says ' +
    'so (`on_sale`), and cannot be ordered before it is taken out.',
  roles: ['shop', 'operator'],
  params: z.strictObject({ item_id: ItemId }),
  body: ItemFacts,
  answers: { 200: CatalogueItem.describe('The item, as it is now.') },
  errors: from(cart.methods.putItem).errors,
});

const getCart = route({
  method: 'GET',
  path: '/api/cart',
  summary: "My cart, with the catalogue's current prices.",
  ...from(cart.methods.getCart),
});

const putCartItem = route({
  method: 'PUT',
  path: '/api/cart/items/:item_id',
  summary: 'Sets how many pieces of an item are in my cart; 0 removes it.',
  description: 'The prices in the answer are at most a second old.',
  params: z.strictObject({ item_id: ItemId }),
  body: z.strictObject({ num: Num }),
  ...from(cart.methods.putCartItem),
});

const clearCart = route({
  method: 'DELETE',
  path: '/api/cart',
  summary: 'Empties my cart.',
  answers: { 204: 'The cart is empty.' },
});

/** Catalogue and cart; both live in the order service. */
@Controller()
export class CartController {
  constructor(
    private readonly order: OrderClient,
    private readonly catalogue: Catalogue,
  ) {}

  @Answers(getItems)
  async getItems({ query, headers, reply }: Asked<typeof getItems>) {
    const { body, etag, next } = await this.catalogue.read(query.after);
    reply.headers({ 'cache-control': 'no-cache', etag });
    if (next !== undefined) reply.header('link', `</api/items?after=${next}>; rel="next"`);
    if (!isKnown(headers['if-none-match'], etag)) return body;
    reply.code(304);
    return undefined;
  }

  @Answers(putItem)
  async putItem({ params, body }: Asked<typeof putItem>) {
    try {
      return await this.order.putItem({ ...params, ...body });
    } finally {
      // Also when its answer is lost: it may be changed.
      this.catalogue.forget();
    }
  }

  @Answers(getCart)
  getCart({ user }: Asked<typeof getCart>) {
    return this.order.getCart({ user_id: user.user_id });
  }

  @Answers(putCartItem)
  putCartItem({ user, params, body }: Asked<typeof putCartItem>) {
    return this.order.putCartItem({ user_id: user.user_id, ...params, ...body });
  }

  @Answers(clearCart)
  async clearCart({ user }: Asked<typeof clearCart>): Promise<undefined> {
    await this.order.clearCart({ user_id: user.user_id });
  }
}
