import { Injectable } from '@nestjs/common';
import { BillRow } from '@saoma/contracts/bills';
import type { AnomalyKind } from '@saoma/contracts/operator';
import { type Finding, type FindingKind, OurRow } from '@saoma/contracts/reconciliations';
import { AnyOutTradeNo } from '@saoma/contracts/values';
import { type EntityManager, In, IsNull, MoreThan, Not } from 'typeorm';
import { Anomalies, type News } from '../ledger/anomalies';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { daysAfter } from './bill-day';
import type { Healed } from './healing';
import { FindingRow, ReconciliationRow } from './reconciliation.entity';

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

/** A bill that is made anew may show what was in none. */
export const localOnly: readonly FindingKind[] = ['LOCAL_ONLY', 'REFUND_LOCAL_ONLY'];
/** Findings that one statement reads. */
const pageMax = 500;
const undone = { done_time: null };

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
    if (isNew) return;
    if (row.kind === 'TOTALS') await this.anomalies.reopen(manager, news);
    else if (localOnly.includes(row.kind)) await this.anomalies.recur(manager, news);
  }

  /**
   * Inside the caller's transaction: a file of this day has shown what was in no bill. What was
   * said of that, of this day or, near midnight, of its neighbours, is over; what of this day is
   * still in none is dealt with anew. Looks at some findings after the one that is named, and gives
   * the last of these; null: there are no more.
   */
  async endShown(manager: EntityManager, day: string, after: string): Promise<string | null> {
    const days = [-1, 0, 1].map((one) => daysAfter(day, one));
    const found = await manager.find(FindingRow, {
      where: { day: In(days), kind: In([...localOnly]), finding_id: MoreThan(after) },
      order: { finding_id: 'ASC' },
      take: pageMax,
    });
    const isShown = await shownIn(manager, found);
    const over = found.filter(isShown);
    if (over.length > 0) await manager.delete(FindingRow, { finding_id: In(over.map(idOf)) });
    for (const row of over) {
      const { out_trade_no, transaction_id, kind } = newsOf(
        row,
        anomalies[row.kind] as AnomalyKind,
      );
      const news = { out_trade_no, transaction_id, kinds: [kind] };
      await this.anomalies.end(manager, news, `the bill of ${day} has it`);
    }
    const left = found.filter((row) => row.day === day && !isShown(row)).map(idOf);
    if (left.length > 0) await manager.update(FindingRow, { finding_id: In(left) }, undone);
    const neighbours = new Set(over.map((row) => row.day).filter((other) => other !== day));
    for (const other of neighbours) await this.judgeAgain(manager, other);
    return found.length < pageMax ? null : idOf(found[found.length - 1] as FindingRow);
  }

  /** A compared day of which something was found may have nothing left of that. */
  private async judgeAgain(manager: EntityManager, day: string): Promise<void> {
    if (await manager.existsBy(FindingRow, { day })) return;
    const differs = { day, state: 'DIFFERENT', wanted_time: IsNull() } as const;
    const withBill = { ...differs, bill_hash: Not(IsNull()) };
    await manager.update(ReconciliationRow, withBill, { state: 'MATCHED' });
    await manager.update(ReconciliationRow, differs, { state: 'NO_BILL' });
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

const idOf = ({ finding_id }: FindingRow) => finding_id;

/** Whether a bill has shown our row that a finding is about. */
async function shownIn(manager: EntityManager, found: readonly FindingRow[]) {
  const bill_day = Not(IsNull());
  const numbers = (kind: FindingKind, key: 'out_trade_no' | 'out_refund_no') =>
    In(found.filter((row) => row.kind === kind).map((row) => row[key]));
  const payments = await manager.find(PayLogRow, {
    select: { out_trade_no: true },
    where: { out_trade_no: numbers('LOCAL_ONLY', 'out_trade_no'), bill_day },
  });
  const refunds = await manager.find(RefundRow, {
    select: { out_refund_no: true },
    where: { out_refund_no: numbers('REFUND_LOCAL_ONLY', 'out_refund_no'), bill_day },
  });
  const paid = new Set(payments.map(({ out_trade_no }) => out_trade_no));
  const back = new Set(refunds.map(({ out_refund_no }) => out_refund_no));
  return ({ kind, out_trade_no, out_refund_no }: FindingRow) =>
    kind === 'LOCAL_ONLY' ? paid.has(out_trade_no) : back.has(out_refund_no);
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
