import { beijingTime } from '@saoma/platform/beijing';

/**
 * An ISO 8601 moment as WeChat v2's `yyyyMMddHHmmss`: Beijing's time, without saying so; fractions
 * of a second are cut off.
 */
export function toBeijingTime(moment: string): string {
  return beijingTime(Date.parse(moment)).replace(/[-T:]/g, '');
}

/** WeChat's `yyyyMMddHHmmss` as ISO 8601; undefined when this century has no such date or time. */
export function fromBeijingTime(text: string): string | undefined {
  const parts = /^(20[0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})$/.exec(text);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const moment = `${year}-${month}-${day}T${hour}:${minute}:${second}+08:00`;
  // JavaScript takes 30 February for 1 March: only what comes back unchanged is a date.
  return Number.isNaN(Date.parse(moment)) || toBeijingTime(moment) !== text ? undefined : moment;
}
