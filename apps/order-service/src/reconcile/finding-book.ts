import { Injectable } from '@nestjs/common';
import { BillRow } from '@saoma/contracts/bills';
import type { FindingKind } from '@saoma/contracts/reconciliations';
import { type EntityManager, In } from 'typeorm';
import { insertRows } from '../database/rows';
import { IdWorker } from '../ids/id-worker';
import { isAlike } from './judge';
import type { Found } from './our-books';
import { FindingRow, type ReconciliationRow } from './reconciliation.entity';

/** What was done about these may be why the same row does not differ any more: it stays told. */
const staysTold: readonly FindingKind[] = [
  'STATE',
  'REFUND_PENDING',
  'REFUND_FAILED',
  'REFUND_CHANNEL_ONLY',
];

/** A day, and the file that says what is found. */
export type DayFile = Pick<ReconciliationRow, 'day' | 'bill_hash'>;
type Numbers = Pick<FindingRow, 'out_trade_no' | 'out_refund_no' | 'transaction_id'>;

/** Writes down what was found on a day: each once, however often a file says it. */
@Injectable()
export class FindingBook {
  constructor(private readonly ids: IdWorker) {}

  /** Inside the caller's transaction. */
  async write(manager: EntityManager, file: DayFile, found: readonly Found[]): Promise<void> {
    const rows = new Map(
      found.map((one) => this.rowOf(file, one)).map((row) => [newsOf(row), row]),
    );
    if (rows.size === 0) return;
    const kind = In([...new Set(found.map((one) => one.kind))]);
    const out_trade_no = In([...new Set([...rows.values()].map((row) => row.out_trade_no))]);
    const old: string[] = [];
    for (const before of await manager.findBy(FindingRow, { day: file.day, kind, out_trade_no })) {
      const now = rows.get(newsOf(before));
      if (!now) continue;
      const isKnown = before.ended === null && before.bill_hash === now.bill_hash;
      if (isKnown) rows.delete(newsOf(before));
      else {
        old.push(before.finding_id);
        rows.set(newsOf(before), foundAgain(before, now));
      }
    }
    if (old.length > 0) await manager.delete(FindingRow, { finding_id: In(old) });
    await insertRows(manager, FindingRow, [...rows.values()]);
  }

  /** Inside the caller's transaction: what these rows of a newer file say as before stands. */
  async uphold(manager: EntityManager, file: DayFile, rows: readonly BillRow[]): Promise<void> {
    const { day, bill_hash } = file;
    const money = rows.filter(({ type }) => type !== 'other');
    const said = new Map(money.map((row) => [numbersOf(numbersIn(row)), row]));
    const known = await manager.findBy(FindingRow, {
      ...{ day, kind: In([...staysTold]) },
      out_trade_no: In([...new Set(money.map((row) => row.out_trade_no))]),
    });
    const upheld = known.filter((one) => isSaid(one, said.get(numbersOf(one))));
    if (upheld.length === 0) return;
    const finding_id = In(upheld.map((one) => one.finding_id));
    await manager.update(FindingRow, { finding_id }, { bill_hash, ended: null });
  }

  private rowOf({ day, bill_hash }: DayFile, { kind, bill, ours }: Found): FindingRow {
    const row = bill ?? ours;
    return Object.assign(new FindingRow(), {
      finding_id: this.ids.nextId(),
      day,
      kind,
      ...(row ? numbersIn(row) : { out_trade_no: '', out_refund_no: '', transaction_id: '' }),
      bill: bill && JSON.stringify(bill),
      bill_hash: bill && bill_hash,
      ours: ours && JSON.stringify(ours),
      done: '',
      done_time: null,
      ended: null,
      create_time: new Date(),
    });
  }
}

/** What is not said as before is dealt with anew; what was done about it is told until then. */
function foundAgain(before: FindingRow, now: FindingRow): FindingRow {
  const { bill, bill_hash, ours, create_time } = now;
  const isNews = before.ended !== null || !isSaid(before, bill === null ? undefined : read(bill));
  const anew = isNews ? { ended: null, done_time: null, create_time } : {};
  return Object.assign(new FindingRow(), { ...before, bill, bill_hash, ours, ...anew });
}

/** Whether this row says the same as the one that a finding is about. */
function isSaid({ bill }: FindingRow, row: BillRow | undefined): boolean {
  return bill !== null && row !== undefined && isAlike(read(bill), row);
}

const read = (bill: string) => BillRow.parse(JSON.parse(bill));

function numbersIn(row: NonNullable<Found['bill'] | Found['ours']>): Numbers {
  const { type, out_trade_no, out_refund_no, transaction_id } = row;
  return {
    out_trade_no,
    out_refund_no: type === 'refund' ? (out_refund_no ?? '') : '',
    transaction_id: transaction_id ?? '',
  };
}

const numbersOf = ({ out_trade_no, out_refund_no, transaction_id }: Numbers) =>
  [out_trade_no, out_refund_no, transaction_id].join(' ');

/** What makes it the same news. */
const newsOf = (row: FindingRow) => `${row.kind} ${numbersOf(row)}`;
