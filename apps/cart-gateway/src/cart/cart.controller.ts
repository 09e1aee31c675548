import { Controller } from '@nestjs/common';
import { cart, Num } from '@saoma/contracts/cart';
import { ItemId } from '@saoma/contracts/values';
import { z } from 'zod';
import { OrderClient } from '../clients';
import { Answers } from '../rest/answers';
import { type Asked, from, route } from '../rest/route';

const getItems = route({
  method: 'GET',
  path: '/api/items',
  summary: 'The catalogue: all items for sale.',
  open: true,
  ...from(cart.methods.items),
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
  constructor(private readonly order: OrderClient) {}

  @Answers(getItems)
  getItems(_: Asked<typeof getItems>) {
    return this.order.items({});
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
