import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import type { Output } from '@saoma/contracts/define';
import type { payService } from '@saoma/contracts/pay';
import { crashPoint } from '../crash-point';
import { orUnknown, PayClient } from '../payments/pay-client';
import { dayOf, hasBill, readyFrom } from './bill-day';
import { BillFiles } from './bill-files';
import { Findings } from './findings';
import { type Healed, Healing } from './healing';
import type { FindingRow, ReconciliationRow } from './reconciliation.entity';
import { isFormer, Overtaken, ReconciliationBook } from './reconciliation-book';

/** Between two tries: ever longer, by this share of the time since the bill is wanted. */
const growth = 0.1;
const pauseMsMin = 60_000;
const pauseMsMax = 1_800_000;
/** WeChat wants half an hour while it makes a file. */
const creatingPauseMs = 1_800_000;
/** A file that is not whole may be made anew. */
const refusedPauseMs = 21_600_000;
/** A file that changes more often while it is read is one for the next try. */
const changesMax = 3;
/** Differences that are dealt with at the same time: WeChat is asked about most of them. */
const healedAtOnceMax = 20;

type Answer = Output<typeof payService, 'billRows'>;
type NoFile = Exclude<Answer, { outcome: 'success' | 'changed' }>;

/**
 * Compares the books of one day with WeChat's bill (对账), from wherever it has come to, until
 * there is nothing left to do or something has to be waited for.
 */
@Injectable()
export class Reconciliation implements BeforeApplicationShutdown {
  private readonly logger = new Logger('reconciliation');
  private isStopping = false;

  constructor(
    private readonly pay: PayClient,
    private readonly book: ReconciliationBook,
    private readonly healing: Healing,
    private readonly findings: Findings,
    private readonly files: BillFiles,
  ) {}

  beforeApplicationShutdown(): void {
    this.isStopping = true;
  }

  async carryOn(due: ReconciliationRow): Promise<void> {
    try {
      const row = await this.book.hold(due);
      const compared = row.wanted_time === null ? row : await this.compare(row);
      if (!compared) return;
      await this.book.step(compared, {}, (m) => this.findings.endRefusal(m, compared));
      if (!(await this.heal(compared))) return;
      const isDone = await this.finish(compared);
      const areKept = await this.files.keep(compared);
      await this.release(compared, isDone && areKept);
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error;
    }
  }

  /** Undefined: it goes on another time. */
  private async compare(row: ReconciliationRow): Promise<ReconciliationRow | undefined> {
    const { day } = row;
    // A clock that was ahead has wanted it.
    if (day >= dayOf(new Date())) return this.wait(row, { next_try_time: readyFrom(day) });
    if (isRead(row)) return this.conclude(row);
    const isAgain = await this.book.isFoundAlready(row);
    let current = row;
    let next: Answer | undefined;
    for (let changes = 0; changes < changesMax; ) {
      if (this.isStopping) return this.wait(current, { next_try_time: new Date() });
      const answer: Answer = next ?? (await this.rowsFrom(current));
      next = undefined;
      if (answer.outcome === 'changed') {
        changes += 1;
        current = await this.book.say(current, { next_row: 0 });
        continue;
      }
      if (answer.outcome !== 'success') return this.withoutFile(current, answer);
      if (answer.bill_hash === current.bill_hash && current.compared_time !== null) {
        return this.book.same(current, null);
      }
      if (answer.bill_hash !== current.bill_hash) current = await this.book.begin(current, answer);
      const { next_row } = answer;
      // The pay service makes the next rows ready while the database compares these.
      [current, next] = await Promise.all([
        this.book.compare(current, answer, isAgain),
        next_row === null ? undefined : this.rowsFrom({ ...current, next_row }),
      ]);
      if (next_row === null) return this.conclude(current);
    }
    return this.wait(current, { ...this.later(current), reason: 'the file keeps changing' });
  }

  private rowsFrom(row: ReconciliationRow): Promise<Answer> {
    const { day, next_row, bill_hash, wanted_time } = row;
    const from_row = next_row ?? 0;
    const place = { from_row, bill_hash: from_row > 0 ? bill_hash : null };
    const wanted = { day, wanted_time: wanted_time?.toISOString() };
    return orUnknown(this.pay.billRows({ ...wanted, ...place }));
  }

  private async conclude(row: ReconciliationRow): Promise<ReconciliationRow> {
    const endFrom = (after: string) =>
      this.book.step(row, {}, (manager) => this.findings.endShown(manager, row, after));
    for (let after: string | null = ''; after !== null; ) after = await endFrom(after);
    return this.book.conclude(row);
  }

  private async withoutFile(row: ReconciliationRow, answer: NoFile) {
    if (answer.outcome === 'none') {
      if (row.bill_hash !== null) {
        const reason = 'WeChat has it no more';
        if (row.compared_time !== null) return this.book.same(row, reason);
        // Of a file that is not read to its end nothing is said, least of all that there is none.
        return this.wait(row, { ...this.later(row), reason });
      }
      return this.conclude(row.compared_time ? row : await this.book.begin(row, null));
    }
    const now = Date.now();
    if (answer.outcome === 'creating') {
      const next_try_time = new Date(now + creatingPauseMs);
      return this.wait(row, { next_try_time, reason: 'WeChat is still making it' });
    }
    if (answer.outcome === 'refused') {
      const next_try_time = new Date(now + refusedPauseMs);
      await this.book.refuse(row, { reason: clipped(answer.reason) });
      this.logger.warn({ msg: 'a bill is not whole', day: row.day, why: answer.reason });
      await this.heal(row);
      return this.wait(row, { next_try_time });
    }
    const why = answer.outcome === 'no' ? `${answer.err_code}: ${answer.err_code_des}` : undefined;
    const reason = clipped(why ?? ('reason' in answer ? answer.reason : ''));
    this.logger.warn({ msg: 'a bill cannot be had, it will be tried again', day: row.day, reason });
    return this.wait(row, { ...this.later(row), reason });
  }

  /** It goes on then, as long as WeChat has a bill of it at all. */
  private async wait(
    row: ReconciliationRow,
    change: Pick<ReconciliationRow, 'next_try_time'> & Partial<ReconciliationRow>,
  ): Promise<undefined> {
    const isGone = row.day < dayOf(new Date()) && !hasBill(row.day, new Date());
    await this.book.say(row, isGone ? { ...change, next_try_time: null } : change);
  }

  private later({ wanted_time, compared_time }: ReconciliationRow) {
    const now = Date.now();
    const since = wanted_time ?? compared_time;
    const grownMs = since ? (now - since.getTime()) * growth : 0;
    const pauseMs = Math.min(pauseMsMax, Math.max(pauseMsMin, grownMs));
    return { next_try_time: new Date(now + pauseMs) };
  }

  /** False: the process stops. */
  private async heal(row: ReconciliationRow): Promise<boolean> {
    for (let after = ''; ; ) {
      const undone = await this.book.undone(row, after, healedAtOnceMax);
      const last = undone.at(-1);
      if (!last) return true;
      if (this.isStopping) {
        await this.wait(row, { next_try_time: new Date() });
        return false;
      }
      const healed = await Promise.all(
        undone.map(async (finding) => ({ finding, is: await this.healed(row, finding) })),
      );
      await crashPoint('bill.healed');
      await this.book.step(row, {}, async (manager) => {
        for (const { finding, is } of healed) await this.findings.settle(manager, finding, is);
      });
      after = last.finding_id;
    }
  }

  private healed(row: ReconciliationRow, finding: FindingRow): Promise<Healed> {
    const { healing } = this;
    return isFormer(finding, row) ? healing.healFormer(finding, row) : healing.heal(finding);
  }

  /** Says what has come of it; false: something of it is left to do. */
  private async finish(row: ReconciliationRow): Promise<boolean> {
    const { day } = row;
    const { state, found, undone } = await this.book.judge(row);
    this.logger.log({ msg: 'compared with the bill', day, state, rows: row.bill_rows, found });
    return undone === 0;
  }

  private async release(row: ReconciliationRow, isDone: boolean): Promise<void> {
    const isOpen = !isDone && hasBill(row.day, new Date());
    const next_try_time = isOpen ? this.later(row).next_try_time : null;
    await this.book.say(row, { next_try_time, attempt: null });
  }
}

/** All rows of its file are compared, and what the file has not is still to be found. */
function isRead({ bill_hash, next_row, compared_time }: ReconciliationRow): boolean {
  return bill_hash !== null && next_row === null && compared_time === null;
}

const clipped = (reason: string) => [...reason].slice(0, 200).join('');
