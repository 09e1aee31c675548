/**
 * An amount of WeChat's in fen; undefined for what is none. Only digits are an amount: never
 * `101.0`, `1e2`, `0x65` or `007`.
 */
export function fenOf(text: string | undefined): number | undefined {
  return text !== undefined && /^(0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : undefined;
}
