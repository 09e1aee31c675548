import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Anomalies } from './anomalies';
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

type Since = Date | null | undefined;

/** Tells an operator, once for each payment and refund, what has been unknown for an hour. */
@Injectable()
export class LastingUnknown {
  constructor(private readonly anomalies: Anomalies) {}

  /** Inside the caller's transaction. */
  async report(manager: EntityManager, row: PayLogRow, since: Since): Promise<void> {
    if (!isLasting(since)) return;
    const { out_trade_no, total_fee } = row;
    const news = { out_trade_no, transaction_id: '', kind: 'lasting-unknown' } as const;
    await this.anomalies.report(manager, { ...news, total_fee, fee_type: 'CNY' });
  }

  /** Inside the caller's transaction. */
  async reportRefund(manager: EntityManager, row: RefundRow, since: Since): Promise<void> {
    if (!isLasting(since)) return;
    const { out_trade_no, out_refund_no: transaction_id, refund_fee: total_fee } = row;
    const news = { out_trade_no, transaction_id, kind: 'refund-lasting-unknown' } as const;
    await this.anomalies.report(manager, { ...news, total_fee, fee_type: 'CNY' });
  }
}

const isLasting = (since: Since) => !!since && Date.now() - since.getTime() >= lastingMs;
