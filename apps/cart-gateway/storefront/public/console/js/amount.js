// Yuan as people type them.

const yuanDigitsMax = 7;
const pattern = new RegExp(`^([0-9]{1,${yuanDigitsMax}})(?:\\.([0-9]{1,2}))?$`);

/**
 * `59.9` as 5990 fen; null if it is no amount. Digits are moved, not multiplied: no binary float
 * comes near money.
 */
export function fenOf(text) {
  const [, yuan, fen = ''] = pattern.exec(text.trim().replace(/^[￥¥]/, '')) ?? [];
  return yuan === undefined ? null : Number(yuan + fen.padEnd(2, '0'));
}

/** 5990 fen as the `59.90` that somebody would type. */
export function typed(fen) {
  const digits = String(fen).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
