const eightHoursMs = 8 * 3_600_000;
const dayMs = 86_400_000;

/** yyyyMMddHHmmss, as WeChat writes times, in Beijing. */
export function beijingTime(ms: number): string {
  return new Date(ms + eightHoursMs).toISOString().replace(/[-:T]/g, '').slice(0, 14);
}

/** yyyy-MM-dd, the day in Beijing. */
export function beijingDate(ms: number): string {
  return new Date(ms + eightHoursMs).toISOString().slice(0, 10);
}

/** yyyy-MM-dd HH:mm:ss, as a bill writes times, in Beijing. */
export function beijingDateTime(ms: number): string {
  return new Date(ms + eightHoursMs).toISOString().replace('T', ' ').slice(0, 19);
}

/** When it is next so long after midnight in Beijing. */
export function nextInBeijing(afterMs: number, sinceMidnightMs: number): number {
  const shiftMs = eightHoursMs - sinceMidnightMs;
  return (Math.floor((afterMs + shiftMs) / dayMs) + 1) * dayMs - shiftMs;
}
