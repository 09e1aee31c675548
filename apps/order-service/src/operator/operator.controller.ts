import { operator } from '@saoma/contracts/operator';
import type { OrderInput } from '@saoma/contracts/order';
import { Serves } from '@saoma/platform/rpc/serves';
import { OperatorService } from './operator.service';

@Serves(operator)
export class OperatorController {
  constructor(private readonly operator: OperatorService) {}

  timeline(input: OrderInput<'timeline'>) {
    return this.operator.timeline(input);
  }

  listAnomalies(input: OrderInput<'listAnomalies'>) {
    return this.operator.listAnomalies(input);
  }

  resolveAnomaly(input: OrderInput<'resolveAnomaly'>) {
    return this.operator.resolveAnomaly(input);
  }

  listDeliveries(input: OrderInput<'listDeliveries'>) {
    return this.operator.listDeliveries(input);
  }

  replayDelivery(input: OrderInput<'replayDelivery'>) {
    return this.operator.replayDelivery(input);
  }
}
