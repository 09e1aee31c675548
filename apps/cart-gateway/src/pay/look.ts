import { Injectable } from '@nestjs/common';
import { AppError, isUnavailable } from '@saoma/contracts/errors';
import { Gate } from '@saoma/platform/gate';
import { OrderClient } from '../clients';
import type { Seen, Waiter } from './waiter';

/** However many payers come at once, so many looks are under way. */
const limits = { inFlightMax: 64, lineMax: 20_000, lineMsMax: 10_000 };

/** The look at its payment by which somebody who waits is admitted. */
@Injectable()
export class Look {
  private readonly gate = new Gate(limits);

  constructor(private readonly order: OrderClient) {}

  /** Looks as the waiter's user; again, if there were news meanwhile. */
  async admit(waiter: Waiter): Promise<Seen> {
    let seen: Seen = 'unknown';
    try {
      do {
        waiter.beginLook();
        seen = await this.at(waiter);
      } while (waiter.hasMissedNews && typeof seen === 'object');
      return seen;
    } finally {
      waiter.endLook(seen);
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
