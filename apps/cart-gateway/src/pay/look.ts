import { Injectable } from '@nestjs/common';
import { AppError, isUnavailable } from '@saoma/contracts/errors';
import type { Payment } from '@saoma/contracts/payments';
import { Gate } from '@saoma/platform/gate';
import { OrderClient } from '../clients';
import type { User } from '../rest/user';

/** However many payers are woken at once, so many looks are under way. */
const limits = { inFlightMax: 64, lineMax: 20_000 };

function unknownIfAway(error: unknown): 'unknown' {
  if (isUnavailable(error)) return 'unknown';
  throw error;
}

/** Looks at a payment on behalf of somebody who waits for it. */
@Injectable()
export class Look {
  private readonly gate = new Gate(limits);

  constructor(private readonly order: OrderClient) {}

  /** `none`: there is no such payment for this user. `unknown`: nobody can say it just now. */
  async at(user: User, out_trade_no: string): Promise<Payment | 'none' | 'unknown'> {
    const payment = this.gate.run(() => this.order.getPayment({ ...user, out_trade_no }));
    return payment.catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'payment/not-found') return 'none';
      return unknownIfAway(error);
    });
  }

  /**
   * Whether a decided payment has paid its orders. REFUND alone does not tell: money that came
   * after the close goes back too.
   */
  async hasPaid({ trade_state, user_id, order_list }: Payment): Promise<boolean | 'unknown'> {
    if (trade_state !== 'REFUND') return trade_state === 'SUCCESS';
    const [order_id = ''] = order_list.split(',');
    const order = this.gate.run(() => this.order.getOrder({ user_id, order_id }));
    return order.then(({ status }) => status === '2', unknownIfAway);
  }
}
