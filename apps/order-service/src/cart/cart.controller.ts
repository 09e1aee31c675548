import { cart } from '@saoma/contracts/cart';
import type { OrderInput } from '@saoma/contracts/order';
import { Serves } from '@saoma/platform/rpc/serves';
import { CatalogueService } from '../catalogue/catalogue.service';
import { CartService } from './cart.service';

@Serves(cart)
export class CartController {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly carts: CartService,
  ) {}

  items({ after }: OrderInput<'items'>) {
    return this.catalogue.page(after);
  }

  putItem(input: OrderInput<'putItem'>) {
    return this.catalogue.put(input);
  }

  getCart(input: OrderInput<'getCart'>) {
    return this.carts.getCart(input);
  }

  putCartItem(input: OrderInput<'putCartItem'>) {
    return this.carts.putCartItem(input);
  }

  clearCart(input: OrderInput<'clearCart'>) {
    return this.carts.clearCart(input);
  }
}
