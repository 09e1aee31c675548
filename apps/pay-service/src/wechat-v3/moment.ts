const offsetMs = 8 * 3_600_000;

/** Beijing time as WeChat v3 takes it, RFC 3339; fractions of a second are cut off. */
export function toRfc3339(unixMs: number): string {
  return `${new Date(unixMs + offsetMs).toISOString().slice(0, 19)}+08:00`;
}
