/**
 * Words for the payer's phone: control and 4-byte characters break WeChat's signature check, so
 * they are left out, and the rest is cut at `bytesMax` of UTF-8 between two characters.
 */
export function payerText(words: string, bytesMax: number): string {
  let result = '';
  let bytes = 0;
  for (const character of words.replace(/[\p{C}\u{10000}-\u{10ffff}]/gu, '')) {
    bytes += Buffer.byteLength(character);
    if (bytes > bytesMax) break;
    result += character;
  }
  return result.trim();
}

/** WeChat counts 128 characters, by some reports bytes: 127 bytes satisfy both readings. */
const bodyBytesMax = 127;

/** What a payment is for; empty if nothing of it can be shown. */
export const bodyOf = (words = '') => payerText(words, bodyBytesMax);
