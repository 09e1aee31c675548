import type { z } from 'zod';
import { cart } from './cart';
import { type Input, type MethodName, type Output, service } from './define';
import { health } from './health';
import { notices } from './notices';
import { operator } from './operator';
import { orders } from './orders';
import { payments } from './payments';
import { personalData } from './personal-data';
import { reconciliations } from './reconciliations';
import { refunds } from './refunds';
import { statistics } from './statistics';

/** Everything that the order service answers, slice by slice: what a client of it can call. */
export const orderService = service('order', {
  ...cart.methods,
  ...orders.methods,
  ...payments.methods,
  ...refunds.methods,
  ...notices.methods,
  ...operator.methods,
  ...statistics.methods,
  ...personalData.methods,
  ...reconciliations.methods,
  ...health.methods,
});

type Name = MethodName<typeof orderService>;
/** What a handler of the order service gets. */
export type OrderInput<N extends Name> = Input<typeof orderService, N>;
/** What the order service's caller gets. */
export type OrderOutput<N extends Name> = Output<typeof orderService, N>;
/** What it answers: what the caller puts in by itself may be left out. */
export type OrderAnswer<N extends Name> = z.input<(typeof orderService)['methods'][N]['output']>;
