/** A page's JSON in UTF-8: well below the longest frame between services, and soon sent. */
const pageBytesMax = 512 * 1024;

interface Kind<Key extends string, Row, Shown> {
  /** How many rows were asked for, less one. */
  readonly limit: number;
  /** The column that the list is sorted by. */
  readonly key: Key;
  readonly show: (row: Row) => Shown;
}

interface PageOf<Shown> {
  readonly page: Shown[];
  /** Where the next page begins; null: this is the last one. */
  readonly cursor: string | null;
}

/**
 * One page of rows that were asked for with one more than `limit`: that one is the next page's. A
 * page of long rows ends earlier, with its cursor; the first row is shown however long it is.
 */
export function pageOf<Key extends string, Row extends Record<Key, string>, Shown>(
  rows: readonly Row[],
  { limit, key, show }: Kind<Key, Row, Shown>,
): PageOf<Shown> {
  const page = fitting(pageBytesMax, rows.slice(0, limit).map(show));
  const last = rows.length > page.length ? rows[page.length - 1] : undefined;
  return { page, cursor: last?.[key] ?? null };
}

/** The first of these, as many as have at most so many bytes as JSON, but at least one. */
function fitting<T>(bytesMax: number, values: readonly T[]): T[] {
  let bytes = 0;
  const end = values.findIndex((value, index) => {
    bytes += Buffer.byteLength(JSON.stringify(value));
    return bytes > bytesMax && index > 0;
  });
  return values.slice(0, end < 0 ? values.length : end);
}
