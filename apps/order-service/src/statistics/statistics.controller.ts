import type { OrderInput } from '@saoma/contracts/order';
import { statistics } from '@saoma/contracts/statistics';
import { Serves } from '@saoma/platform/rpc/serves';
import { StatisticsService } from './statistics.service';

@Serves(statistics)
export class StatisticsController {
  constructor(private readonly figures: StatisticsService) {}

  statistics(input: OrderInput<'statistics'>) {
    return this.figures.statistics(input);
  }
}
