import { Injectable } from '@nestjs/common';
import { AnomalyKind } from '@saoma/contracts/operator';
import { startOfBeijingDay } from '@saoma/platform/beijing';
import { within } from '@saoma/platform/within';
import { type EntityManager, MoreThanOrEqual } from 'typeorm';
import { Clock } from '../clock/clock';
import { Database } from '../database/database';
import { AnomalyRow } from '../ledger/anomaly.entity';
import { DeliveryRow } from '../ledger/delivery.entity';
import { endOf, PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { bookMetrics } from '../metrics';
import { daysAfter, firstKept, readyFrom } from '../reconcile/bill-day';
import { ReconciliationRow } from '../reconcile/reconciliation.entity';

/** Whoever asks again within this time hears the same. */
const freshSeconds = 5;
/** A database that needs longer is told as away. */
const readMsMax = 2_000;
/** Of each kind of rows so many are read at most. */
const rowsMax = 200;

type Facts = Awaited<ReturnType<BookGauges['read']>>;

/**
 * What only the books know, read when somebody asks how it stands and not before: by indices, and
 * of each kind a bounded number of rows. It takes the turns of lists, after everything else.
 */
@Injectable()
export class BookGauges {
  private asked: { readonly atMs: number; readonly facts: Promise<Facts | undefined> } | undefined;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    const { up, ...others } = bookMetrics;
    up.read(async () => ((await this.facts()) ? 1 : 0));
    others.anomalies.read(async () => (await this.facts())?.anomalies);
    others.lags.read(async () => (await this.facts())?.lags);
    others.unpaid.read(async () => (await this.facts())?.unpaid);
    others.overdue.read(async () => (await this.facts())?.overdue);
    others.unknown.read(async () => (await this.facts())?.unknown);
    others.outbox.read(async () => (await this.facts())?.outbox);
    others.lastDay.read(async () => (await this.facts())?.lastDay);
    others.overdueDay.read(async () => (await this.facts())?.overdueDay);
    others.refunds.read(async () => (await this.facts())?.refunds);
  }

  /** All gauges of one answer read the same; undefined: they cannot be had now. */
  facts(): Promise<Facts | undefined> {
    const nowMs = performance.now();
    if (!this.asked || nowMs - this.asked.atMs > freshSeconds * 1_000) {
      const reading = this.database.listing.statements((manager) => this.read(manager));
      const facts = reading.catch(() => undefined);
      this.asked = { atMs: nowMs, facts: within(readMsMax, facts) };
    }
    return this.asked.facts;
  }

  private async read(manager: EntityManager) {
    const now = new Date();
    return {
      anomalies: await openAnomalies(manager),
      lags: await this.clock.lags(manager, now),
      ...(await oldestPayments(manager, now)),
      outbox: await oldestMessage(manager, now),
      refunds: await oldestRefund(manager, now),
      ...(await comparedDays(manager, now)),
    };
  }
}

async function openAnomalies(manager: EntityManager): Promise<Record<AnomalyKind, number>> {
  const open = await manager.find(AnomalyRow, {
    where: { state: 'OPEN' },
    order: { anomaly_id: 'DESC' },
    take: rowsMax,
  });
  const none = Object.fromEntries(AnomalyKind.options.map((kind) => [kind, 0]));
  const counts = none as Record<AnomalyKind, number>;
  for (const { kind } of open) counts[kind] += 1;
  return counts;
}

/** What is not settled stays behind among the oldest. */
async function oldestPayments(manager: EntityManager, now: Date) {
  const rows = await manager.find(PayLogRow, {
    where: { trade_state: '0' },
    order: { create_time: 'ASC', out_trade_no: 'ASC' },
    take: rowsMax,
  });
  return {
    unpaid: ageOf(
      rows.map(({ create_time }) => create_time),
      now,
    ),
    overdue: ageOf(rows.map(endOf), now),
    unknown: ageOf(
      rows.flatMap((row) => [row.unknown_time, row.code_unknown_time]),
      now,
    ),
  };
}

/** One that was tried often waits longest for its next try, and one that never was is due first. */
async function oldestMessage(manager: EntityManager, now: Date): Promise<number> {
  const times: Date[] = [];
  for (const next_try_time of ['ASC', 'DESC'] as const) {
    const rows = await manager.find(DeliveryRow, {
      where: { state: 'PENDING' },
      order: { next_try_time },
      take: rowsMax,
    });
    times.push(...rows.map(({ create_time }) => create_time));
  }
  return ageOf(times, now);
}

async function oldestRefund(manager: EntityManager, now: Date): Promise<number> {
  const times: Date[] = [];
  for (const next_look_time of ['ASC', 'DESC'] as const) {
    const rows = await manager.find(RefundRow, {
      where: { status: 'PROCESSING' },
      order: { next_look_time },
      take: rowsMax,
    });
    times.push(...rows.map(({ create_time }) => create_time));
  }
  return ageOf(times, now);
}

/** Nobody can have the bill of a day any more that is given up. */
async function comparedDays(manager: EntityManager, now: Date) {
  const days = await manager.find(ReconciliationRow, {
    select: { day: true, wanted_time: true, compared_time: true, next_try_time: true },
    where: { day: MoreThanOrEqual(firstKept(now)) },
    order: { day: 'DESC' },
    take: rowsMax,
  });
  const last = days.find(({ compared_time }) => compared_time !== null);
  const waiting = days.flatMap(({ day, wanted_time, next_try_time }) => {
    if (wanted_time === null || next_try_time === null) return [];
    return [readyFrom(day) > wanted_time ? readyFrom(day) : wanted_time];
  });
  const over = last && startOfBeijingDay(daysAfter(last.day, 1));
  return { lastDay: over && over.getTime() / 1_000, overdueDay: ageOf(waiting, now) };
}

/** Seconds since the earliest of these times; 0: there is none that is over. */
function ageOf(times: readonly (Date | null)[], now: Date): number {
  const ages = times.map((time) => (time ? (now.getTime() - time.getTime()) / 1_000 : 0));
  return Math.max(0, ...ages);
}
