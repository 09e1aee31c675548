import type { OrderAnswer, OrderInput } from '@saoma/contracts/order';
import type { ToldOrder } from '@saoma/contracts/orders';
import { type EntityManager, In, LessThan } from 'typeorm';
import { pageOf } from '../database/page';
import { OrderItemRow, OrderRow, toOrder } from '../ledger/order.entity';
import { readRefunded } from '../ledger/refund-shares';

/** Lines of orders that are read for one page. One order has far fewer. */
const linesPerPageMax = 1_000;

/** A page of orders, newest first, in a few statements however long it is. */
export async function findOrders(
  manager: EntityManager,
  { user_id, operator, buyer, out_trade_no, cursor, limit }: OrderInput<'listOrders'>,
): Promise<OrderAnswer<'listOrders'>> {
  const whose = operator ? buyer : user_id;
  const rows = await manager.find(OrderRow, {
    where: {
      ...(whose !== undefined && { user_id: whose }),
      ...(out_trade_no !== undefined && { out_trade_no }),
      ...(cursor !== null && { order_id: LessThan(cursor) }),
    },
    order: { order_id: 'DESC' },
    take: limit + 1,
  });
  const lines = await linesOf(manager, rows.slice(0, limit));
  // If there are more lines than were read, the last order of those that were may lack some.
  const isCut = lines.length === linesPerPageMax;
  const whole = rows.findIndex(({ order_id }) => order_id === lines.at(-1)?.order_id);
  const { page, cursor: next } = pageOf(rows, {
    limit: isCut ? Math.max(1, whole) : limit,
    key: 'order_id',
    show: (row) => withLines(row, lines),
  });
  return { orders: await withRefunds(manager, page, operator), cursor: next };
}

/** One order; undefined for a foreign one too, unless an operator asks. */
export async function findOrder(
  manager: EntityManager,
  { user_id, operator, order_id }: OrderInput<'getOrder'>,
): Promise<ToldOrder | undefined> {
  const row = await manager.findOneBy(OrderRow, { order_id, ...(operator ? {} : { user_id }) });
  const found = row ? [withLines(row, await linesOf(manager, [row]))] : [];
  const [order] = await withRefunds(manager, found, operator);
  return order;
}

/** With what went back of them; a gateway that does not say who asks does not know of it. */
async function withRefunds(
  manager: EntityManager,
  orders: ToldOrder[],
  operator: boolean | undefined,
): Promise<ToldOrder[]> {
  if (operator === undefined) return orders;
  const numbers = new Set(orders.flatMap(({ out_trade_no }) => out_trade_no ?? []));
  const shares = await readRefunded(manager, [...numbers]);
  return orders.map((order) => {
    const { refund_fee = 0 } = shares.get(order.order_id) ?? {};
    return { ...order, refund_fee };
  });
}

/** The lines of these orders, in the same order. */
async function linesOf(manager: EntityManager, rows: readonly OrderRow[]): Promise<OrderItemRow[]> {
  if (rows.length === 0) return [];
  return manager.find(OrderItemRow, {
    where: { order_id: In(rows.map((row) => row.order_id)) },
    order: { order_id: 'DESC', item_id: 'ASC' },
    take: linesPerPageMax,
  });
}

function withLines(row: OrderRow, lines: readonly OrderItemRow[]): ToldOrder {
  const own = lines.filter(({ order_id }) => order_id === row.order_id);
  return toOrder(row, own);
}
