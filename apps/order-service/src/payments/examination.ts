import { Injectable } from '@nestjs/common';
import { isClosing, type PayLogRow } from '../ledger/pay-log.entity';
import { PaymentBook } from './payment-book';
import { PaymentInquiry } from './payment-inquiry';

/**
 * Looks at one payment: asks WeChat about it, then settles it, closes it, or says when to look
 * again. It closes at WeChat before it closes here. Whatever it does not get to the end, the next
 * look does.
 */
@Injectable()
export class Examination {
  constructor(
    private readonly inquiry: PaymentInquiry,
    private readonly book: PaymentBook,
  ) {}

  async examine(row: PayLogRow): Promise<void> {
    const isOver = isClosing(row);
    const current = isOver ? await this.book.wishOver(row) : row;
    // If it was settled or closed meanwhile, its next look was set then.
    if (current.trade_state !== row.trade_state) return;
    await this.book.act(current, await this.inquiry.ask(current));
  }
}
