/** Clocks of several instances differ by less than this. */
export const clocksApartMsMax = 5_000;

/** The last time that can be meant as at most `spanMsMax` ahead, by whichever instance's clock. */
export function latestMeant(now: Date, spanMsMax = 0): Date {
  return new Date(now.getTime() + spanMsMax + clocksApartMsMax);
}

/**
 * Whether a time that was written as at most `spanMsMax` ahead is still to come. One that lies
 * further ahead was written by a clock that has been set back since: nobody waits for it.
 */
export function isToCome(time: Date | null, now: Date, spanMsMax: number): boolean {
  return time !== null && now < time && time <= latestMeant(now, spanMsMax);
}

/** `isToCome` in SQL, where `:now` is a value too; `latest` names the value of `latestMeant`. */
export const toComeSql = (column: string, latest: string) =>
  `(${column} > :now AND ${column} <= :${latest})`;
