/** WeChat gives its explanations at most so many characters. */
const charsMaxDefault = 128;

/**
 * What others say, for people to read: one line without invisible characters, and bounded. What is
 * no text is empty.
 */
export function foreignWords(words: unknown, charsMax = charsMaxDefault): string {
  if (typeof words !== 'string') return '';
  const clean = words.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
  return [...clean].slice(0, charsMax).join('');
}
