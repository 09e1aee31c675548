interface PageOf<Row> {
  readonly page: readonly Row[];
  /** Where the next page begins; null: this is the last one. */
  readonly cursor: string | null;
}

/** One page of rows that were asked for with one more than `limit`: that one is the next page's. */
export function pageOf<Key extends string, Row extends Record<Key, string>>(
  rows: readonly Row[],
  limit: number,
  key: Key,
): PageOf<Row> {
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { page, cursor: last?.[key] ?? null };
}
