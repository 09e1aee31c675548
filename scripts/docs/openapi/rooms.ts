import {
  DemoSessionController,
  SessionController,
} from '../../../apps/cart-gateway/src/auth/session.controller';
import { CartController } from '../../../apps/cart-gateway/src/cart/cart.controller';
import { HealthController } from '../../../apps/cart-gateway/src/health/health.controller';
import { OpenApiController } from '../../../apps/cart-gateway/src/openapi/openapi.controller';
import { FiguresController } from '../../../apps/cart-gateway/src/operator/figures.controller';
import { ForgetController } from '../../../apps/cart-gateway/src/operator/forget.controller';
import { OperatorController } from '../../../apps/cart-gateway/src/operator/operator.controller';
import { ReconcileController } from '../../../apps/cart-gateway/src/operator/reconcile.controller';
import { RefundsController } from '../../../apps/cart-gateway/src/operator/refunds.controller';
import { OrdersController } from '../../../apps/cart-gateway/src/orders/orders.controller';
import { EventsController } from '../../../apps/cart-gateway/src/pay/events.controller';
import { NoticesController } from '../../../apps/cart-gateway/src/pay/notices.controller';
import { PayController } from '../../../apps/cart-gateway/src/pay/pay.controller';
import { PaymentsController } from '../../../apps/cart-gateway/src/pay/payments.controller';
import { ShopOrdersController } from '../../../apps/cart-gateway/src/pay/shop-orders.controller';
import type { Room } from './openapi';

/** The gateway's routes as a reader of the document meets them: room by room. */
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
    controllers: [PayController, EventsController, PaymentsController, ShopOrdersController],
  },
  { name: 'Refunds', description: 'Refunds of payments.', controllers: [RefundsController] },
  {
    name: 'Operator',
    description: 'Timelines, anomalies, messages to the shop, figures, personal data.',
    controllers: [OperatorController, FiguresController, ForgetController],
  },
  {
    name: 'Reconciliation',
    description: "Our books beside WeChat's daily bills.",
    controllers: [ReconcileController],
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
