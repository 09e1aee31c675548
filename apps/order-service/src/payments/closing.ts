import { Injectable, Logger } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import type { OrderInput, OrderOutput } from '@saoma/contracts/order';
import { isPaid } from '@saoma/contracts/payments';
import { Complaints } from '@saoma/platform/complaints';
import { within } from '@saoma/platform/within';
import { Examination } from './examination';
import { PaymentService } from './payment.service';
import { PaymentBook } from './payment-book';

/** A caller that wants a payment closed waits this long for WeChat; the wish itself stays. */
const answerMsMax = 12_000;

/** Closes a payment because its payer or an operator wishes it. */
@Injectable()
export class Closing {
  private readonly complaints = new Complaints(new Logger('closing'));

  constructor(
    private readonly payments: PaymentService,
    private readonly book: PaymentBook,
    private readonly examination: Examination,
  ) {}

  async closePayment(wanted: OrderInput<'closePayment'>): Promise<OrderOutput<'closePayment'>> {
    const row = await this.payments.getRow(wanted);
    if (row.trade_state === '0') {
      const wished = await this.book.wishClosed(row, actorOf(wanted));
      if (wished.trade_state === '0') await this.tryNow(() => this.examination.examine(wished));
    }
    const payment = await this.payments.getPayment(wanted);
    if (isPaid(payment)) throw new AppError('payment/already-paid');
    return { state: payment.trade_state === 'NOTPAY' ? 'waiting' : 'closed', payment };
  }

  /** The wish is in the database, so the watcher finishes whatever does not succeed here. */
  private async tryNow(examine: () => Promise<void>): Promise<void> {
    const examined = examine().catch((error: unknown) =>
      this.complaints.tell('not closed now, the watcher will try again', error),
    );
    await within(answerMsMax, examined);
  }
}

function actorOf({ user_id, operator }: OrderInput<'closePayment'>): string {
  return `${operator ? 'operator' : 'shopper'}:${user_id}`;
}
