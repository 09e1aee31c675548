import { ItemRow } from '../catalogue/item.entity';
import { WorkerRow } from '../ids/worker.entity';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { DeliveryRow } from '../ledger/delivery.entity';
import { IdempotencyRow } from '../ledger/idempotency.entity';
import { MerchantOrderRow, PayKeyRow } from '../ledger/merchant-order.entity';
import { OrderItemRow, OrderRow } from '../ledger/order.entity';
import { PayEventRow } from '../ledger/pay-event.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { ForgottenRow } from '../personal-data/forgotten.entity';
import { BillFileRow, FindingRow, ReconciliationRow } from '../reconcile/reconciliation.entity';

export const entities = [
  ItemRow,
  OrderRow,
  OrderItemRow,
  IdempotencyRow,
  PayLogRow,
  MerchantOrderRow,
  PayKeyRow,
  RefundRow,
  AnomalyRow,
  PayEventRow,
  DeliveryRow,
  ReconciliationRow,
  FindingRow,
  BillFileRow,
  ForgottenRow,
  WorkerRow,
];
