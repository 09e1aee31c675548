const eightHoursMs = 8 * 3_600_000;

/** yyyyMMddHHmmss, as WeChat writes times, in Beijing. */
export function beijingTime(ms: number): string {
  return new Date(ms + eightHoursMs).toISOString().replace(/[-:T]/g, '').slice(0, 14);
}
