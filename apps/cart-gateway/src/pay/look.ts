import { Injectable } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import type { Payment } from '@saoma/contracts/payment';
import { Gate } from '@saoma/platform/gate';
import type { User } from '../auth/user';
import { OrderClient } from '../clients';

/** However many payers are woken at once, so many looks are under way. */
const limits = { inFlightMax: 64, lineMax: 20_000 };

/** Looks at a payment on behalf of somebody who waits for it. */
@Injectable()
export class Look {
  private readonly gate = new Gate(limits);

  constructor(private readonly order: OrderClient) {}

  /** `none`: there is no such payment for this user. `unknown`: nobody can say it just now. */
  async at(user: User, out_trade_no: string): Promise<Payment | 'none' | 'unknown'> {
    try {
      return await this.gate.run(() => this.order.getPayment({ ...user, out_trade_no }));
    } catch (error) {
      if (error instanceof AppError && error.code === 'payment/not-found') return 'none';
      if (error instanceof AppError && error.code === 'service/unavailable') return 'unknown';
      throw error;
    }
  }
}
