import assert from 'node:assert/strict';
import test from 'node:test';
import { foreignWords } from './foreign-words';

test('what others say becomes one bounded line without invisible characters', () => {
  const table: [unknown, string][] = [
    ['基本账户余额不足，请充值后重新发起', '基本账户余额不足，请充值后重新发起'],
    [' no\r\nmoney\u0000\u202e left\u200b ', 'no money left'],
    [undefined, ''],
    [7, ''],
    [['no'], ''],
    ['𠮷'.repeat(200), '𠮷'.repeat(128)],
  ];
  for (const [words, line] of table) assert.equal(foreignWords(words), line);
  assert.equal(foreignWords('𠮷𠮷𠮷', 2), '𠮷𠮷');
});
