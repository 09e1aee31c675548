import type { OrderInput, OrderOutput } from '@saoma/contracts/order';
import type { Order } from '@saoma/contracts/orders';
import { type EntityManager, In, LessThan } from 'typeorm';
import { pageOf } from '../database/page';
import { OrderItemRow, OrderRow, toOrder } from '../ledger/order.entity';

/** Lines of orders that are read for one page. One order has far fewer. */
const linesPerPageMax = 1_000;

/** A page of orders, newest first, in two statements however long it is. */
export async function findOrders(
  manager: EntityManager,
  { user_id, operator, buyer, out_trade_no, cursor, limit }: OrderInput<'listOrders'>,
): Promise<OrderOutput<'listOrders'>> {
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
  return { orders: page, cursor: next };
}

/** One order; undefined for a foreign one too, unless an operator asks. */
export async function findOrder(
  manager: EntityManager,
  { user_id, operator, order_id }: OrderInput<'getOrder'>,
): Promise<Order | undefined> {
  const row = await manager.findOneBy(OrderRow, { order_id, ...(operator ? {} : { user_id }) });
  return row ? withLines(row, await linesOf(manager, [row])) : undefined;
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

function withLines(row: OrderRow, lines: readonly OrderItemRow[]): Order {
  const own = lines.filter(({ order_id }) => order_id === row.order_id);
  return toOrder(row, own);
}
