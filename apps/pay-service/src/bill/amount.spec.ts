import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countOf, fenOf, milliFenOf } from './amount';

test('an amount is read digit by digit, however it is spelled', () => {
  const spelled: [string, number][] = [
    ['45', 4_500_000],
    ['45.0', 4_500_000],
    ['0.29', 29_000],
    ['1.1', 110_000],
    ['0.00001', 1],
    ['-0.02000', -2_000],
    ['-0.00', 0],
    ['9999999999.99999', 999_999_999_999_999],
  ];
  for (const [text, milliFen] of spelled) assert.equal(milliFenOf(text), milliFen, text);
});

test('what is no amount is none, and is not taken for nothing', () => {
  const none = [
    '',
    ' ',
    '1e2',
    '0x10',
    '+1',
    '.5',
    '1.',
    '1,000.00',
    '--1',
    '1.000001',
    '１',
    'NaN',
  ];
  for (const text of none) assert.equal(milliFenOf(text), undefined, text);
  for (const text of ['', '1.5', '-1', '6x']) assert.equal(countOf(text), undefined, text);
  assert.deepEqual([countOf('6'), countOf('6.0')], [6, 6]);
});

test('half a fen is one, up and down', () => {
  assert.deepEqual([499, 500, -499, -500, -1_500].map(fenOf), [0, 1, 0, -1, -2]);
});
