import { isDeepStrictEqual } from 'node:util';
import { beijingDate, nextInBeijing } from '../../support/beijing-time';
import { expected } from '../../support/http';
import type { Shopper } from '../../support/shopper';
import type { System } from '../../support/system';
import { until } from '../../support/until';
import { type Comparison, daysIn, reconciliation } from '../invariants/bills';
import { told } from '../invariants/oracle';
import type { Snapshot } from '../invariants/snapshot';

/** Twenty past ten: the bill of the day before is asked for. */
const sinceMidnightMs = 10 * 3_600_000 + 20 * 60_000;
const comparedMsMax = 60_000;
/** So often, what waits for its time is due. */
const dueEveryMs = 2_000;

/** Who lives in these days, with both books. */
export interface Place {
  readonly system: System;
  readonly operator: Shopper;
  look(): Promise<Snapshot>;
  /** Turns the clocks. */
  turnClocks(ms: number): Promise<void>;
  /** Repeats what was not answered. */
  persist<T>(request: () => Promise<T>): Promise<T>;
}

/** The morning after: days that were not compared yet are over, and their bills are there. */
export class Morning {
  private constructor(
    private readonly place: Place,
    readonly days: readonly string[],
    readonly earlier: readonly string[],
    private readonly before: Snapshot,
  ) {}

  /** Turns the clocks to it. Their owner must not turn them back before it is over. */
  static async comes(place: Place): Promise<Morning> {
    const { system } = place;
    const before = await place.look();
    const compared = await system.rows('SELECT day FROM tb_reconciliation');
    const earlier = compared.map(({ day }) => `${day}`);
    const midnightMs = nextInBeijing(await system.sandbox.now(), 0);
    const nowMs = nextInBeijing(midnightMs, sinceMidnightMs);
    const isNew = (day: string) => day < beijingDate(nowMs) && !earlier.includes(day);
    await place.turnClocks(nowMs);
    return new Morning(place, daysIn(before).filter(isNew), earlier, before);
  }

  /** An operator has the days compared, again if they were before. */
  async asks(): Promise<void> {
    const { operator } = this.place;
    for (const day of this.days) {
      await this.place.persist(async () => {
        expected(202, await operator.ask('POST', `/api/reconciliations/${day}`));
        return true;
      });
    }
  }

  /** Resolves when all of them are compared, kept and left alone. */
  async isOver(): Promise<void> {
    const { system } = this.place;
    let dueAt = Date.now() + dueEveryMs;
    await until(
      `${this.days} to be compared`,
      async () => {
        if (Date.now() > dueAt) {
          await system.rows(allDue(system));
          dueAt = Date.now() + dueEveryMs;
        }
        return (await this.read()).every(({ isOver }) => isOver);
      },
      comparedMsMax,
    );
  }

  /** What is broken once it is over: nothing may be. Asked for again, nothing may change. */
  async broken(): Promise<string[]> {
    const [first, files] = [await this.comparison(), await this.files()];
    const after = await this.place.look();
    const broken = reconciliation(this, { before: this.before, after }, first).map(told);
    await this.asks();
    await this.isOver();
    const [second, filesAgain] = [await this.comparison(), await this.files()];
    const twice = [...filesAgain].filter(([file, time]) => (files.get(file) ?? time) !== time);
    const isSame = isDeepStrictEqual(first.findings, second.findings);
    return [
      ...broken,
      ...twice.map(([file]) => `INV-19: the same file was compared twice: ${file}`),
      ...(isSame ? [] : ['INV-19: what was found is not the same when it is asked for again']),
    ];
  }

  /** All of it where nobody dies. */
  static async passes(place: Place): Promise<string[]> {
    const morning = await Morning.comes(place);
    await morning.asks();
    await morning.isOver();
    return morning.broken();
  }

  private get these(): string {
    return `WHERE day IN (${this.days.map((day) => `'${day}'`).join(',') || 'NULL'})`;
  }

  private async read(): Promise<Comparison['days']> {
    const { system } = this.place;
    const days = await system.rows(`SELECT * FROM tb_reconciliation ${this.these}`);
    return days.map(({ day, state, bill_rows, wanted_time, next_try_time }) => ({
      day: `${day}`,
      state: `${state}`,
      rows: Number(bill_rows),
      isOver: wanted_time === null && next_try_time === null,
    }));
  }

  /** When each day was compared with which file. */
  private async files(): Promise<ReadonlyMap<string, string>> {
    const rows = await this.place.system.rows(
      `SELECT day, bill_hash, CAST(compared_time AS CHAR) AS time
        FROM tb_reconciliation ${this.these} AND bill_hash IS NOT NULL`,
    );
    return new Map(rows.map(({ day, bill_hash, time }) => [`${day}, ${bill_hash}`, `${time}`]));
  }

  private async comparison(): Promise<Comparison> {
    const { system } = this.place;
    const findings = await system.rows(
      `SELECT * FROM tb_reconciliation_finding ${this.these} AND ended IS NULL
        ORDER BY finding_id`,
    );
    const standing = await system.rows(
      'SELECT * FROM tb_reconciliation_finding WHERE ended IS NULL',
    );
    const payments = await system.rows('SELECT out_trade_no, bill_day FROM tb_paylog');
    const refunds = await system.rows('SELECT out_refund_no, bill_day FROM tb_refund');
    const shown = (name: string, day: unknown) => [name, day === null ? null : `${day}`] as const;
    return {
      days: await this.read(),
      findings: findings.map(({ finding_id, done_time, day, ...number }) => ({
        finding_id: `${finding_id}`,
        day: `${day}`,
        ...numbersOf(number),
        isDone: done_time !== null,
      })),
      standing: standing.map(numbersOf),
      shownBy: new Map([
        ...payments.map((row) => shown(`payment ${row.out_trade_no}`, row.bill_day)),
        ...refunds.map((row) => shown(`refund ${row.out_refund_no}`, row.bill_day)),
      ]),
    };
  }
}

const numbersOf = ({ out_trade_no, out_refund_no }: Record<string, unknown>) => ({
  out_trade_no: `${out_trade_no}`,
  out_refund_no: `${out_refund_no}`,
});

/** A day that a dead process has held, or that waits for its next try, is due: minutes pass. */
function allDue({ clock }: System): string {
  const now = `(UTC_TIMESTAMP(3) + INTERVAL ${(clock?.aheadMs ?? 0) / 1_000} SECOND)`;
  return `UPDATE tb_reconciliation SET next_try_time = ${now} WHERE next_try_time > ${now}`;
}
