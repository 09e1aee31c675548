import { AppError, details } from '@saoma/contracts/errors';
import type { OrderInput } from '@saoma/contracts/order';
import type { Checkout } from '@saoma/contracts/orders';
import { phoneKeyOf } from '@saoma/contracts/person-text';
import { totalFeeFenMax } from '@saoma/contracts/values';
import type { EntityManager } from 'typeorm';
import { type PricedCart, sum } from '../cart/cart.service';
import { insertRows } from '../database/rows';
import type { IdWorker } from '../ids/id-worker';
import { OrderItemRow, OrderRow } from '../ledger/order.entity';
import { PayLogRow } from '../ledger/pay-log.entity';

export type CheckoutCommand = OrderInput<'add'>;

/** Everything that one checkout writes. */
export interface CheckoutRows {
  readonly orders: readonly OrderRow[];
  readonly items: readonly OrderItemRow[];
  /** Only WeChat has a payment. */
  readonly payLog: PayLogRow | undefined;
}

/**
 * One order per seller, its items, and for WeChat one payment over all of them. WeChat takes no
 * payment over nothing: what is free is ordered as cash on delivery is. May fail: cart/empty,
 * cart/off-sale, cart/too-large (more than one payment can take).
 */
export function checkoutOf(
  command: CheckoutCommand,
  carts: readonly PricedCart[],
  making: { readonly ids: IdWorker; readonly now: Date; readonly ttl_ms: number },
): CheckoutRows {
  if (carts.length === 0) throw new AppError('cart/empty');
  if (carts.some(({ lines }) => lines.some(({ on_sale }) => on_sale === false))) {
    throw new AppError('cart/off-sale', { detail: details.cartHasOffSale });
  }
  const total_fee = sum(carts);
  if (total_fee > totalFeeFenMax) {
    throw new AppError('cart/too-large', { detail: details.cartCostsTooMuch });
  }
  const { ids, now: create_time, ttl_ms } = making;
  const { user_id } = command;
  const payment_type = total_fee === 0 ? '2' : command.payment_type;
  const numbered = carts.map((cart) => ({ cart, order_id: ids.nextId() }));
  const out_trade_no = payment_type === '1' ? ids.nextId() : null;
  const orders = numbered.map(({ cart, order_id }) =>
    orderRow({ ...command, payment_type }, cart, { order_id, out_trade_no, create_time }),
  );
  const items = numbered.flatMap(({ cart, order_id }) =>
    cart.lines.map(({ on_sale: _, ...line }): OrderItemRow => ({ ...line, order_id })),
  );
  const order_list = numbered.map(({ order_id }) => order_id).join(',');
  const facts = { user_id, create_time, ttl_ms, total_fee, order_list };
  const payLog = out_trade_no === null ? undefined : PayLogRow.opened({ ...facts, out_trade_no });
  return { orders, items, payLog };
}

/** What the checkout of these orders is answered. */
export function answerOf(orders: readonly OrderRow[]): Checkout {
  const order_ids = orders.map(({ order_id }) => order_id);
  const out_trade_no = orders[0]?.out_trade_no ?? null;
  const total_fee = orders.reduce((total, { payment }) => total + payment, 0);
  return { order_ids, ...(out_trade_no !== null && { out_trade_no }), total_fee };
}

function orderRow(
  { user_id, payment_type, receiver }: CheckoutCommand,
  { cart_id, seller_id, total_fee }: PricedCart,
  numbers: Pick<OrderRow, 'order_id' | 'out_trade_no' | 'create_time'>,
): OrderRow {
  return {
    ...numbers,
    user_id,
    seller_id,
    cart_id,
    payment: total_fee,
    payment_type,
    status: '1',
    payment_time: null,
    receiver_name: receiver.name,
    receiver_mobile: receiver.mobile,
    receiver_phone: phoneKeyOf(receiver.mobile) ?? '',
    receiver_address: receiver.address,
  };
}

/**
 * Writes a checkout inside the caller's transaction. The unique key of the cart comes first: a
 * second click waits there for the first one's end.
 */
export async function writeCheckout(
  manager: EntityManager,
  { orders, items, payLog }: CheckoutRows,
): Promise<void> {
  await insertRows(manager, OrderRow, orders);
  await insertRows(manager, OrderItemRow, items);
  if (payLog) await insertRows(manager, PayLogRow, [payLog]);
}
