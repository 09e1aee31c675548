import { Injectable } from '@nestjs/common';
import { BillTotals, FundFlow } from '@saoma/contracts/bills';
import { AppError } from '@saoma/contracts/errors';
import type { OrderAnswer, OrderInput } from '@saoma/contracts/order';
import type { Reconciliation } from '@saoma/contracts/reconciliations';
import { type EntityManager, IsNull, LessThan, MoreThan, MoreThanOrEqual } from 'typeorm';
import { Database } from '../database/database';
import { unlessDuplicate } from '../database/database-errors';
import { pageOf } from '../database/page';
import { latestMeant } from '../ledger/clock-ahead';
import { PayLogRow } from '../ledger/pay-log.entity';
import { dayOf, daysAfter, firstKept, hasBill, lastReady } from './bill-day';
import { wholeHash } from './bill-files';
import { toFinding } from './findings';
import { BillFileRow, FindingRow, ReconciliationRow } from './reconciliation.entity';

/** Which days are compared, and what operators see of them. */
@Injectable()
export class ReconciliationService {
  /** All days up to this one are in the table. */
  private openedTo = '';

  constructor(private readonly database: Database) {}

  /**
   * Wants every day whose bill can be had and that nobody has wanted yet, from our first payment
   * on: also those on which no instance ran. The earliest comes first.
   */
  async openDays(now: Date): Promise<void> {
    const last = lastReady(now);
    if (this.openedTo === last) return;
    const rows = await this.database.statements(async (manager) => {
      const [first] = await manager.find(PayLogRow, { order: { create_time: 'ASC' }, take: 1 });
      if (!first) return undefined;
      const from = [dayOf(first.create_time), firstKept(now)].sort().at(-1) ?? last;
      const known = await manager.findBy(ReconciliationRow, { day: MoreThanOrEqual(from) });
      const days = new Set(known.map(({ day }) => day));
      return daysFrom(from, last).filter((day) => !days.has(day));
    });
    if (!rows) return;
    // Due from now on, one after the other.
    const dueTime = (index: number) => new Date(now.getTime() + index);
    for (const [index, day] of rows.entries()) await this.want(day, dueTime(index));
    this.openedTo = last;
  }

  /**
   * Inside the caller's transaction. The clock was set back: days that were compared before they
   * were over are compared anew.
   */
  async forgetFuture(manager: EntityManager, now: Date): Promise<void> {
    this.openedTo = '';
    const tooEarly = { compared_time: MoreThan(latestMeant(now)) };
    await manager.update(ReconciliationRow, tooEarly, { wanted_time: now, next_try_time: now });
  }

  async reconcile({ day }: OrderInput<'reconcile'>): Promise<OrderAnswer<'reconcile'>> {
    const now = new Date();
    if (!hasBill(day, now)) throw new AppError('reconciliation/no-such-bill');
    if (!(await this.want(day, now))) {
      // Whoever works on it now has a file of before: nobody does any more.
      const again = { wanted_time: now, next_try_time: now, reason: null, attempt: null };
      const unfinished = { day, compared_time: IsNull() };
      await this.database.transaction(async (manager) => {
        await manager.update(ReconciliationRow, { day }, again);
        await manager.update(ReconciliationRow, unfinished, { bill_hash: null, next_row: null });
      });
    }
    return {};
  }

  /** False: somebody has wanted it before. */
  private async want(day: string, next_try_time: Date): Promise<boolean> {
    const row = ReconciliationRow.wanted(day, next_try_time);
    const writing = this.database.statements((manager) => manager.insert(ReconciliationRow, row));
    return (await unlessDuplicate(writing)) !== undefined;
  }

  async listReconciliations(
    wanted: OrderInput<'listReconciliations'>,
  ): Promise<OrderAnswer<'listReconciliations'>> {
    const { cursor, limit } = wanted;
    const rows = await this.database.listing.statements((manager) =>
      manager.find(ReconciliationRow, {
        where: cursor === null ? {} : { day: LessThan(cursor) },
        order: { day: 'DESC' },
        take: limit + 1,
      }),
    );
    const { page, cursor: next } = pageOf(rows, { limit, key: 'day', show: toReconciliation });
    return { reconciliations: page, cursor: next };
  }

  async getReconciliation(
    wanted: OrderInput<'getReconciliation'>,
  ): Promise<OrderAnswer<'getReconciliation'>> {
    const { day, cursor, limit } = wanted;
    const { row, findings } = await this.database.listing.statements(async (manager) => ({
      row: await manager.findOneBy(ReconciliationRow, { day }),
      findings: await manager.find(FindingRow, {
        where: { day, ...(cursor !== null && { finding_id: MoreThan(cursor) }) },
        order: { finding_id: 'ASC' },
        take: limit + 1,
      }),
    }));
    if (!row) throw new AppError('reconciliation/not-found');
    const { page, cursor: next } = pageOf(findings, { limit, key: 'finding_id', show: toFinding });
    return { ...toReconciliation(row), findings: page, cursor: next };
  }

  async billFile({ day, kind, piece }: OrderInput<'billFile'>): Promise<OrderAnswer<'billFile'>> {
    const [row, next] = await this.database.listing.statements(async (manager) => {
      const rows = await manager.find(BillFileRow, {
        where: { day, kind, piece: MoreThanOrEqual(piece) },
        order: { piece: 'ASC' },
        take: 2,
      });
      // Whoever begins a file gets all of it, and only all of it has an end.
      const isToKnow = piece === 0 || rows.length < 2;
      const hash = isToKnow ? await wholeHash(manager, day, kind) : rows[0]?.bill_hash;
      return hash === rows[0]?.bill_hash ? rows : [];
    });
    if (!row) throw new AppError('reconciliation/no-file');
    const { bill_hash, bytes } = row;
    return {
      bill_hash,
      bytes_base64: bytes.toString('base64'),
      next_piece: next?.piece ?? null,
    };
  }
}

function daysFrom(first: string, last: string): string[] {
  const days: string[] = [];
  for (let day = first; day <= last; day = daysAfter(day, 1)) days.push(day);
  return days;
}

function toReconciliation(row: ReconciliationRow): Reconciliation {
  const { day, state, bill_hash, bill_rows: rows, totals, fundflow, reason } = row;
  return {
    day,
    state,
    bill_hash,
    compared: row.compared_time !== null,
    rows,
    totals: totals === null ? null : BillTotals.parse(JSON.parse(totals)),
    fundflow: fundflow === null ? null : FundFlow.parse(JSON.parse(fundflow)),
    // What nobody turns to any more is to be had no more.
    under_way: row.wanted_time !== null && row.next_try_time !== null,
    reason,
  };
}
