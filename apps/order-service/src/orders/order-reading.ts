import type { OrderInput, OrderOutput } from '@saoma/contracts/order';
import type { Order } from '@saoma/contracts/orders';
import { type EntityManager, In, LessThan } from 'typeorm';
import { pageOf } from '../database/page';
import { OrderItemRow, OrderRow, toOrder } from '../ledger/order.entity';

/** A page of a user's orders, newest first, in two statements however long it is. */
export async function findOrders(
  manager: EntityManager,
  { user_id, cursor, limit }: OrderInput<'listOrders'>,
): Promise<OrderOutput<'listOrders'>> {
  const rows = await manager.find(OrderRow, {
    where: { user_id, ...(cursor !== null && { order_id: LessThan(cursor) }) },
    order: { order_id: 'DESC' },
    take: limit + 1,
  });
  const { page, cursor: next } = pageOf(rows, limit, 'order_id');
  return { orders: await withItems(manager, page), cursor: next };
}

/** One order of this user; undefined for a foreign one too. */
export async function findOrder(
  manager: EntityManager,
  { user_id, order_id }: OrderInput<'getOrder'>,
): Promise<Order | undefined> {
  const rows = await manager.findBy(OrderRow, { order_id, user_id });
  const [order] = await withItems(manager, rows);
  return order;
}

async function withItems(manager: EntityManager, rows: readonly OrderRow[]): Promise<Order[]> {
  if (rows.length === 0) return [];
  const items = await manager.find(OrderItemRow, {
    where: { order_id: In(rows.map((row) => row.order_id)) },
    order: { item_id: 'ASC' },
  });
  return rows.map((row) => {
    const own = items.filter((item) => item.order_id === row.order_id);
    return toOrder(row, own);
  });
}
