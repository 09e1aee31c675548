import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKnown } from './etag';

test('a tag is known alone, weak, in a list, and as anything at all', () => {
  for (const header of ['"a"', 'W/"a"', '"b", "a"', '"b",W/"a","c"', '*', ' "a" ']) {
    assert.equal(isKnown(header, '"a"'), true, header);
    assert.equal(isKnown(header, 'W/"a"'), true, header);
  }
  for (const header of [undefined, '', '"b"', 'a', '"A"', '"ab"', 'W/"b", "c"']) {
    assert.equal(isKnown(header, '"a"'), false, header);
  }
});
