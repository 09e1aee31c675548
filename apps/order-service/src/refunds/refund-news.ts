import { Injectable, Logger } from '@nestjs/common';
import type { News } from '@saoma/contracts/pay';
import { Complaints } from '@saoma/platform/complaints';
import { within } from '@saoma/platform/within';
import { Database } from '../database/database';
import { RefundRow } from '../ledger/refund.entity';
import { RefundElsewhere } from './refund-elsewhere';
import { RefundRun } from './refund-run';

/** WeChat waits five seconds for our reply, and comes again without one. */
const carryOnMsMax = 2_000;

/**
 * What WeChat tells of a refund by itself. A notice can be tampered with, so it only makes its
 * refund due: what WeChat answers when it is asked about it is believed.
 */
@Injectable()
export class RefundNews {
  private readonly complaints = new Complaints(new Logger('refunds'));

  constructor(
    private readonly database: Database,
    private readonly run: RefundRun,
    private readonly elsewhere: RefundElsewhere,
  ) {}

  /**
   * That it is due is in the database before the reply leaves; with luck it is also done. Fails
   * with service/unavailable while WeChat cannot be asked about one that was not made here.
   */
  async take({ out_refund_no }: Extract<News, { is: 'refund' }>): Promise<void> {
    const known = await this.database.settling.transaction(async (manager) => {
      const before = { out_refund_no, status: 'PROCESSING' } as const;
      await manager.update(RefundRow, before, { next_look_time: new Date() });
      return manager.findOneBy(RefundRow, { out_refund_no });
    });
    const row = known ?? (await this.elsewhere.adopt(out_refund_no));
    if (!row || row.status === 'SUCCESS') return;
    const carriedOn = this.run.carryOn(row).catch((error: unknown) =>
      this.complaints.tell('WeChat not asked now, the clock will try again', error, {
        out_trade_no: row.out_trade_no,
        out_refund_no,
      }),
    );
    await within(carryOnMsMax, carriedOn);
  }
}
