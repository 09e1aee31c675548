import { Injectable } from '@nestjs/common';
import type { OrderInput } from '@saoma/contracts/order';
import type { Counts, Statistics } from '@saoma/contracts/statistics';
import { startOfBeijingDay } from '@saoma/platform/beijing';
import { Newest } from '@saoma/platform/newest';
import { Database } from '../database/database';
import { select } from '../database/rows';
import { heldSql } from '../ledger/pay-log.entity';
import type { TradeDigit } from '../ledger/trade-state';

/** Payments of one day that are counted: so many cost a database less than a second. */
const paymentsMax = 200_000;
/** Many pages that look at one day ask the database once in so long. */
const keptMs = 5_000;
const daysKeptMax = 20;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** One group of the day's payments: of an hour by UTC, in one state. */
interface Group {
  readonly hour: number;
  readonly trade_state: TradeDigit;
  readonly payments: number;
  readonly total_fee: number;
  readonly held: number;
  readonly refunded: number;
  readonly refund_fee: number;
  /** Those of which both times are known, and their milliseconds. */
  readonly timed: number;
  readonly ms: number;
}

interface Kept {
  readonly untilMs: number;
  readonly figures: Promise<Statistics>;
}

/** The payments of a day in figures. */
@Injectable()
export class StatisticsService {
  private readonly kept = new Newest<string, Kept>(daysKeptMax);

  constructor(private readonly database: Database) {}

  statistics({ day }: OrderInput<'statistics'>): Promise<Statistics> {
    const now = performance.now();
    const before = this.kept.get(day);
    if (before && before.untilMs > now) return before.figures;
    const figures = this.count(day);
    this.kept.set(day, { figures, untilMs: now + keptMs });
    figures.catch(() => this.kept.delete(day));
    return figures;
  }

  private async count(day: string): Promise<Statistics> {
    const from = startOfBeijingDay(day);
    const to = new Date(from.getTime() + dayMs);
    const ms = this.database.msBetween('first_code_time', 'pay_time');
    const sql = `SELECT hour, trade_state, COUNT(*) AS payments, SUM(total_fee) AS total_fee,
        SUM(held) AS held,
        SUM(CASE WHEN refund_fee > 0 THEN 1 ELSE 0 END) AS refunded,
        SUM(refund_fee) AS refund_fee, COUNT(ms) AS timed, SUM(ms) AS ms
      FROM (SELECT SUBSTR(create_time, 12, 2) AS hour, trade_state, total_fee, refund_fee,
          CASE WHEN ${heldSql} THEN 1 ELSE 0 END AS held,
          CASE WHEN trade_state IN ('1', '3') AND pay_time >= first_code_time THEN ${ms} END AS ms
        FROM tb_paylog WHERE create_time >= :from AND create_time < :to
        ORDER BY create_time, out_trade_no LIMIT ${paymentsMax}) AS made
      GROUP BY hour, trade_state`;
    const rows = await this.database.listing.statements((m) => select(m, sql, { from, to }));
    const groups = rows.map(groupOf);
    const hours = Array.from({ length: 24 }, (_, hour) => ({
      hour,
      ...counted(groups.filter((group) => beijingHour(group, from) === hour)),
    }));
    const all = counted(groups);
    const decided = all.paid + all.closed;
    return {
      day,
      ...all,
      success_rate: decided === 0 ? null : all.paid / decided,
      is_whole: all.payments < paymentsMax,
      hours,
    };
  }
}

/** A server gives sums as texts. */
function groupOf({ trade_state, ...sums }: Record<string, unknown>): Group {
  const numbers = Object.entries(sums).map(([name, sum]) => [name, Number(sum ?? 0)]);
  return { trade_state, ...Object.fromEntries(numbers) } as Group;
}

const beijingHour = ({ hour }: Group, midnight: Date) => (hour - midnight.getUTCHours() + 24) % 24;

function counted(groups: readonly Group[]): Counts {
  const sum = (name: Exclude<keyof Group, 'trade_state'>, digits = '0123') =>
    groups
      .filter(({ trade_state }) => digits.includes(trade_state))
      .reduce((total, group) => total + group[name], 0);
  const timed = sum('timed');
  return {
    payments: sum('payments'),
    total_fee: sum('total_fee'),
    paid: sum('payments', '13'),
    paid_fee: sum('total_fee', '13'),
    waiting: sum('payments', '0'),
    closed: sum('payments', '2'),
    held: sum('held'),
    // Late money was never counted as paid: what went back of it would be missing there.
    refunded: sum('refunded', '13'),
    refund_fee: sum('refund_fee', '13'),
    code_to_paid_ms: timed === 0 ? null : Math.round(sum('ms') / timed),
  };
}
