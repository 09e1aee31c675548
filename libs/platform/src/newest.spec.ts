import assert from 'node:assert/strict';
import test from 'node:test';
import { Newest } from './newest';

test('the newest entries are kept: what is set again is as new as what comes first', () => {
  const map = new Newest<string, number>(2);
  map.set('a', 1).set('b', 2).set('a', 3).set('c', 4);
  assert.deepEqual(
    [...map],
    [
      ['a', 3],
      ['c', 4],
    ],
  );
});
