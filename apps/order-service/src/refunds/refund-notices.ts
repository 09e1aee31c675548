import { Injectable, Logger } from '@nestjs/common';
import type { OrderInput, OrderOutput } from '@saoma/contracts/order';
import { within } from '@saoma/platform/within';
import { Database, type UnitsOfWork } from '../database/database';
import { RefundRow } from '../ledger/refund.entity';
import { PayClient } from '../payments/pay-client';
import { RefundRun } from './refund-run';

/** WeChat waits five seconds for our reply, and comes again without one. */
const carryOnMsMax = 2_000;

/**
 * WeChat's refund notices. Their cipher can be tampered with, so one only makes its refund due:
 * what WeChat answers when it is asked about it is believed.
 */
@Injectable()
export class RefundNotices {
  private readonly logger = new Logger('refunds');

  private readonly books: UnitsOfWork;

  constructor(
    database: Database,
    private readonly pay: PayClient,
    private readonly run: RefundRun,
  ) {
    this.books = database.settling;
  }

  async receiveRefundNotice(
    notice: OrderInput<'receiveRefundNotice'>,
  ): Promise<OrderOutput<'receiveRefundNotice'>> {
    const { out_refund_no, reply } = await this.pay.readRefundNotice(notice);
    if (out_refund_no !== null) await this.askAbout(out_refund_no);
    return { reply };
  }

  /** That it is due is in the database before the reply leaves; with luck it is also done. */
  private async askAbout(out_refund_no: string): Promise<void> {
    const row = await this.books.transaction(async (manager) => {
      const before = { out_refund_no, status: 'PROCESSING' } as const;
      await manager.update(RefundRow, before, { next_look_time: new Date() });
      return manager.findOneBy(RefundRow, { out_refund_no });
    });
    if (!row) this.logger.warn(`a notice about an unknown refund: ${out_refund_no}`);
    if (!row || row.status === 'SUCCESS') return;
    const carriedOn = this.run
      .carryOn(row)
      .catch((error: unknown) =>
        this.logger.warn(`WeChat not asked now, the clock will try again: ${error}`),
      );
    await within(carryOnMsMax, carriedOn);
  }
}
