import { Injectable, Logger } from '@nestjs/common';
import { Complaints } from '@saoma/platform/complaints';
import { within } from '@saoma/platform/within';
import { isClosing, type PayLogRow } from '../ledger/pay-log.entity';
import { PaymentBook } from './payment-book';
import { PaymentInquiry } from './payment-inquiry';

/** By default somebody who waits for a look waits this long for WeChat. */
const answerMsMax = 12_000;

/**
 * Looks at one payment: asks WeChat about it, then settles it, closes it, or says when to look
 * again. It closes at WeChat before it closes here. Whatever it does not get to the end, the next
 * look does.
 */
@Injectable()
export class Examination {
  private readonly complaints = new Complaints(new Logger('payments'));

  constructor(
    private readonly inquiry: PaymentInquiry,
    private readonly book: PaymentBook,
  ) {}

  /** `isKnownThere`: WeChat is asked whether or not our books say that it knows the number. */
  async examine(row: PayLogRow, isKnownThere = false): Promise<void> {
    const isOver = isClosing(row);
    const current = isOver ? await this.book.wishOver(row) : row;
    // If it was settled or closed meanwhile, its next look was set then.
    if (current.trade_state !== row.trade_state) return;
    await this.book.act(current, await this.inquiry.ask(current, isKnownThere));
  }

  /** The same for somebody who waits: what does not succeed in `msMax`, the watcher finishes. */
  async examineNow(
    row: PayLogRow,
    { isKnownThere = false, msMax = answerMsMax } = {},
  ): Promise<void> {
    const { out_trade_no } = row;
    const examined = this.examine(row, isKnownThere).catch((error: unknown) =>
      this.complaints.tell('not looked at now, the watcher will try again', error, {
        out_trade_no,
      }),
    );
    await within(msMax, examined);
  }
}
