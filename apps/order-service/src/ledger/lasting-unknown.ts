import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Anomalies, type News } from './anomalies';
import { latestMeant } from './clock-ahead';
import type { PayLogRow } from './pay-log.entity';
import type { RefundRow } from './refund.entity';

/** What nobody can say for so long becomes an operator's. */
const lastingMs = 3_600_000;

/**
 * Since when it is unknown, after one more unknown answer. A time that was written by a clock that
 * has been set back since says nothing: then it is counted from now.
 */
export function unknownSince(before: Date | null, now: Date): Date {
  return before !== null && before <= latestMeant(now) ? before : now;
}

/** Since when nobody knows, and what came last instead of an answer. */
interface Silence {
  readonly since: Date | null | undefined;
  readonly why: string | undefined;
}

/**
 * Tells an operator what has been unknown for an hour, once for each payment and refund; and again
 * when an hour after it was resolved nobody knows yet, or nobody knows anew for an hour.
 */
@Injectable()
export class LastingUnknown {
  constructor(private readonly anomalies: Anomalies) {}

  /** Inside the caller's transaction: it is known now, as `why` says. */
  async end(manager: EntityManager, { out_trade_no }: PayLogRow, why: string): Promise<void> {
    const ended = { out_trade_no, transaction_id: '', kinds: ['lasting-unknown'] } as const;
    await this.anomalies.end(manager, ended, why);
  }

  /** The same of a refund. */
  async endRefund(manager: EntityManager, row: RefundRow, why: string): Promise<void> {
    const { out_trade_no, out_refund_no: transaction_id } = row;
    const ended = { out_trade_no, transaction_id, kinds: ['refund-lasting-unknown'] } as const;
    await this.anomalies.end(manager, ended, why);
  }

  /** Inside the caller's transaction. */
  async report(manager: EntityManager, row: PayLogRow, silence: Silence): Promise<void> {
    const { out_trade_no, total_fee } = row;
    const news = { out_trade_no, transaction_id: '', kind: 'lasting-unknown' } as const;
    await this.tell(manager, { ...news, total_fee, fee_type: 'CNY' }, silence);
  }

  /** Inside the caller's transaction. */
  async reportRefund(manager: EntityManager, row: RefundRow, silence: Silence): Promise<void> {
    const { out_trade_no, out_refund_no: transaction_id, refund_fee: total_fee } = row;
    const news = { out_trade_no, transaction_id, kind: 'refund-lasting-unknown' } as const;
    await this.tell(manager, { ...news, total_fee, fee_type: 'CNY' }, silence);
  }

  private async tell(manager: EntityManager, news: News, { since, why }: Silence): Promise<void> {
    if (!since || Date.now() - since.getTime() < lastingMs) return;
    const told = { ...news, err_code_des: why ?? null };
    if (await this.anomalies.report(manager, told)) return;
    await this.anomalies.reopen(manager, told, lastingMs);
  }
}
