import type { Input } from '@saoma/contracts/define';
import { orderService } from '@saoma/contracts/order';
import { Serves } from '@saoma/platform/rpc/serves';
import { CartService } from './cart/cart.service';
import { CatalogueService } from './catalogue/catalogue.service';
import { OrderService } from './orders/order.service';
import { Bell } from './payments/bell';
import { Closing } from './payments/closing';
import { NativeCode } from './payments/native-code';
import { Notices } from './payments/notices';
import { PaymentService } from './payments/payment.service';

type Order = typeof orderService;

/** The order service on the wire: one line per method of the contract. */
@Serves(orderService)
export class OrderController {
  constructor(
    private readonly catalogue: CatalogueService,
    private readonly carts: CartService,
    private readonly orders: OrderService,
    private readonly payments: PaymentService,
    private readonly code: NativeCode,
    private readonly closing: Closing,
    private readonly notices: Notices,
    private readonly bell: Bell,
  ) {}

  items() {
    return this.catalogue.all();
  }

  getCart(input: Input<Order, 'getCart'>) {
    return this.carts.getCart(input);
  }

  putCartItem(input: Input<Order, 'putCartItem'>) {
    return this.carts.putCartItem(input);
  }

  clearCart(input: Input<Order, 'clearCart'>) {
    return this.carts.clearCart(input);
  }

  add(input: Input<Order, 'add'>) {
    return this.orders.add(input);
  }

  listOrders(input: Input<Order, 'listOrders'>) {
    return this.orders.listOrders(input);
  }

  getOrder(input: Input<Order, 'getOrder'>) {
    return this.orders.getOrder(input);
  }

  searchPayLog(input: Input<Order, 'searchPayLog'>) {
    return this.code.searchPayLog(input);
  }

  claimCode(input: Input<Order, 'claimCode'>) {
    return this.code.claimCode(input);
  }

  keepCode(input: Input<Order, 'keepCode'>) {
    return this.code.keepCode(input);
  }

  listPayments(input: Input<Order, 'listPayments'>) {
    return this.payments.listPayments(input);
  }

  getPayment(input: Input<Order, 'getPayment'>) {
    return this.payments.getPayment(input);
  }

  lookPayments(input: Input<Order, 'lookPayments'>) {
    return this.payments.lookPayments(input);
  }

  watchSettled() {
    return this.bell.watchSettled();
  }

  closePayment(input: Input<Order, 'closePayment'>) {
    return this.closing.closePayment(input);
  }

  receiveNotice(input: Input<Order, 'receiveNotice'>) {
    return this.notices.receiveNotice(input);
  }
}
