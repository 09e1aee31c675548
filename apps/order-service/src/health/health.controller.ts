import { health } from '@saoma/contracts/health';
import { Serves } from '@saoma/platform/rpc/serves';
import { HealthService } from './health.service';

@Serves(health)
export class HealthController {
  constructor(private readonly health: HealthService) {}

  ready() {
    return this.health.ready();
  }
}
