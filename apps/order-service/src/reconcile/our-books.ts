import type { BillRow } from '@saoma/contracts/bills';
import type { FindingKind, OurRow } from '@saoma/contracts/reconciliations';
import type { EntityManager, ObjectLiteral } from 'typeorm';
import { findRows, runUpdate, select } from '../database/rows';
import { PayLogRow } from '../ledger/pay-log.entity';
import { automaticRefundNo, RefundRow } from '../ledger/refund.entity';
import { tradeStates } from '../ledger/trade-state';
import type { Period } from './bill-day';
import type { OurPayment, OurRefund, Ours } from './judge';

/** A difference: what the bill says, and what our books say. */
export interface Found {
  readonly kind: FindingKind;
  readonly bill: BillRow | null;
  readonly ours: OurRow | null;
}

const paymentsSql = `SELECT out_trade_no, transaction_id, total_fee, trade_state
  FROM tb_paylog WHERE out_trade_no IN (:numbers)`;
const refundsSql = `SELECT out_refund_no, out_trade_no, transaction_id, refund_id, refund_fee,
    total_fee, status
  FROM tb_refund WHERE out_refund_no IN (:numbers)`;

/** What our books have of the rows of a bill: a few columns, since a bill can be long. */
export class OurBooks {
  private constructor(
    private readonly payments: ReadonlyMap<string, OurPayment>,
    private readonly refunds: ReadonlyMap<string, OurRefund & Pick<RefundRow, 'total_fee'>>,
  ) {}

  static async of(manager: EntityManager, rows: readonly BillRow[]): Promise<OurBooks> {
    const paid = rows.filter(({ type }) => type === 'payment');
    const payments = await readAll<OurPayment>(manager, paymentsSql, paid.map(tradeNo));
    const other = paid.filter((bill) => isOther(bill, payments.get(tradeNo(bill))));
    const back = rows.filter(({ type }) => type === 'refund').map(refundNo);
    const numbers = [...other.map(automaticRefundNo), ...back];
    return new OurBooks(payments, await readAll(manager, refundsSql, numbers));
  }

  oursOf(bill: BillRow): Ours {
    if (bill.type === 'refund') return { refund: this.refunds.get(refundNo(bill)) };
    const payment = this.payments.get(tradeNo(bill));
    const misplaced = isOther(bill, payment) && this.refunds.get(automaticRefundNo(bill));
    return { payment, misplaced: misplaced || undefined };
  }

  /**
   * A bill of this day has shown these rows. Money that goes back by itself shows nothing of the
   * money that paid the same payment.
   */
  async mark(manager: EntityManager, day: string, rows: readonly BillRow[]): Promise<void> {
    const back = rows.filter((bill) => bill.type === 'refund').map(refundNo);
    const isBeside = (bill: BillRow) => {
      const { payment, misplaced } = this.oursOf(bill);
      return misplaced !== undefined && payment?.transaction_id !== bill.transaction_id;
    };
    const paid = rows.filter((bill) => bill.type === 'payment' && !isBeside(bill)).map(tradeNo);
    const shown = [
      { sql: markSql('tb_paylog', 'out_trade_no'), numbers: paid.filter(isIn(this.payments)) },
      { sql: markSql('tb_refund', 'out_refund_no'), numbers: back.filter(isIn(this.refunds)) },
    ];
    for (const { sql, numbers } of shown) {
      if (numbers.length > 0)
        await runUpdate(manager, sql, { day, numbers: [...new Set(numbers)] });
    }
  }
}

const markSql = (table: string, key: string) =>
  `UPDATE ${table} SET bill_day = :day WHERE ${key} IN (:numbers)`;
const isIn = (map: ReadonlyMap<string, unknown>) => (number: string) => map.has(number);
const tradeNo = ({ out_trade_no }: BillRow) => out_trade_no;
const refundNo = ({ out_refund_no }: BillRow) => out_refund_no ?? '';

/** Money that is not the one that paid it: it may be on its way back. */
function isOther({ transaction_id }: BillRow, payment: OurPayment | undefined): boolean {
  if (!payment) return false;
  return payment.trade_state === '2' || payment.transaction_id !== transaction_id;
}

/** Rows by the column that is selected first. */
async function readAll<Row>(
  manager: EntityManager,
  sql: string,
  wanted: readonly string[],
): Promise<Map<string, Row>> {
  const numbers = [...new Set(wanted)];
  if (numbers.length === 0) return new Map();
  const records = await select(manager, sql, { numbers });
  return new Map(records.map((record) => [String(Object.values(record)[0]), read<Row>(record)]));
}

/** A server gives a bigint as a text. */
function read<Row>(record: ObjectLiteral): Row {
  const fees = Object.entries(record).filter(([name]) => name.endsWith('_fee'));
  return { ...record, ...Object.fromEntries(fees.map(([n, fen]) => [n, Number(fen)])) } as Row;
}

/** Our rows under the numbers of these rows of a bill, as an operator is shown them. */
export async function evidenceOf(
  manager: EntityManager,
  found: readonly Pick<Found, 'kind' | 'bill'>[],
): Promise<Found[]> {
  const rows = found.flatMap(({ bill }) => bill ?? []);
  const under = (key: string) => `${key} IN (:numbers)`;
  const paid = { numbers: [...new Set(rows.map(tradeNo))] };
  const back = { numbers: [...new Set(rows.map(refundNo))] };
  if (rows.length === 0) return [];
  const payments = await findRows(manager, PayLogRow, {
    where: under('out_trade_no'),
    values: paid,
  });
  const refunds = await findRows(manager, RefundRow, {
    where: under('out_refund_no'),
    values: back,
  });
  const ours = new Map<string, OurRow>([
    ...payments.map((row) => [row.out_trade_no, ourPayment(row)] as const),
    ...refunds.map((row) => [` ${row.out_refund_no}`, ourRefund(row)] as const),
  ]);
  return found.map(({ kind, bill }) => {
    const isRefund = bill?.type === 'refund';
    const number = bill && (isRefund ? ` ${refundNo(bill)}` : tradeNo(bill));
    return { kind, bill, ours: ours.get(number ?? '') ?? null };
  });
}

function ourPayment(row: PayLogRow): OurRow {
  const { out_trade_no, transaction_id, total_fee, trade_state, pay_time } = row;
  return {
    type: 'payment',
    time: pay_time?.toISOString() ?? null,
    transaction_id,
    out_trade_no,
    refund_id: null,
    out_refund_no: null,
    fee: total_fee,
    state: tradeStates[trade_state],
  };
}

function ourRefund(row: RefundRow): OurRow {
  const { out_trade_no, transaction_id, refund_fee, status, accept_time } = row;
  const { refund_id, out_refund_no } = row;
  return {
    type: 'refund',
    time: accept_time?.toISOString() ?? null,
    transaction_id,
    out_trade_no,
    refund_id,
    out_refund_no,
    fee: refund_fee,
    state: status,
  };
}

/** The two kinds of rows that a bill shows, and when each happened. */
const kinds = [
  {
    table: PayLogRow,
    key: 'out_trade_no',
    time: 'pay_time',
    found: (row: PayLogRow): Found => ({ kind: 'LOCAL_ONLY', bill: null, ours: ourPayment(row) }),
  },
  {
    table: RefundRow,
    key: 'out_refund_no',
    time: 'accept_time',
    found: (row: RefundRow): Found => ({
      kind: 'REFUND_LOCAL_ONLY',
      bill: null,
      ours: ourRefund(row),
    }),
  },
] as const;

/** Rows of a period that no bill has shown, in pages; each page is read by a unit of its own. */
export async function* unshownPages(
  { from, to }: Period,
  { pageMax, read: readPage }: Reading,
): AsyncGenerator<Found[]> {
  for (const { table, key, time, found } of kinds) {
    let [since, number] = [from, ''];
    for (;;) {
      const rows = await readPage((manager) =>
        manager
          .createQueryBuilder<PayLogRow | RefundRow>(table, 'r')
          .where(`r.bill_day IS NULL AND r.${time} >= :since AND r.${time} < :to`, { since, to })
          .andWhere(`(r.${time} > :since OR r.${key} > :number)`, { number })
          .orderBy(`r.${time}`)
          .addOrderBy(`r.${key}`)
          .take(pageMax)
          .getMany(),
      );
      if (rows.length > 0) yield rows.map((row) => found(row as PayLogRow & RefundRow));
      const last = rows.at(-1) as (PayLogRow & RefundRow) | undefined;
      if (!last || rows.length < pageMax) break;
      [since, number] = [last[time] ?? to, last[key]];
    }
  }
}

type Rows = (PayLogRow | RefundRow)[];
interface Reading {
  readonly pageMax: number;
  readonly read: (ask: (manager: EntityManager) => Promise<Rows>) => Promise<Rows>;
}

/** Takes back what a former file of this day has shown, a page at a time; false: it is all. */
export async function unmark(manager: EntityManager, day: string, pageMax: number) {
  for (const { table, key } of kinds) {
    const { tableName } = manager.dataSource.getMetadata(table);
    const page = `SELECT ${key} FROM ${tableName} WHERE bill_day = :day LIMIT ${pageMax}`;
    const numbers = (await select(manager, page, { day })).map((row) => String(row[key]));
    if (numbers.length === 0) continue;
    const sql = `UPDATE ${tableName} SET bill_day = NULL WHERE ${key} IN (:numbers)`;
    await runUpdate(manager, sql, { numbers });
    return true;
  }
  return false;
}
