/** WeChat's days and times are Beijing's: UTC+8 all year, whatever this host's zone. */
const aheadMs = 8 * 3_600_000;

/** A moment by Beijing's clock, `yyyy-MM-ddTHH:mm:ss`; fractions of a second are cut off. */
export function beijingTime(unixMs: number): string {
  return new Date(unixMs + aheadMs).toISOString().slice(0, 19);
}

/** The day in Beijing, `yyyy-MM-dd`. */
export function beijingDay(unixMs: number): string {
  return beijingTime(unixMs).slice(0, 10);
}

/** The first moment of such a day. */
export function startOfBeijingDay(day: string): Date {
  return new Date(`${day}T00:00:00+08:00`);
}
