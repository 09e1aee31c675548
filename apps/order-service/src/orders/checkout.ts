import { AppError } from '@saoma/contracts/errors';
import type { OrderInput } from '@saoma/contracts/order';
import type { Checkout } from '@saoma/contracts/orders';
import { TotalFee } from '@saoma/contracts/values';
import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import { type PricedCart, sum } from '../cart/cart.service';
import type { IdWorker } from '../ids/id-worker';
import { type KeyedCommand, rememberAnswer } from '../ledger/idempotency';
import { OrderItemRow, OrderRow } from '../ledger/order.entity';
import { PayLogRow } from '../ledger/pay-log.entity';

export type CheckoutCommand = OrderInput<'add'>;

/** Everything that one checkout writes, and what it answers. */
export interface CheckoutRows {
  readonly orders: readonly OrderRow[];
  readonly items: readonly OrderItemRow[];
  /** Only WeChat has a payment. */
  readonly payLog: PayLogRow | undefined;
  readonly answer: Checkout;
}

interface Making {
  readonly ids: IdWorker;
  readonly now: Date;
  /** When the watcher looks at the payment first. */
  readonly next_look_time: Date;
}

/**
 * One order per seller, its items, and for WeChat one payment over all of them. May fail:
 * cart/empty (nothing to pay for), cart/too-large (more than one payment can take).
 */
export function checkoutOf(
  command: CheckoutCommand,
  carts: readonly PricedCart[],
  making: Making,
): CheckoutRows {
  const total_fee = sum(carts);
  if (total_fee === 0) throw new AppError('cart/empty', { detail: 'there is nothing to pay' });
  if (!TotalFee.safeParse(total_fee).success) {
    throw new AppError('cart/too-large', { detail: 'it costs more than one payment can take' });
  }
  const { ids } = making;
  const numbered = carts.map((cart) => ({ cart, order_id: ids.nextId() }));
  const out_trade_no = command.payment_type === '1' ? ids.nextId() : null;
  const order_ids = numbered.map(({ order_id }) => order_id);
  const orders = numbered.map(({ cart, order_id }) =>
    orderRow(command, cart, { order_id, out_trade_no, create_time: making.now }),
  );
  const items = numbered.flatMap(({ cart, order_id }) =>
    cart.lines.map((line): OrderItemRow => ({ ...line, order_id })),
  );
  if (out_trade_no === null) {
    return { orders, items, payLog: undefined, answer: { order_ids, total_fee } };
  }
  const payLog = PayLogRow.opened({
    out_trade_no,
    user_id: command.user_id,
    create_time: making.now,
    total_fee,
    order_list: order_ids.join(','),
    next_look_time: making.next_look_time,
  });
  return { orders, items, payLog, answer: { order_ids, out_trade_no, total_fee } };
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
    receiver_address: receiver.address,
  };
}

/**
 * Writes a checkout inside the caller's transaction, with the answer to its Idempotency-Key first:
 * a repeat that comes meanwhile waits at that unique key, and two clicks without a key at that of
 * the cart.
 */
export async function writeCheckout(
  manager: EntityManager,
  command: CheckoutCommand,
  { orders, items, payLog, answer }: CheckoutRows,
): Promise<void> {
  const key = keyed(command);
  if (key) await rememberAnswer(manager, key, answer);
  await insertAll(manager, OrderRow, orders);
  await insertAll(manager, OrderItemRow, items);
  if (payLog) await insertAll(manager, PayLogRow, [payLog]);
}

/** The command by its Idempotency-Key; undefined if it has none. */
export function keyed(command: CheckoutCommand): KeyedCommand | undefined {
  const { user_id, idempotency_key, payment_type, receiver } = command;
  if (idempotency_key === null) return undefined;
  const body = [payment_type, receiver.name, receiver.mobile, receiver.address];
  return { user_id, idempotency_key, body };
}

async function insertAll<Row extends ObjectLiteral>(
  manager: EntityManager,
  table: EntityTarget<Row>,
  rows: readonly Row[],
): Promise<void> {
  const insert = manager.createQueryBuilder().insert().into(table);
  await insert
    .values([...rows])
    .updateEntity(false)
    .execute();
}
