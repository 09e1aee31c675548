import { Injectable } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import type { OrderAnswer, OrderInput } from '@saoma/contracts/order';
import { isPaid } from '@saoma/contracts/payments';
import type { PayLogRow } from '../ledger/pay-log.entity';
import { Examination } from './examination';
import { PaymentService } from './payment.service';
import { PaymentBook } from './payment-book';
import { isOpener } from './visibility';

/** Closes a payment because its payer or an operator wishes it. */
@Injectable()
export class Closing {
  constructor(
    private readonly payments: PaymentService,
    private readonly book: PaymentBook,
    private readonly examination: Examination,
  ) {}

  async closePayment(wanted: OrderInput<'closePayment'>): Promise<OrderAnswer<'closePayment'>> {
    const row = await this.payments.getRow(wanted);
    if (row.trade_state === '0') {
      const wished = await this.book.wishClosed(row, actorOf(row, wanted));
      if (wished.trade_state === '0') await this.examination.examineNow(wished);
    }
    const payment = await this.payments.getPayment(wanted);
    if (isPaid(payment)) throw new AppError('payment/already-paid');
    return { state: payment.trade_state === 'NOTPAY' ? 'waiting' : 'closed', payment };
  }
}

function actorOf(row: PayLogRow, viewer: OrderInput<'closePayment'>): string {
  const who = isOpener(row, viewer) ? 'shop' : 'shopper';
  return `${viewer.operator ? 'operator' : who}:${viewer.user_id}`;
}
