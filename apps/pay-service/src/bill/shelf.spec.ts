import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptBytesMax, Shelf } from './shelf';

function anItem(bytes: number) {
  const item = {
    bytes,
    isClosed: false,
    close() {
      item.isClosed = true;
    },
  };
  return item;
}

test('what was not used for longest makes room, and is closed', () => {
  const shelf = new Shelf();
  const [first, second, third] = [0, 1, 2].map(() => anItem(keptBytesMax / 2));
  assert.ok(first && second && third);
  shelf.put('first', first);
  shelf.put('second', second);
  assert.equal(shelf.get('first'), first);
  shelf.put('third', third);
  assert.deepEqual([first.isClosed, second.isClosed], [false, true]);
  assert.deepEqual([shelf.get('second'), shelf.get('third')], [undefined, third]);
  shelf.makeRoom(keptBytesMax);
  assert.equal(shelf.get('third'), undefined);
});

test('a second one of the same name takes the place of the first', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const shelf = new Shelf();
  const [first, second] = [anItem(1), anItem(1)];
  shelf.put('day', first);
  t.mock.timers.tick(599_000);
  shelf.put('day', second);
  t.mock.timers.tick(1_000);
  assert.deepEqual([first.isClosed, second.isClosed], [true, false]);
  assert.equal(shelf.get('day'), second);
});

test('nothing is kept for longer than ten minutes after its last use', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const shelf = new Shelf();
  const item = anItem(1);
  shelf.put('day', item);
  t.mock.timers.tick(599_000);
  assert.equal(shelf.get('day'), item);
  t.mock.timers.tick(599_000);
  assert.equal(shelf.get('day'), item);
  t.mock.timers.tick(600_000);
  assert.deepEqual([shelf.get('day'), item.isClosed], [undefined, true]);
});
