import { beijingDay, readBeijingTime } from '../clock';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** The file of a day is made from nine o'clock of the next day on. */
const madeAfterMs = dayMs + 9 * hourMs;
/** Bills of the last three months can be had. */
const keptMs = 92 * dayMs;

/** A day whose bill is asked for. */
export interface Day {
  /** Whether it is over, and not too long ago. */
  readonly isKept: boolean;
  readonly isMade: boolean;
  /** When its file is made: refunds are listed as they stand then. */
  readonly made_ms: number;
}

/** @param bill_date yyyyMMdd */
export function dayOf(bill_date: string, now: number): Day {
  const start = readBeijingTime(`${bill_date}000000`) ?? now;
  const ageMs = now - start;
  const made_ms = start + madeAfterMs;
  return {
    isKept: ageMs >= dayMs && ageMs <= keptMs && bill_date < beijingDay(now),
    isMade: now >= made_ms,
    made_ms,
  };
}
