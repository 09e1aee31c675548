import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cursors } from './cursors';

/** Ten numbers in pieces of three, one of them empty; how often they were begun, and ended. */
function numbers() {
  const seen = { begun: 0, ended: 0, read: 0 };
  const cursors = new Cursors<number[]>(async function* () {
    seen.begun += 1;
    try {
      for (const piece of [[0, 1, 2], [], [3, 4, 5], [6, 7, 8], [9]]) {
        seen.read += piece.length;
        yield piece;
      }
    } finally {
      seen.ended += 1;
    }
  });
  const read = async (from: number, count: number) => (await cursors.read(from, count)).flat();
  return { seen, cursors, read };
}

test('part after part is read once, whatever the pieces are', async () => {
  const { seen, read } = numbers();
  assert.deepEqual(await read(0, 4), [0, 1, 2, 3]);
  assert.deepEqual(await read(4, 4), [4, 5, 6, 7]);
  assert.deepEqual(await read(8, 4), [8, 9]);
  assert.deepEqual(await read(10, 4), []);
  assert.deepEqual([seen.begun, seen.read], [1, 10]);
});

test('who skips ahead goes on, and who goes back begins anew', async () => {
  const { seen, read } = numbers();
  assert.deepEqual(await read(0, 2), [0, 1]);
  assert.deepEqual(await read(7, 2), [7, 8]);
  assert.equal(seen.begun, 1);
  assert.deepEqual(await read(3, 2), [3, 4]);
  assert.equal(seen.begun, 2);
});

test('two who read at once do not take from each other', async () => {
  const { seen, read } = numbers();
  const both = await Promise.all([read(0, 4), read(0, 4)]);
  assert.deepEqual(both, [
    [0, 1, 2, 3],
    [0, 1, 2, 3],
  ]);
  assert.deepEqual(await Promise.all([read(4, 1), read(4, 1)]), [[4], [4]]);
  assert.equal(seen.begun, 2);
});

test('few readers are kept, and none once it is closed', async () => {
  const { seen, cursors, read } = numbers();
  await Promise.all(Array.from({ length: 6 }, () => read(1, 1)));
  assert.deepEqual([seen.begun, seen.ended], [6, 2]);
  const late = read(0, 1);
  cursors.close();
  await late;
  assert.deepEqual([seen.begun, seen.ended], [7, 7]);
});
