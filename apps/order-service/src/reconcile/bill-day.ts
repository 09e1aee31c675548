import { beijingDay, startOfBeijingDay } from '@saoma/platform/beijing';

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** WeChat makes the file from nine o'clock on; it is asked for from a quarter past ten on. */
const readyAfterMs = dayMs + 10 * 3_600_000 + 15 * minuteMs;
/** WeChat keeps a bill for three months. */
const keptDaysMax = 90;
/** A moment so near to midnight may stand in the bill of either day. */
const edgeMs = minuteMs;

/** The day in Beijing, yyyy-MM-dd. */
export function dayOf(time: Date): string {
  return beijingDay(time.getTime());
}

export function daysAfter(day: string, days: number): string {
  return dayOf(new Date(startOfBeijingDay(day).getTime() + days * dayMs));
}

/** From when on the bill of this day is asked for. */
export function readyFrom(day: string): Date {
  return new Date(startOfBeijingDay(day).getTime() + readyAfterMs);
}

/** The latest day whose bill can be asked for by the clock. */
export function lastReady(now: Date): string {
  return dayOf(new Date(now.getTime() - readyAfterMs));
}

/** The earliest day whose bill WeChat still has. */
export function firstKept(now: Date): string {
  return daysAfter(dayOf(now), -keptDaysMax);
}

/** Whether WeChat can have a bill of it: it is over, and not too long ago. */
export function hasBill(day: string, now: Date): boolean {
  return day < dayOf(now) && day >= firstKept(now);
}

export interface Period {
  /** The first moment of it. */
  readonly from: Date;
  /** The first moment after it. */
  readonly to: Date;
}

const around = (moment: Date, beforeMs: number, afterMs: number): Period => ({
  from: new Date(moment.getTime() - beforeMs),
  to: new Date(moment.getTime() + afterMs),
});

/** What happened then stands in the bill of this day and in no other. */
export function coreOf(day: string): Period {
  return around(startOfBeijingDay(day), -edgeMs, dayMs - edgeMs);
}

/** What happened then stands in the bill of this day or of the day before. */
export function edgeBefore(day: string): Period {
  return around(startOfBeijingDay(day), edgeMs, edgeMs);
}
