import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { payerText } from './payer-text';

test('what breaks the signature check of WeChat is left out', () => {
  assert.equal(payerText('品优购\u0000\n😀购', 127), '品优购购');
  assert.equal(payerText('  a b \u200b', 127), 'a b');
  assert.equal(payerText('😀', 127), '');
});

test('the rest is cut between two characters', () => {
  assert.equal(payerText('品优购', 8), '品优');
  assert.equal(payerText('a'.repeat(200), 127).length, 127);
});

test('never more bytes than allowed, never half a character, and the same when done again', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.integer({ min: 1, max: 40 }),
      (words, bytesMax) => {
        const text = payerText(words, bytesMax);
        assert.ok(Buffer.byteLength(text) <= bytesMax);
        assert.doesNotMatch(text, /[\p{C}\u{10000}-\u{10ffff}]/u);
        assert.equal(payerText(text, bytesMax), text);
      },
    ),
  );
});
