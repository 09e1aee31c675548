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

/** Since when nobody knows, and what came last instead of an answer. */
interface Silence {
  readonly since: Date | null | undefined;
  readonly why: string | undefined;
}

/** What WeChat was asked about: a payment, or a refund of it. */
type Asked = PayLogRow | RefundRow;

/**
 * Tells an operator what has been unknown for an hour, once for each payment and refund; and again
 * when an hour after it was resolved nobody knows yet, or nobody knows anew for an hour.
 */
@Injectable()
export class LastingUnknown {
  constructor(private readonly anomalies: Anomalies) {}

  /** Inside the caller's transaction: it is known now, as `why` says. */
  async end(manager: EntityManager, row: Asked, why: string): Promise<void> {
    const { kind, ...numbers } = subjectOf(row);
    await this.anomalies.end(manager, { ...numbers, kinds: [kind] }, why);
  }

  /** Inside the caller's transaction. */
  async report(manager: EntityManager, row: Asked, { since, why }: Silence): Promise<void> {
    if (!since || Date.now() - since.getTime() < lastingMs) return;
    const total_fee = isRefund(row) ? row.refund_fee : row.total_fee;
    const news = { ...subjectOf(row), total_fee, fee_type: 'CNY', err_code_des: why ?? null };
    if (await this.anomalies.report(manager, news)) return;
    await this.anomalies.reopen(manager, news, lastingMs);
  }
}

const isRefund = (row: Asked): row is RefundRow => 'out_refund_no' in row;

function subjectOf(row: Asked) {
  const { out_trade_no } = row;
  return isRefund(row)
    ? ({ out_trade_no, transaction_id: row.out_refund_no, kind: 'refund-lasting-unknown' } as const)
    : ({ out_trade_no, transaction_id: '', kind: 'lasting-unknown' } as const);
}
