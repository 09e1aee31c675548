/** Fen as a person reads them: `68.10`, `-0.05`. */
export function yuan(fen: number): string {
  const digits = String(Math.abs(fen)).padStart(3, '0');
  const text = `${digits.slice(0, -2)}.${digits.slice(-2)}`;
  return fen < 0 ? `-${text}` : text;
}
