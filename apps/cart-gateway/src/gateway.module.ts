import { type DynamicModule, Module } from '@nestjs/common';
import { Proxies } from '@saoma/platform/http/proxies';
import { DemoSessionController, SessionController } from './auth/session.controller';
import { SignInGuard } from './auth/sign-in.guard';
import { Tokens } from './auth/tokens';
import { CartController } from './cart/cart.controller';
import { Catalogue } from './cart/catalogue';
import { NoticeClient, OrderClient, PayClient } from './clients';
import { GatewayConfig } from './config';
import { HealthController } from './health/health.controller';
import { OpenApiController } from './openapi/openapi.controller';
import { FiguresController } from './operator/figures.controller';
import { ForgetController } from './operator/forget.controller';
import { OperatorController } from './operator/operator.controller';
import { ReconcileController } from './operator/reconcile.controller';
import { RefundsController } from './operator/refunds.controller';
import { OrdersController } from './orders/orders.controller';
import { Admission } from './pay/admission';
import { EventsController } from './pay/events.controller';
import { Heartbeat } from './pay/heartbeat';
import { NativeCode } from './pay/native-code';
import { NoticesController } from './pay/notices.controller';
import { PayController } from './pay/pay.controller';
import { PaymentsController } from './pay/payments.controller';
import { ShopOrdersController } from './pay/shop-orders.controller';
import { WaitingRoom } from './pay/waiting-room';
import { Watch } from './pay/watch';

export const controllers = [
  DemoSessionController,
  SessionController,
  CartController,
  OrdersController,
  PayController,
  EventsController,
  PaymentsController,
  ShopOrdersController,
  RefundsController,
  OperatorController,
  FiguresController,
  ForgetController,
  ReconcileController,
  NoticesController,
  HealthController,
  OpenApiController,
];

/** Everything that the gateway serves; the demo's sign-in only in the demo. */
@Module({})
export class GatewayModule {
  static of(config: GatewayConfig): DynamicModule {
    return {
      module: GatewayModule,
      controllers: controllers.filter((kind) => config.DEMO || kind !== DemoSessionController),
      providers: [
        { provide: GatewayConfig, useValue: config },
        { provide: OrderClient, useFactory: () => new OrderClient(config.ORDER_RPC, config.tls) },
        { provide: NoticeClient, useFactory: () => new NoticeClient(config.ORDER_RPC, config.tls) },
        { provide: PayClient, useFactory: () => new PayClient(config.PAY_RPC, config.tls) },
        { provide: Proxies, useFactory: () => new Proxies(config.TRUST_PROXY) },
        Tokens,
        SignInGuard,
        Catalogue,
        NativeCode,
        Admission,
        WaitingRoom,
        Heartbeat,
        Watch,
      ],
    };
  }
}
