import { Injectable } from '@nestjs/common';
import type { BillRow, BillTotals } from '@saoma/contracts/bills';
import { type EntityManager, In, IsNull } from 'typeorm';
import { crashPoint } from '../crash-point';
import { Database } from '../database/database';
import { insertRows } from '../database/rows';
import { IdWorker } from '../ids/id-worker';
import { coreOf, daysAfter, edgeBefore, hasBill, type Period } from './bill-day';
import { FindingBook } from './finding-book';
import { findingOf } from './judge';
import { evidenceOf, OurBooks, unmark, unshownPages } from './our-books';
import { FindingRow, ReconciliationRow } from './reconciliation.entity';

/** A day in work is left alone by the other instances: longer than a call for its rows takes. */
const holdMs = 90_000;
/** Rows of ours that one statement reads or changes. */
const pageMax = 500;

/** Another instance has taken the day meanwhile: it goes on there. */
export class Overtaken extends Error {}

/** What is done of the whole day in one step. */
type Change = Partial<ReconciliationRow>;
type Work<T> = (manager: EntityManager) => Promise<T>;

/** A file that WeChat has made of a day. */
export interface Bill {
  readonly bill_hash: string;
  readonly totals: BillTotals;
}

/** A part of its rows, and where the next one begins. */
export interface BillPage {
  readonly rows: readonly BillRow[];
  readonly next_row: number | null;
}

/**
 * Writes a comparison down, step by step. Each step is one transaction that begins with the row of
 * its day: what was found, which of our rows the bill has shown, and how far it has come are there
 * together or not at all, and an instance that was overtaken writes nothing any more.
 */
@Injectable()
export class ReconciliationBook {
  constructor(
    private readonly database: Database,
    private readonly ids: IdWorker,
    private readonly findings: FindingBook,
  ) {}

  /** Takes the day in work, from whoever had it. */
  async hold({ day }: ReconciliationRow): Promise<ReconciliationRow> {
    const attempt = this.ids.nextId();
    const held = await this.database.transaction(async (manager) => {
      await manager.update(ReconciliationRow, { day }, { attempt, next_try_time: heldUntil() });
      return manager.findOneByOrFail(ReconciliationRow, { day });
    });
    await crashPoint('bill.held');
    return held;
  }

  /** What was said of the day changes, and the hold goes on, or ends with `next_try_time`. */
  async step<T>(row: ReconciliationRow, change: Change, work: Work<T>): Promise<T> {
    const { day, attempt } = row;
    const done = await this.database.transaction(async (manager) => {
      const all = { next_try_time: heldUntil(), ...change };
      const mine = { day, attempt: attempt ?? '' };
      const { affected } = await manager.update(ReconciliationRow, mine, all);
      if (affected !== 1) throw new Overtaken(`${day} is another instance's now`);
      const worked = await work(manager);
      await crashPoint('bill.precommit');
      return worked;
    });
    await crashPoint('bill.committed');
    return done;
  }

  async say(row: ReconciliationRow, change: Change): Promise<ReconciliationRow> {
    await this.step(row, change, async () => undefined);
    return { ...row, ...change };
  }

  /**
   * A file of this day is compared from its first row: what a former one has shown is undone. What
   * was found in it stands until this one was read: only what nobody has dealt with is forgotten.
   */
  async begin(row: ReconciliationRow, bill: Bill | null): Promise<ReconciliationRow> {
    const none = { bill_hash: null, next_row: null, bill_rows: 0, totals: null, fundflow: null };
    const times = { compared_time: null, kept_time: null };
    const anew = await this.say(row, { ...none, ...times, state: 'WAITING' });
    const { day } = row;
    while (await this.step(anew, {}, (manager) => unmark(manager, day, pageMax)));
    while (await this.step(anew, {}, (manager) => forgetFindings(manager, day)));
    if (bill === null) return anew;
    const { bill_hash, totals } = bill;
    const facts = { bill_rows: totals.rows, totals: JSON.stringify(totals) };
    return this.say(anew, { ...facts, bill_hash, next_row: 0 });
  }

  /**
   * It is the file that was compared already: of that nothing changes. The fund flow may be another
   * one, unless there is a `reason` why WeChat gives no file.
   */
  async same(row: ReconciliationRow, reason: string | null): Promise<ReconciliationRow> {
    const kept_time = reason === null ? null : row.kept_time;
    return this.say(row, { wanted_time: null, kept_time, reason });
  }

  /** Something was found on this day: by a former file, as long as none of this one is read. */
  isFoundAlready({ day }: ReconciliationRow): Promise<boolean> {
    return this.database.listing.statements((manager) => manager.existsBy(FindingRow, { day }));
  }

  /** Compares a part of the bill. `isAgain`: a former file may have said the same. */
  async compare(row: ReconciliationRow, page: BillPage, isAgain: boolean) {
    const { next_row } = page;
    await this.step(row, { next_row }, async (manager) => {
      const books = await OurBooks.of(manager, page.rows);
      const found = page.rows.flatMap((bill) => {
        const kind = findingOf(bill, books.oursOf(bill));
        return kind ? [{ kind, bill }] : [];
      });
      await books.mark(manager, row.day, page.rows);
      await this.findings.write(manager, row, await evidenceOf(manager, found));
      if (isAgain) await this.findings.uphold(manager, row, page.rows);
    });
    return { ...row, next_row };
  }

  /**
   * The bill has shown what it has: what it has not is found too. What happened within a minute of
   * midnight is in one of two bills, and judged by whichever is compared last.
   */
  async conclude(row: ReconciliationRow): Promise<ReconciliationRow> {
    const { day } = row;
    const read = <T>(ask: Work<T>) => this.database.listing.statements(ask);
    for await (const found of unshownPages(coreOf(day), { pageMax, read })) {
      await this.step(row, {}, (manager) => this.findings.write(manager, row, found));
    }
    // What comes of it is not said before what was found is dealt with.
    const done = { compared_time: new Date(), wanted_time: null, kept_time: null, reason: null };
    const change = { ...done, state: 'WAITING' } as const;
    await this.step(row, change, async (manager) => {
      const [before, after] = [daysAfter(day, -1), daysAfter(day, 1)];
      // They are locked until the end: of two neighbours at once the second sees the first.
      const where = { day: In([before, after]) };
      const lock = this.database.rowLock;
      const others = await manager.find(ReconciliationRow, {
        where,
        order: { day: 'ASC' },
        ...lock,
      });
      const isCompared = (other: string) =>
        others.some((each) => each.day === other && each.compared_time !== null);
      const edges = [
        ...(isCompared(before) ? [edgeBefore(day)] : []),
        ...(isCompared(after) ? [edgeBefore(after)] : []),
      ];
      for (const edge of edges) await this.sweep(manager, row, edge);
      const isFirst = !others.some((each) => each.day === before);
      if (isFirst && hasBill(before, new Date())) await this.lookBefore(manager, day);
    });
    return { ...row, ...change };
  }

  private async sweep(manager: EntityManager, row: ReconciliationRow, period: Period) {
    const read = <T>(ask: Work<T>) => ask(manager);
    for await (const found of unshownPages(period, { pageMax, read })) {
      await this.findings.write(manager, row, found);
    }
  }

  /** What happened just after midnight may stand in a bill that nobody wanted yet. */
  private async lookBefore(manager: EntityManager, day: string): Promise<void> {
    const read = <T>(ask: Work<T>) => ask(manager);
    for await (const _found of unshownPages(edgeBefore(day), { pageMax: 1, read })) {
      const before = daysAfter(day, -1);
      await insertRows(manager, ReconciliationRow, [ReconciliationRow.wanted(before, new Date())]);
      return;
    }
  }

  /** The file is not whole: nothing of it is compared. */
  async refuse(row: ReconciliationRow, change: Change): Promise<void> {
    const found = { kind: 'TOTALS', bill: null, ours: null } as const;
    await this.step(row, { ...change, state: 'REFUSED' }, (manager) =>
      this.findings.write(manager, row, [found]),
    );
  }

  /**
   * Findings of the day that still need something, oldest first. Once a file was compared, these
   * are also those of a former one that it does not say any more.
   */
  undone(row: ReconciliationRow, after: string, take: number): Promise<FindingRow[]> {
    const { day } = row;
    const bill_hash = judgedBy(row);
    return this.database.listing.statements((manager) =>
      manager
        .createQueryBuilder(FindingRow, 'f')
        .where({ day, ended: IsNull() })
        .andWhere('(f.done_time IS NULL OR f.bill_hash <> :bill_hash)', { bill_hash })
        .andWhere('f.finding_id > :after', { after })
        .orderBy('f.finding_id')
        .take(take)
        .getMany(),
    );
  }

  /** What has come of it, by how much was found; and how much of that still needs something. */
  judge(row: ReconciliationRow) {
    const { day, bill_hash } = row;
    return this.step(row, {}, async (manager) => {
      const standing = { day, ended: IsNull() };
      const found = await manager.countBy(FindingRow, standing);
      const undone = await manager.countBy(FindingRow, { ...standing, done_time: IsNull() });
      const state = found > 0 ? 'DIFFERENT' : bill_hash === null ? 'NO_BILL' : 'MATCHED';
      await manager.update(ReconciliationRow, { day }, { state });
      return { state, found, undone };
    });
  }
}

const heldUntil = () => new Date(Date.now() + holdMs);

/** The file whose word counts: nothing is ended by one that is not read to its end. */
const judgedBy = ({ compared_time, bill_hash }: ReconciliationRow) =>
  compared_time === null ? null : bill_hash;

/** A newer file of its day was compared, and does not say it any more. */
export function isFormer({ bill_hash }: FindingRow, row: ReconciliationRow): boolean {
  const judging = judgedBy(row);
  return judging !== null && bill_hash !== null && bill_hash !== judging;
}

async function forgetFindings(manager: EntityManager, day: string): Promise<boolean> {
  const rows = await manager.find(FindingRow, {
    where: { day, done_time: IsNull(), done: '' },
    order: { finding_id: 'ASC' },
    take: pageMax,
  });
  const finding_id = In(rows.map((row) => row.finding_id));
  if (rows.length > 0) await manager.delete(FindingRow, { finding_id });
  return rows.length > 0;
}
