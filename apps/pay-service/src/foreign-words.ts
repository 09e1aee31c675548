/** WeChat gives its explanations at most so many characters. */
const lengthMax = 128;

/** What others say, for people to read: one line without invisible characters, and bounded. */
export function foreignWords(words = ''): string {
  const clean = words.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
  return [...clean].slice(0, lengthMax).join('');
}
