import 'reflect-metadata';
import { boot } from '@saoma/platform/boot';
import { GatewayConfig } from './config';
import { startGateway } from './gateway';

void boot('cart-gateway', GatewayConfig, startGateway);
