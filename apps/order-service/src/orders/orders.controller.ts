import type { OrderInput } from '@saoma/contracts/order';
import { orders } from '@saoma/contracts/orders';
import { Serves } from '@saoma/platform/rpc/serves';
import { OrderService } from './order.service';

@Serves(orders)
export class OrdersController {
  constructor(private readonly orders: OrderService) {}

  add(input: OrderInput<'add'>) {
    return this.orders.add(input);
  }

  listOrders(input: OrderInput<'listOrders'>) {
    return this.orders.listOrders(input);
  }

  getOrder(input: OrderInput<'getOrder'>) {
    return this.orders.getOrder(input);
  }
}
