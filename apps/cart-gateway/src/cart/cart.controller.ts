import { Controller } from '@nestjs/common';
import { cart, Num } from '@saoma/contracts/cart';
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
  summary: 'The catalogue: all items for sale.',
  description:
    'At most 1,000 items and 2 MiB. A change is seen within 2 s. Send the `ETag` of the answer ' +
    'as `If-None-Match`: as long as nothing has changed, the answer is 304.',
  open: true,
  headers: z.object({
    'if-none-match': z
      .string()
      .optional()
      .meta({
        description: 'The `ETag` of the answer that you have; a browser sends it itself.',
        examples: ['"7Zx0pQ2m9c1vG5rJ8tKwYb3NdLe"'],
      }),
  }),
  answers: { 200: cart.methods.items.output, 304: 'It is still what you have.' },
  type: 'application/json',
  errors: from(cart.methods.items).errors,
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
  async getItems({ headers, reply }: Asked<typeof getItems>) {
    const { body, etag } = await this.catalogue.read();
    reply.headers({ 'cache-control': 'no-cache', etag });
    if (!isKnown(headers['if-none-match'], etag)) return body;
    reply.code(304);
    return undefined;
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
