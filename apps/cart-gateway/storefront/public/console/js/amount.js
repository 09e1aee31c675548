// Amounts as people type and read them. Digits are moved, not multiplied or divided: no binary
// float comes near money.
import { money } from '../../js/page.js';

/** More than any payment has: what is too much is told as that. */
const yuanDigitsMax = 13;
/** Behind the point of yuan, and in WeChat's bills of every currency. */
export const fenDigits = 2;
const pattern = new RegExp(`^([0-9]{1,${yuanDigitsMax}})(?:\\.([0-9]{1,2}))?$`);

/** `59.9` as 5990 fen; null if it is no amount. */
export function fenOf(text) {
  const [, yuan, fen = ''] = pattern.exec(text.trim().replace(/^[￥¥]/, '')) ?? [];
  return yuan === undefined ? null : Number(yuan + fen.padEnd(2, '0'));
}

function pointed(fee, digits) {
  const text = String(fee).padStart(digits + 1, '0');
  const at = text.length - digits;
  return digits === 0 ? text : `${text.slice(0, at)}.${text.slice(at)}`;
}

/** 5990 fen as the `59.90` that somebody would type. */
export const typed = (fen) => pointed(fen, fenDigits);

/** How many digits a currency has behind its point; of a word that is none, as many as yuan. */
function digitsOf(currency) {
  try {
    const format = new Intl.NumberFormat('en', { style: 'currency', currency });
    return format.resolvedOptions().maximumFractionDigits;
  } catch {
    return fenDigits;
  }
}

/** An amount in the smallest unit of its currency: `￥5.00`, `-￥5.00`, `USD 5.00`, `JPY 500`. */
export function amountIn(fee, fee_type, digits = digitsOf(fee_type)) {
  const [sign, size] = [fee < 0 ? '-' : '', Math.abs(fee)];
  return sign + (fee_type === 'CNY' ? money(size) : `${fee_type} ${pointed(size, digits)}`);
}
