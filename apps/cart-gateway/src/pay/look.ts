import { Injectable } from '@nestjs/common';
import { AppError, isUnavailable } from '@saoma/contracts/errors';
import type { Payment } from '@saoma/contracts/payments';
import { Gate } from '@saoma/platform/gate';
import { OrderClient } from '../clients';
import type { Waiter } from './waiter';

/** However many payers come at once, so many looks are under way. */
const limits = { inFlightMax: 64, lineMax: 20_000, lineMsMax: 10_000 };

/** `none`: there is no such payment for this user. `unknown`: nobody can say it just now. */
export type Seen = Payment | 'none' | 'unknown';

/** The look at its payment by which somebody who waits is admitted. */
@Injectable()
export class Look {
  private readonly gate = new Gate(limits);

  constructor(private readonly order: OrderClient) {}

  /** Looks as the waiter's user; again, if there were news meanwhile. */
  async by(waiter: Waiter): Promise<Seen> {
    let seen: Seen = 'unknown';
    try {
      do {
        if (waiter.state !== 'gone') waiter.state = 'looking';
        waiter.missed = false;
        seen = await this.at(waiter);
      } while (waiter.missed && typeof seen === 'object');
      return seen;
    } finally {
      const isShown = typeof seen === 'object';
      if (waiter.state !== 'gone') waiter.state = isShown ? 'admitted' : 'blind';
    }
  }

  private async at({ user, out_trade_no }: Waiter): Promise<Seen> {
    const payment = this.gate.run(() => this.order.getPayment({ ...user, out_trade_no }));
    return payment.catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'payment/not-found') return 'none';
      if (isUnavailable(error)) return 'unknown';
      throw error;
    });
  }
}
