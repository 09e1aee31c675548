import { Injectable } from '@nestjs/common';
import { Between, IsNull, LessThan, Not } from 'typeorm';
import { OrderConfig } from '../config';
import { Database } from '../database/database';
import { latestMeant } from '../ledger/clock-ahead';
import { RefundRow } from '../ledger/refund.entity';
import { RefundBook } from './refund-book';
import { RefundElsewhere } from './refund-elsewhere';
import { RefundInquiry } from './refund-inquiry';
import { isUnasked, type Move } from './refund-move';

const unsaid: Move = { is: 'unknown', why: 'WeChat does not say what waits for room beside it' };

/**
 * Carries one refund on by one step: WeChat is asked for it when it is its turn, and then what
 * became of it, until WeChat has said the last word. Unknown answers change nothing.
 */
@Injectable()
export class RefundRun {
  constructor(
    private readonly database: Database,
    private readonly config: OrderConfig,
    private readonly inquiry: RefundInquiry,
    private readonly book: RefundBook,
    private readonly elsewhere: RefundElsewhere,
  ) {}

  /** A refund that has ended here without money is only asked about: it may have gone back. */
  async carryOn(row: RefundRow): Promise<void> {
    const wait = isUnasked(row) ? await this.waitOf(row) : undefined;
    const move = wait ?? (await this.asked(row));
    // Whoever waits for room comes with the end, or it is not written yet.
    const waiting = move.is === 'closed' ? await this.elsewhere.waiting(row) : [];
    await this.book.write(row, waiting ? move : unsaid, waiting ?? []);
  }

  private async asked(row: RefundRow): Promise<Move> {
    const frozen = await this.frozen(row);
    return frozen ? this.inquiry.ask(frozen) : { is: 'unknown', why: 'the pay service is away' };
  }

  /**
   * WeChat must not be asked for one refund in two ways: the first way is kept in the row.
   * Undefined: the pay service is away.
   */
  private async frozen(row: RefundRow): Promise<RefundRow | undefined> {
    if (!isUnasked(row) || row.refund_request !== null) return row;
    const request = await this.inquiry.prepare(row);
    return request && this.book.freeze(row, request);
  }

  /**
   * WeChat wants two refunds of one payment some time apart: it is asked for one after the other.
   * One that an operator has (nothing is asked about it any more) keeps nobody waiting. Undefined:
   * it is this one's turn.
   */
  private async waitOf(row: RefundRow): Promise<Move | undefined> {
    const { out_trade_no, transaction_id, out_refund_no, create_time } = row;
    const money = { out_trade_no, transaction_id };
    const spacingMs = this.config.WECHAT_REFUND_SPACING_MS;
    const now = new Date();
    const others = { ...money, out_refund_no: Not(out_refund_no) };
    return this.database.settling.statements(async (manager) => {
      const lately = await manager.findOne(RefundRow, {
        where: {
          ...others,
          accept_time: Between(new Date(now.getTime() - spacingMs), latestMeant(now)),
        },
        order: { accept_time: 'DESC' },
      });
      if (lately?.accept_time) {
        return { is: 'queued', until: new Date(lately.accept_time.getTime() + spacingMs) };
      }
      const waiting = { ...money, status: 'PROCESSING', accept_time: IsNull() } as const;
      const asked = { ...waiting, next_look_time: Not(IsNull()) };
      const earlier = await manager.countBy(RefundRow, [
        { ...asked, create_time: LessThan(create_time) },
        { ...asked, create_time, out_refund_no: LessThan(out_refund_no) },
      ]);
      return earlier > 0 ? { is: 'queued' } : undefined;
    });
  }
}
