import { Injectable } from '@nestjs/common';
import { AppError, isUnavailable } from '@saoma/contracts/errors';
import type { Payment } from '@saoma/contracts/payments';
import { Gate } from '@saoma/platform/gate';
import { OrderClient } from '../clients';
import type { User } from '../rest/user';

/** However many payers are woken at once, so many looks are under way. */
const limits = { inFlightMax: 64, lineMax: 20_000, lineMsMax: 10_000 };

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
      if (isUnavailable(error)) return 'unknown';
      throw error;
    });
  }
}
