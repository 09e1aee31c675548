import { Injectable } from '@nestjs/common';
import { BillRow } from '@saoma/contracts/bills';
import type { AnomalyKind } from '@saoma/contracts/operator';
import { type Finding, type FindingKind, OurRow } from '@saoma/contracts/reconciliations';
import { AnyOutTradeNo } from '@saoma/contracts/values';
import { type EntityManager, In, IsNull, MoreThan, Not } from 'typeorm';
import { Database } from '../database/database';
import { Anomalies, type News } from '../ledger/anomalies';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { daysAfter } from './bill-day';
import type { DayFile } from './finding-book';
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
const localOnly: readonly FindingKind[] = ['LOCAL_ONLY', 'REFUND_LOCAL_ONLY'];
/** Findings that one statement reads. */
const pageMax = 500;

/** Writes down what was done about differences. */
@Injectable()
export class Findings {
  constructor(
    private readonly database: Database,
    private readonly anomalies: Anomalies,
  ) {}

  /** Inside the caller's transaction. */
  async settle(manager: EntityManager, row: FindingRow, healed: Healed): Promise<void> {
    if (healed.is === 'ended') return this.end(manager, row, healed.done);
    const now = new Date();
    // Looked at anew: the time in which nobody can say begins now.
    const since = row.done_time === null ? row.create_time : now;
    const isLong = now.getTime() - since.getTime() > unclearMsMax;
    const is = healed.is === 'again' && isLong ? 'told' : healed.is;
    const done = [...healed.done].slice(0, 200).join('');
    const { bill_hash = row.bill_hash } = healed;
    const moments = is === 'again' ? { done_time: null, create_time: since } : { done_time: now };
    if (!(await changeStanding(manager, row, { done, bill_hash, ...moments }))) return;
    if (row.kind === 'REFUND_CHANNEL_ONLY') await markAdopted(manager, row);
    const kind = anomalies[row.kind];
    if (is === 'again' || !kind) return;
    const news = newsOf(row, kind);
    if (is === 'over') return this.anomalies.end(manager, endedOf(news), done);
    if (await this.anomalies.report(manager, news)) return;
    if (row.kind === 'TOTALS') await this.anomalies.reopen(manager, news);
    else await this.anomalies.recur(manager, news);
  }

  /** It stays as history. What an operator was told is over too, unless another day says it. */
  private async end(manager: EntityManager, row: FindingRow, why: string): Promise<void> {
    const change = { ended: why, done_time: new Date() };
    if (!(await changeStanding(manager, row, change))) return;
    const kind = anomalies[row.kind];
    if (!kind) return;
    const news = newsOf(row, kind);
    const { out_trade_no, transaction_id } = news;
    // Whoever tells the same of another day waits for this, and takes it up again.
    const where = { out_trade_no, transaction_id, kind, state: 'OPEN' } as const;
    const open = await manager.findOne(AnomalyRow, { where, ...this.database.rowLock });
    if (!open) return;
    const others = (await likeIt(manager, row)).map((one) => newsOf(one, kind));
    const same = others.find((other) => other.out_trade_no === out_trade_no);
    if (same) return this.anomalies.recur(manager, same);
    await this.anomalies.end(manager, endedOf(news), why);
  }

  /**
   * Inside the caller's transaction: a file of this day has shown what was in no bill. What was
   * said of that, of this day or, near midnight, of its neighbours, is over; what of this day is
   * still in none is dealt with anew. Looks at some findings after the one that is named, and gives
   * the last of these; null: there are no more.
   */
  async endShown(manager: EntityManager, bill: DayFile, after: string): Promise<string | null> {
    const { day } = bill;
    const standing = { day: In(aroundOf(day)), kind: In([...localOnly]), ended: IsNull() };
    const found = await manager.find(FindingRow, {
      where: { ...standing, finding_id: MoreThan(after) },
      order: { finding_id: 'ASC' },
      take: pageMax,
    });
    const isShown = await shownIn(manager, found);
    const over = found.filter(isShown);
    for (const row of over) await this.end(manager, row, `the bill of ${day} has it${sha1(bill)}`);
    const isLeft = (row: FindingRow) => row.day === day && row.done_time !== null && !isShown(row);
    const left = found.filter(isLeft).map(idOf);
    const anew = { done_time: null, create_time: new Date() };
    if (left.length > 0) await manager.update(FindingRow, { finding_id: In(left) }, anew);
    const neighbours = new Set(over.map((row) => row.day).filter((other) => other !== day));
    for (const other of neighbours) await this.judgeAgain(manager, other);
    return found.length < pageMax ? null : idOf(found[found.length - 1] as FindingRow);
  }

  /** A compared day of which something was found may have nothing left of that. */
  private async judgeAgain(manager: EntityManager, day: string): Promise<void> {
    if (await manager.existsBy(FindingRow, { day, ended: IsNull() })) return;
    const differs = { day, state: 'DIFFERENT', wanted_time: IsNull() } as const;
    const withBill = { ...differs, bill_hash: Not(IsNull()) };
    await manager.update(ReconciliationRow, withBill, { state: 'MATCHED' });
    await manager.update(ReconciliationRow, differs, { state: 'NO_BILL' });
  }

  /** Inside the caller's transaction: a file of this day is whole after all, or there is none. */
  async endRefusal(manager: EntityManager, row: ReconciliationRow): Promise<void> {
    const { day, bill_hash, reason } = row;
    const why =
      bill_hash === null
        ? 'WeChat says that nothing happened on that day'
        : (reason ?? `a whole file has come${sha1(row)}`);
    for (const one of await manager.findBy(FindingRow, { day, kind: 'TOTALS', ended: IsNull() })) {
      await this.end(manager, one, why);
    }
  }
}

/** False: it has ended since it was read, by a neighbour's bill for instance. */
async function changeStanding(
  manager: EntityManager,
  { finding_id }: FindingRow,
  change: Partial<FindingRow>,
): Promise<boolean> {
  const { affected } = await manager.update(FindingRow, { finding_id, ended: IsNull() }, change);
  return affected === 1;
}

/** If it was written down since, this bill has shown it: no later one will. */
async function markAdopted(manager: EntityManager, { day, out_refund_no }: FindingRow) {
  await manager.update(RefundRow, { out_refund_no }, { bill_day: day });
}

/** By which file, where there is one. */
const sha1 = ({ bill_hash }: DayFile) => (bill_hash === null ? '' : `: SHA1 ${bill_hash}`);

/** Near midnight what is in one of these bills may move to another. */
const aroundOf = (day: string) => [-1, 0, 1].map((one) => daysAfter(day, one));

/** Others that stand, of the day or of its neighbours, and say the same of these numbers. */
function likeIt(manager: EntityManager, row: FindingRow): Promise<FindingRow[]> {
  const { finding_id, day, kind, out_trade_no, out_refund_no, transaction_id } = row;
  const news = { kind, out_trade_no, out_refund_no };
  return manager.findBy(FindingRow, {
    ...{ ...news, day: In(aroundOf(day)), finding_id: Not(finding_id), ended: IsNull() },
    ...(out_refund_no === '' && { transaction_id }),
  });
}

const endedOf = ({ out_trade_no, transaction_id, kind }: News) => ({
  ...{ out_trade_no, transaction_id },
  kinds: [kind],
});

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

export function toFinding(row: FindingRow): Finding {
  const { kind, out_trade_no, out_refund_no, done, ended } = row;
  return { kind, out_trade_no, out_refund_no: out_refund_no || null, ...rowsOf(row), done, ended };
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
