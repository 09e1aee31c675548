/** WeChat v2 speaks Beijing time without saying so: UTC+8 all year, whatever this host's zone. */
const offsetMs = 8 * 3_600_000;

/** An ISO 8601 moment as WeChat's `yyyyMMddHHmmss`; fractions of a second are cut off. */
export function toBeijingTime(moment: string): string {
  const shifted = new Date(Date.parse(moment) + offsetMs);
  return shifted.toISOString().slice(0, 19).replace(/[-T:]/g, '');
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
