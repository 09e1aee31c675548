import { Injectable, Logger } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import type { OrderInput, OrderOutput } from '@saoma/contracts/order';
import { Checkout, type Order } from '@saoma/contracts/orders';
import { CartService, type PricedCart } from '../cart/cart.service';
import type { Taken } from '../cart/stored-cart';
import { OrderConfig } from '../config';
import { crashPoint } from '../crash-point';
import { Database } from '../database/database';
import { isDuplicate } from '../database/database-errors';
import { IdWorker } from '../ids/id-worker';
import { History, type PayEvent } from '../ledger/history';
import { rememberAnswer, rememberedAnswer } from '../ledger/idempotency';
import type { PayLogRow } from '../ledger/pay-log.entity';
import { PayLogCache } from '../payments/pay-log-cache';
import { firstLook } from '../payments/schedule';
import { type CheckoutCommand, checkoutOf, keyed, writeCheckout } from './checkout';
import { findOrder, findOrders } from './order-reading';
import { findOrdered, sameCheckout, takenFromCarts } from './repeated-checkout';

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
   * so do two clicks on one cart. May fail: cart/empty, cart/changed, cart/too-large,
   * idempotency/key-reused.
   */
  async add(command: CheckoutCommand): Promise<Checkout> {
    const remembered = await this.answerKey(command);
    if (remembered) return remembered;
    const carts = await this.carts.price(command.user_id);
    if (carts.length === 0) return this.answerEmpty(command);
    const now = new Date();
    const next_look_time = firstLook({ create_time: now }, this.config);
    const rows = checkoutOf(command, carts, { ids: this.ids, now, next_look_time });
    try {
      await this.database.transaction(async (manager) => {
        await writeCheckout(manager, command, rows);
        if (rows.payLog) await this.history.append(manager, createdBy(rows.payLog));
        await crashPoint('order.precommit');
      });
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      return this.answerRepeat(command, carts, error);
    }
    await crashPoint('order.committed');
    await Promise.all([
      rows.payLog && this.cache.put(rows.payLog),
      this.takeOut(command.user_id, takenOf(carts)),
    ]);
    return rows.answer;
  }

  /** Newest first. */
  listOrders(page: OrderInput<'listOrders'>): Promise<OrderOutput<'listOrders'>> {
    return this.database.statements((manager) => findOrders(manager, page));
  }

  /** May fail: order/not-found (also for a foreign one). */
  async getOrder(wanted: OrderInput<'getOrder'>): Promise<Order> {
    const order = await this.database.statements((manager) => findOrder(manager, wanted));
    if (!order) throw new AppError('order/not-found');
    return order;
  }

  /** The answer to a repeated key. If the first try died before the cart was emptied, it is now. */
  private async answerKey(command: CheckoutCommand): Promise<Checkout | undefined> {
    const key = keyed(command);
    if (!key) return undefined;
    const { user_id } = command;
    const [answer, ordered] = await this.database.statements(async (manager) => {
      const found = await rememberedAnswer(manager, key);
      if (found === undefined) return [undefined, []];
      const before = Checkout.parse(found);
      return [before, await findOrdered(manager, before)];
    });
    if (answer) await this.takeOut(user_id, takenFromCarts(ordered, user_id));
    return answer;
  }

  /** The first try with this key may have emptied the cart just after the key was looked up. */
  private async answerEmpty(command: CheckoutCommand): Promise<Checkout> {
    const remembered = await this.answerKey(command);
    if (remembered) return remembered;
    throw new AppError('cart/empty');
  }

  /**
   * A unique key says that these carts, or some of them, are orders already: by a click that was
   * faster, or by one whose process died before it emptied the cart. The same checkout gets the
   * same answer. If the cart was edited since, the shopper must look again at what is left of it.
   */
  private async answerRepeat(
    command: CheckoutCommand,
    carts: readonly PricedCart[],
    duplicate: unknown,
  ): Promise<Checkout> {
    const remembered = await this.answerKey(command);
    if (remembered) return remembered;
    const cart_ids = carts.map((cart) => cart.cart_id);
    const [ordered, answer] = await this.database.statements(async (manager) => {
      const found = await findOrdered(manager, { cart_ids });
      return [found, await sameCheckout(manager, command, { carts, ordered: found })];
    });
    if (ordered.length === 0) throw duplicate;
    const taken = takenFromCarts(ordered, command.user_id);
    if (!answer) {
      await this.carts.takeOut(command.user_id, taken);
      throw new AppError('cart/changed', { detail: 'a part of this cart is ordered already' });
    }
    const kept = await this.remember(command, answer);
    await this.takeOut(command.user_id, taken);
    return kept;
  }

  /** Gives a new key the answer of the orders that another one made, so that it stays the same. */
  private async remember(command: CheckoutCommand, answer: Checkout): Promise<Checkout> {
    const key = keyed(command);
    if (!key) return answer;
    try {
      await this.database.statements((manager) => rememberAnswer(manager, key, answer));
      return answer;
    } catch (error) {
      const remembered = isDuplicate(error) && (await this.answerKey(command));
      if (remembered) return remembered;
      throw error;
    }
  }

  /** The orders are committed, so a cart that cannot be emptied now is no failure. */
  private async takeOut(user_id: string, taken: ReadonlyMap<string, Taken>): Promise<void> {
    try {
      await this.carts.takeOut(user_id, taken);
    } catch (error) {
      this.logger.warn(`a cart was ordered but not emptied: ${error}`);
    }
  }
}

/** The first line of a payment's timeline. */
function createdBy({ out_trade_no, user_id, total_fee, order_list }: PayLogRow): PayEvent {
  const detail = { total_fee, order_list };
  return { out_trade_no, kind: 'payment.created', actor: `shopper:${user_id}`, detail };
}

function takenOf(carts: readonly PricedCart[]): Map<string, Taken> {
  return new Map(
    carts.map(({ cart_id, lines }) => [
      cart_id,
      new Map(lines.map(({ item_id, num }) => [item_id, num])),
    ]),
  );
}
