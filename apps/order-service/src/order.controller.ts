import type { Input } from '@saoma/contracts/define';
import { orderService } from '@saoma/contracts/order';
import { Serves } from '@saoma/platform/rpc/serves';
import { CartService } from './cart/cart.service';
import { CatalogueService } from './catalogue/catalogue.service';
import { OperatorService } from './operator/operator.service';
import { OrderService } from './orders/order.service';
import { Bell } from './payments/bell';
import { Closing } from './payments/closing';
import { NativeCode } from './payments/native-code';
import { Notices } from './payments/notices';
import { PaymentService } from './payments/payment.service';
import { RefundService } from './refunds/refund.service';
import { RefundNotices } from './refunds/refund-notices';

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
    private readonly refunds: RefundService,
    private readonly refundNotices: RefundNotices,
    private readonly operator: OperatorService,
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

  refundPayment(input: Input<Order, 'refundPayment'>) {
    return this.refunds.refundPayment(input);
  }

  listRefunds(input: Input<Order, 'listRefunds'>) {
    return this.refunds.listRefunds(input);
  }

  receiveRefundNotice(input: Input<Order, 'receiveRefundNotice'>) {
    return this.refundNotices.receiveRefundNotice(input);
  }

  timeline(input: Input<Order, 'timeline'>) {
    return this.operator.timeline(input);
  }

  listAnomalies(input: Input<Order, 'listAnomalies'>) {
    return this.operator.listAnomalies(input);
  }

  resolveAnomaly(input: Input<Order, 'resolveAnomaly'>) {
    return this.operator.resolveAnomaly(input);
  }

  listDeliveries(input: Input<Order, 'listDeliveries'>) {
    return this.operator.listDeliveries(input);
  }

  replayDelivery(input: Input<Order, 'replayDelivery'>) {
    return this.operator.replayDelivery(input);
  }
}
