import { beijingTime } from '@saoma/platform/beijing';

/** Beijing time as WeChat v3 takes it, RFC 3339; fractions of a second are cut off. */
export function toRfc3339(unixMs: number): string {
  return `${beijingTime(unixMs)}+08:00`;
}
