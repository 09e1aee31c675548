import { Injectable } from '@nestjs/common';
import type { Output } from '@saoma/contracts/define';
import type { payService } from '@saoma/contracts/pay';
import { IsNull, LessThan, MoreThan, Not } from 'typeorm';
import { OrderConfig } from '../config';
import { crashPoint } from '../crash-point';
import { Database, type UnitsOfWork } from '../database/database';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { merchantOf, PayClient } from '../payments/pay-client';
import { RefundBook } from './refund-book';

type Status = Output<typeof payService, 'queryRefund'>;
type Call = { readonly row: RefundRow; readonly merchant: ReturnType<typeof merchantOf> };

/** WeChat has refused for good: asking again with the same number will not help. */
const finalNos = ['ERROR', 'TRADE_OVERDUE', 'USER_ACCOUNT_ABNORMAL', 'REFUND_FEE_MISMATCH'];
/** Refunds take minutes to days: the pause grows with their age. */
const pauseMsMax = 600_000;
const growth = 0.1;

/**
 * Carries one refund on by one step: asks WeChat for it, always with the same number, and then asks
 * what became of it until WeChat has said the last word. Unknown answers change nothing.
 */
@Injectable()
export class RefundRun {
  private readonly books: UnitsOfWork;

  constructor(
    database: Database,
    private readonly config: OrderConfig,
    private readonly pay: PayClient,
    private readonly book: RefundBook,
  ) {
    this.books = database.settling;
  }

  async carryOn(row: RefundRow): Promise<void> {
    const call = await this.callOf(row);
    if (row.accept_time !== null) return this.ask(call);
    const waitUntil = await this.turnOf(row);
    if (waitUntil) return this.book.lookAt(row, waitUntil);
    await crashPoint('refund.before');
    const answer = await this.pay.refund(requestOf(call));
    await crashPoint('refund.answered');
    if (answer.outcome === 'success') return this.book.accept(row, answer.refund_id, this.soon());
    if (answer.outcome === 'no') return this.refused(call, answer.err_code);
    return this.ask(call);
  }

  /** Asks about a refund that has ended here without money going back. */
  async doubt(row: RefundRow): Promise<void> {
    const answer = await this.query(await this.callOf(row));
    const wentBack = answer.outcome === 'success' && answer.refund_status === 'SUCCESS';
    if (wentBack) await this.book.wentBackAfterAll(row);
  }

  private async ask(call: Call): Promise<void> {
    await this.believe(call.row, await this.query(call));
  }

  /** A "no" counts only if WeChat does not know the refund: an earlier try may have reached it. */
  private async refused(call: Call, err_code: string): Promise<void> {
    const known = await this.query(call);
    if (known.outcome === 'success') return this.believe(call.row, known);
    const isGone = known.outcome === 'no' && known.err_code === 'REFUNDNOTEXIST';
    if (isGone && finalNos.includes(err_code)) return this.book.close(call.row, err_code);
    await this.book.blocked(call.row, err_code, this.next(call.row));
  }

  private async believe(row: RefundRow, answer: Status): Promise<void> {
    if (answer.outcome !== 'success') return this.book.lookAt(row, this.next(row));
    if (answer.refund_fee !== row.refund_fee) return this.book.otherAmount(row, answer.refund_fee);
    const { refund_status } = answer;
    if (refund_status === 'SUCCESS') return this.book.succeed(row);
    if (refund_status === 'REFUNDCLOSE') return this.book.close(row, refund_status);
    if (refund_status === 'CHANGE') return this.book.change(row);
    return this.book.lookAt(row, this.next(row));
  }

  private async query({ row, merchant }: Call): Promise<Status> {
    const { out_trade_no, out_refund_no } = row;
    const answer = await this.pay.queryRefund({ out_trade_no, out_refund_no, merchant });
    await crashPoint('refund.queried');
    return answer;
  }

  /**
   * WeChat wants two refunds of one payment some time apart: it is asked for one after the other.
   * One that an operator has (nothing is asked about it any more) keeps nobody waiting. Undefined:
   * it is this one's turn.
   */
  private async turnOf(row: RefundRow): Promise<Date | undefined> {
    const { out_trade_no, transaction_id, out_refund_no, create_time } = row;
    const money = { out_trade_no, transaction_id };
    const spacingMs = this.config.WECHAT_REFUND_SPACING_MS;
    const now = new Date();
    const others = { ...money, out_refund_no: Not(out_refund_no) };
    return this.books.statements(async (manager) => {
      const lately = await manager.findOne(RefundRow, {
        where: { ...others, accept_time: MoreThan(new Date(now.getTime() - spacingMs)) },
        order: { accept_time: 'DESC' },
      });
      if (lately?.accept_time) return new Date(lately.accept_time.getTime() + spacingMs);
      const waiting = { ...money, status: 'PROCESSING', accept_time: IsNull() } as const;
      const asked = { ...waiting, next_look_time: Not(IsNull()) };
      const earlier = await manager.countBy(RefundRow, [
        { ...asked, create_time: LessThan(create_time) },
        { ...asked, create_time, out_refund_no: LessThan(out_refund_no) },
      ]);
      return earlier > 0 ? this.next(row) : undefined;
    });
  }

  private async callOf(row: RefundRow): Promise<Call> {
    const { out_trade_no } = row;
    const payLog = await this.books.statements((manager) =>
      manager.findOneByOrFail(PayLogRow, { out_trade_no }),
    );
    return { row, merchant: merchantOf(payLog) };
  }

  private soon(): Date {
    return new Date(Date.now() + this.config.QUERY_INTERVAL_MS);
  }

  private next(row: RefundRow): Date {
    const now = Date.now();
    const grownMs = (now - row.create_time.getTime()) * growth;
    const pauseMs = Math.max(this.config.QUERY_INTERVAL_MS, Math.min(grownMs, pauseMsMax));
    return new Date(now + pauseMs);
  }
}

/** Exactly the same at every try: the row never changes in these. */
function requestOf({ row, merchant }: Call): Parameters<PayClient['refund']>[0] {
  const { out_trade_no, transaction_id, out_refund_no, total_fee, refund_fee, reason } = row;
  return { out_trade_no, transaction_id, out_refund_no, total_fee, refund_fee, reason, merchant };
}
