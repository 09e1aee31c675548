import 'reflect-metadata';
import { boot } from '@saoma/platform/boot';
import { GatewayConfig } from './config';
import { startGateway } from './gateway';

void boot('cart-gateway', GatewayConfig.read, (log) => startGateway(GatewayConfig.read(), log));
