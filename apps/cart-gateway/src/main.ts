import 'reflect-metadata';
import { boot } from '@saoma/platform/boot';
import { MetricsServer } from '@saoma/platform/metrics/server';
import { GatewayConfig } from './config';
import { startGateway } from './gateway';
import { metrics } from './metrics';

void boot('cart-gateway', GatewayConfig, async (config, log) => {
  await MetricsServer.start(config, metrics, log);
  return startGateway(config, log);
});
