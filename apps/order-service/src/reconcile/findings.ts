import { Injectable } from '@nestjs/common';
import { BillRow } from '@saoma/contracts/bills';
import type { AnomalyKind } from '@saoma/contracts/operator';
import { type Finding, type FindingKind, OurRow } from '@saoma/contracts/reconciliations';
import { AnyOutTradeNo } from '@saoma/contracts/values';
import type { EntityManager } from 'typeorm';
import { Anomalies, type News } from '../ledger/anomalies';
import { RefundRow } from '../ledger/refund.entity';
import type { Healed } from './healing';
import { FindingRow } from './reconciliation.entity';

/** What nobody can say for so long becomes an operator's. */
const unclearMsMax = 86_400_000;

/** To whom a difference is told that nobody here may decide; a pending refund is nobody's. */
const anomalies: Readonly<Record<FindingKind, AnomalyKind | undefined>> = {
  STATE: 'bill-state',
  CHANNEL_ONLY: 'bill-channel-only',
  LOCAL_ONLY: 'bill-local-only',
  AMOUNT: 'bill-amount',
  TRANSACTION: 'bill-transaction',
  REFUND_PENDING: undefined,
  REFUND_FAILED: 'bill-refund-failed',
  REFUND_CHANNEL_ONLY: 'bill-refund-channel-only',
  REFUND_LOCAL_ONLY: 'bill-refund-local-only',
  REFUND_AMOUNT: 'bill-refund-amount',
  TOTALS: 'bill-totals',
};

/** Writes down what was done about differences. */
@Injectable()
export class Findings {
  constructor(private readonly anomalies: Anomalies) {}

  /** Inside the caller's transaction. */
  async settle(manager: EntityManager, row: FindingRow, healed: Healed): Promise<void> {
    const now = new Date();
    const isLong = now.getTime() - row.create_time.getTime() > unclearMsMax;
    const is = healed.is === 'again' && isLong ? 'told' : healed.is;
    const done = [...healed.done].slice(0, 200).join('');
    const change = { done, done_time: is === 'again' ? null : now };
    await manager.update(FindingRow, { finding_id: row.finding_id }, change);
    if (row.kind === 'REFUND_CHANNEL_ONLY') await markAdopted(manager, row);
    const kind = anomalies[row.kind];
    if (is !== 'told' || !kind) return;
    const news = newsOf(row, kind);
    const isNew = await this.anomalies.report(manager, news);
    if (!isNew && row.kind === 'TOTALS') await this.anomalies.reopen(manager, news);
  }

  /** Inside the caller's transaction: a file of this day is whole after all. */
  async endRefusal(manager: EntityManager, day: string): Promise<void> {
    const news = { out_trade_no: day, transaction_id: '', kinds: ['bill-totals'] } as const;
    await this.anomalies.end(manager, news, 'a whole file has come');
  }
}

/** If it was written down since, this bill has shown it: no later one will. */
async function markAdopted(manager: EntityManager, { day, out_refund_no }: FindingRow) {
  await manager.update(RefundRow, { out_refund_no }, { bill_day: day });
}

/** The row as operators see it. */
export function toFinding(row: FindingRow): Finding {
  const { kind, out_trade_no, out_refund_no, done } = row;
  return { kind, out_trade_no, out_refund_no: out_refund_no || null, ...rowsOf(row), done };
}

function rowsOf({ bill, ours }: FindingRow) {
  return {
    bill: bill === null ? null : BillRow.parse(JSON.parse(bill)),
    ours: ours === null ? null : OurRow.parse(JSON.parse(ours)),
  };
}

function newsOf(row: FindingRow, kind: AnomalyKind): News {
  const { day, out_trade_no, out_refund_no, transaction_id } = row;
  const { bill, ours } = rowsOf(row);
  // Of the file as a whole its day is the number.
  const number = AnyOutTradeNo.safeParse(out_trade_no).data ?? day;
  const says = (side: string, one: { fee: number; state: string } | null) =>
    one ? [`${side}: ${one.fee} fen ${one.state}`] : [];
  return {
    out_trade_no: number,
    transaction_id: (out_refund_no || transaction_id).slice(0, 64),
    kind,
    total_fee: bill?.fee ?? ours?.fee ?? 0,
    fee_type: (bill?.fee_type ?? 'CNY').slice(0, 16),
    err_code_des: [`bill of ${day}`, ...says('bill', bill), ...says('here', ours)].join(', '),
  };
}
