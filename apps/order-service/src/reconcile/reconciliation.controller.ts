import type { OrderInput } from '@saoma/contracts/order';
import { reconciliations } from '@saoma/contracts/reconciliations';
import { Serves } from '@saoma/platform/rpc/serves';
import { ReconciliationService } from './reconciliation.service';

@Serves(reconciliations)
export class ReconciliationController {
  constructor(private readonly service: ReconciliationService) {}

  listReconciliations(input: OrderInput<'listReconciliations'>) {
    return this.service.listReconciliations(input);
  }

  getReconciliation(input: OrderInput<'getReconciliation'>) {
    return this.service.getReconciliation(input);
  }

  reconcile(input: OrderInput<'reconcile'>) {
    return this.service.reconcile(input);
  }

  billFile(input: OrderInput<'billFile'>) {
    return this.service.billFile(input);
  }
}
