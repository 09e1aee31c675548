/** Fees have five decimals, though usually they are whole fen: so sums are exact in this unit. */
export const milliFenPerFen = 1_000;

/**
 * An amount in yuan as WeChat's files spell it (`45`, `45.0`, `-0.02000`) in thousandths of a fen;
 * undefined for what is none. Its digits are read as they stand: no fraction of a number is.
 */
export function milliFenOf(text: string): number | undefined {
  const parts = /^(-?)([0-9]{1,10})(?:\.([0-9]{1,5}))?$/.exec(text);
  if (!parts) return undefined;
  const [, sign, yuan = '', decimals = ''] = parts;
  const milliFen = Number(yuan + decimals.padEnd(5, '0'));
  // Not `-milliFen` alone: nothing is never below nothing.
  return sign && milliFen !== 0 ? -milliFen : milliFen;
}

/** A whole number, which is spelled as loosely (`6`, `6.0`). */
export function countOf(text: string): number | undefined {
  const parts = /^([0-9]{1,10})(?:\.0+)?$/.exec(text);
  return parts ? Number(parts[1]) : undefined;
}

/** Half a fen counts as one, up or down from nothing. */
export function fenOf(milliFen: number): number {
  const fen = Math.round(Math.abs(milliFen) / milliFenPerFen);
  return milliFen < 0 && fen !== 0 ? -fen : fen;
}
