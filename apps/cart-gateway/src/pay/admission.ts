import { Injectable } from '@nestjs/common';
import { AppError, isUnavailable } from '@saoma/contracts/errors';
import { Gate } from '@saoma/platform/gate';
import { OrderClient } from '../clients';
import type { Seen, Waiter } from './waiter';

/** However many payers come at once, for so many the order service is asked at a time. */
const limits = { inFlightMax: 64, lineMax: 20_000, lineMsMax: 10_000 };

/** Whether somebody who waits may see the payment: the order service is asked as its user. */
@Injectable()
export class Admission {
  private readonly gate = new Gate(limits);

  constructor(private readonly order: OrderClient) {}

  /** Asks again if there were news meanwhile. */
  async admit(waiter: Waiter): Promise<Seen> {
    let seen: Seen = 'unknown';
    try {
      do {
        waiter.beginAdmission();
        seen = await this.ask(waiter);
      } while (waiter.hasMissedNews && typeof seen === 'object');
      return seen;
    } finally {
      waiter.endAdmission(seen);
    }
  }

  private async ask({ user, out_trade_no }: Waiter): Promise<Seen> {
    const payment = this.gate.run(() => this.order.getPayment({ ...user, out_trade_no }));
    return payment.catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'payment/not-found') return 'none';
      if (isUnavailable(error)) return 'unknown';
      throw error;
    });
  }
}
