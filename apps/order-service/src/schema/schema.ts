import { ItemRow } from '../catalogue/item.entity';
import { WorkerRow } from '../ids/worker.entity';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { DeliveryRow } from '../ledger/delivery.entity';
import { IdempotencyRow, OrderItemRow, OrderRow } from '../ledger/order.entity';
import { PayEventRow } from '../ledger/pay-event.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { First1700000000001 } from './migrations/0001-first';
import { MoneyBack1700000000002 } from './migrations/0002-money-back';
import { TransactionsOfRefunds1700000000003 } from './migrations/0003-transactions-of-refunds';

/** Every table, as the code sees it. */
export const entities = [
  ItemRow,
  OrderRow,
  OrderItemRow,
  IdempotencyRow,
  PayLogRow,
  RefundRow,
  AnomalyRow,
  PayEventRow,
  DeliveryRow,
  WorkerRow,
];

/** Every step from an empty database to these tables, oldest first; a landed step never changes. */
export const migrations = [
  First1700000000001,
  MoneyBack1700000000002,
  TransactionsOfRefunds1700000000003,
];
