import { Injectable, Logger } from '@nestjs/common';
import { AppError, details } from '@saoma/contracts/errors';
import type { OrderAnswer, OrderInput } from '@saoma/contracts/order';
import { Checkout, type ToldOrder } from '@saoma/contracts/orders';
import { CartService } from '../cart/cart.service';
import { OrderConfig } from '../config';
import { crashPoint } from '../crash-point';
import { Database } from '../database/database';
import { IdWorker } from '../ids/id-worker';
import { History, type NewPayEvent } from '../ledger/history';
import { type KeyedCommand, once, type Remember } from '../ledger/idempotency';
import type { PayLogRow } from '../ledger/pay-log.entity';
import { orderMetrics } from '../metrics';
import { PayLogCache } from '../payments/pay-log-cache';
import {
  answerOf,
  type CheckoutCommand,
  type CheckoutRows,
  checkoutOf,
  writeCheckout,
} from './checkout';
import { findOrder, findOrders } from './order-reading';
import { findCheckout, isSameCheckout, takenBy } from './repeated-checkout';

/**
 * Checkout and the orders that come of it. A cart is left where it is until its orders are
 * committed, so a crash never loses it; that it becomes orders only once is the work of the unique
 * key on `cart_id`, and what was ordered is taken out afterwards, now or by the next checkout.
 */
@Injectable()
export class OrderService {
  private readonly logger = new Logger('orders');

  constructor(
    private readonly database: Database,
    private readonly config: OrderConfig,
    private readonly ids: IdWorker,
    private readonly carts: CartService,
    private readonly cache: PayLogCache,
    private readonly history: History,
  ) {}

  /**
   * Checkout. The same Idempotency-Key answers the same orders, also while the first is under way;
   * so do two clicks on one cart. May fail: cart/empty, cart/off-sale, cart/changed,
   * cart/too-large, idempotency/key-reused.
   */
  async add(command: CheckoutCommand): Promise<Checkout> {
    let ordered: CheckoutRows = { orders: [], items: [], payLog: undefined };
    try {
      return await once(this.database, keyed(command), async (remember) => {
        const wanted = await this.priced(command);
        ordered = await this.write(wanted, remember);
        const answer = answerOf(ordered.orders);
        if (ordered === wanted) return answer;
        if (!isSameCheckout(wanted, ordered)) {
          throw new AppError('cart/changed', { detail: details.cartIsOrdered });
        }
        await this.database.statements((manager) => remember(manager, answer));
        return answer;
      });
    } finally {
      // However it ended: what is ordered is no longer in the cart.
      const { payLog } = ordered;
      await Promise.all([payLog && this.cache.put(payLog), this.empty(command.user_id, ordered)]);
    }
  }

  /** Newest first. */
  listOrders(page: OrderInput<'listOrders'>): Promise<OrderAnswer<'listOrders'>> {
    return this.database.listing.statements((manager) => findOrders(manager, page));
  }

  /** May fail: order/not-found (also for a foreign one). */
  async getOrder(wanted: OrderInput<'getOrder'>): Promise<ToldOrder> {
    const order = await this.database.statements((manager) => findOrder(manager, wanted));
    if (!order) throw new AppError('order/not-found');
    return order;
  }

  /** What the user's cart is as orders, at the prices of this moment. */
  private async priced(command: CheckoutCommand): Promise<CheckoutRows> {
    const carts = await this.carts.price(command.user_id);
    const now = new Date();
    return checkoutOf(command, carts, { ids: this.ids, now, ttl_ms: this.config.PAY_LOG_TTL_MS });
  }

  /**
   * Writes the orders. If some of these carts are orders already, those are given instead: a click
   * was faster, or made them and died before it emptied the cart, or the answer to this commit was
   * lost.
   */
  private async write(wanted: CheckoutRows, remember: Remember<Checkout>): Promise<CheckoutRows> {
    const { orders, payLog } = wanted;
    try {
      await this.database.transaction(async (manager) => {
        await writeCheckout(manager, wanted);
        if (payLog) await this.history.append(manager, createdBy(payLog));
        await remember(manager, answerOf(orders));
        await crashPoint('order.precommit');
      });
    } catch (error) {
      const cart_ids = orders.map(({ cart_id }) => cart_id);
      const before = await this.database.statements((manager) => findCheckout(manager, cart_ids));
      if (before.orders.length === 0) throw error;
      return before;
    }
    await crashPoint('order.committed');
    orderMetrics.checkouts.add({});
    return wanted;
  }

  /** The orders are committed, so a cart that cannot be emptied now is no failure. */
  private async empty(user_id: string, ordered: CheckoutRows): Promise<void> {
    if (ordered.orders.length === 0) return;
    try {
      await this.carts.takeOut(user_id, takenBy(ordered, user_id));
    } catch (error) {
      const { out_trade_no } = ordered.payLog ?? {};
      const why = String(error);
      this.logger.warn({ msg: 'a cart was ordered but not emptied', out_trade_no, user_id, why });
    }
  }
}

/** The command by its Idempotency-Key; undefined if it has none. */
function keyed(command: CheckoutCommand): KeyedCommand<Checkout> | undefined {
  const { user_id, idempotency_key, payment_type, receiver } = command;
  if (idempotency_key === null) return undefined;
  const body = [payment_type, receiver.name, receiver.mobile, receiver.address];
  return { user_id, idempotency_key, body, answer: Checkout };
}

/** The first line of a payment's timeline. */
function createdBy({ out_trade_no, user_id, total_fee, order_list }: PayLogRow): NewPayEvent {
  const detail = { total_fee, order_list };
  return { out_trade_no, kind: 'payment.created', actor: `shopper:${user_id}`, detail };
}
