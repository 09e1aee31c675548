import { type DynamicModule, Module } from '@nestjs/common';
import { DemoSessionController, SessionController } from './auth/session.controller';
import { SignInGuard } from './auth/sign-in.guard';
import { Tokens } from './auth/tokens';
import { CartController } from './cart/cart.controller';
import { NoticeClient, OrderClient, PayClient } from './clients';
import { GatewayConfig } from './config';
import { HealthController } from './health/health.controller';
import { OpenApi, type Room } from './openapi/openapi';
import { OpenApiController } from './openapi/openapi.controller';
import { OperatorController } from './operator/operator.controller';
import { RefundsController } from './operator/refunds.controller';
import { OrdersController } from './orders/orders.controller';
import { EventsController } from './pay/events.controller';
import { Look } from './pay/look';
import { NativeCode } from './pay/native-code';
import { NoticesController } from './pay/notices.controller';
import { PayController } from './pay/pay.controller';
import { PaymentsController } from './pay/payments.controller';
import { WaitingRoom } from './pay/waiting-room';

/** Who answers the routes of the outer face, room by room. */
export const rooms: readonly Room[] = [
  {
    name: 'Session',
    description: 'Sign-in and sign-out.',
    controllers: [DemoSessionController, SessionController],
  },
  {
    name: 'Cart',
    description: 'The catalogue and the cart.',
    controllers: [CartController],
  },
  {
    name: 'Orders',
    description: 'Checkout and orders.',
    controllers: [OrdersController],
  },
  {
    name: 'Payments',
    description: 'The code to scan, waiting until it is paid, and the state of payments.',
    controllers: [PayController, EventsController, PaymentsController],
  },
  { name: 'Refunds', description: 'Refunds of payments.', controllers: [RefundsController] },
  {
    name: 'Operator',
    description: 'Timelines, anomalies and messages to the shop.',
    controllers: [OperatorController],
  },
  {
    name: 'Notices',
    description: 'For WeChat only: its notices come here.',
    controllers: [NoticesController],
  },
  {
    name: 'Service',
    description: 'Health checks and this document.',
    controllers: [HealthController, OpenApiController],
  },
];

/** Everything that the gateway serves; the demo's sign-in only in the demo. */
@Module({})
export class GatewayModule {
  static of(config: GatewayConfig): DynamicModule {
    return {
      module: GatewayModule,
      controllers: rooms
        .flatMap((room) => room.controllers)
        .filter((kind) => config.DEMO || kind !== DemoSessionController),
      providers: [
        { provide: GatewayConfig, useValue: config },
        { provide: OrderClient, useFactory: () => new OrderClient(config.ORDER_RPC) },
        { provide: NoticeClient, useFactory: () => new NoticeClient(config.ORDER_RPC) },
        { provide: PayClient, useFactory: () => new PayClient(config.PAY_RPC) },
        { provide: OpenApi, useFactory: () => new OpenApi(rooms) },
        Tokens,
        SignInGuard,
        NativeCode,
        Look,
        WaitingRoom,
      ],
    };
  }
}
