import { ItemRow } from '../catalogue/item.entity';
import { WorkerRow } from '../ids/worker.entity';
import { IdempotencyRow, OrderItemRow, OrderRow } from '../orders/order.entity';
import { AnomalyRow, PayLogRow } from '../payments/pay-log.entity';
import { First1700000000001 } from './migrations/0001-first';

/** Every table, as the code sees it. */
export const entities = [
  ItemRow,
  OrderRow,
  OrderItemRow,
  IdempotencyRow,
  PayLogRow,
  AnomalyRow,
  WorkerRow,
];

/** Every step from an empty database to these tables, oldest first; a landed step never changes. */
export const migrations = [First1700000000001];
