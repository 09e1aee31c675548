import assert from 'node:assert/strict';
import test from 'node:test';
import { AppError } from '@saoma/contracts/errors';
import { Gate } from './gate';

/** Work that lasts until the test ends it. */
function tasks(gate: Gate, count: number) {
  const order: number[] = [];
  const ends: (() => void)[] = [];
  const results = Array.from({ length: count }, (_, number) =>
    gate.run(() => {
      order.push(number);
      return new Promise<number>((resolve) => {
        ends[number] = () => resolve(number);
      });
    }),
  );
  return { order, ends, results };
}

test('no more than the limit run at once, the others in the order they came', async () => {
  const gate = new Gate({ inFlightMax: 2, lineMax: 10, lineMsMax: 5_000 });
  const { order, ends, results } = tasks(gate, 4);
  assert.deepEqual(order, [0, 1]);
  ends[1]?.();
  assert.equal(await results[1], 1);
  await new Promise(setImmediate);
  assert.deepEqual(order, [0, 1, 2]);
  ends[0]?.();
  ends[2]?.();
  await new Promise(setImmediate);
  ends[3]?.();
  assert.deepEqual(await Promise.all(results), [0, 1, 2, 3]);
});

test('a full line sends away, and a failure frees its place', async () => {
  const gate = new Gate({ inFlightMax: 1, lineMax: 1, lineMsMax: 5_000 });
  const { ends, results } = tasks(gate, 2);
  await assert.rejects(
    gate.run(async () => 0),
    (error) => error instanceof AppError && error.code === 'service/unavailable',
  );
  ends[0]?.();
  await results[0];
  await new Promise(setImmediate);
  ends[1]?.();
  await results[1];
  await assert.rejects(
    gate.run(() => Promise.reject(new Error('it broke'))),
    /it broke/,
  );
  assert.equal(await gate.run(async () => 7), 7);
});

test('who has waited for too long never begins, and others keep their turn', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const gate = new Gate({ inFlightMax: 1, lineMax: 10, lineMsMax: 100 });
  const { order, ends, results } = tasks(gate, 2);
  t.mock.timers.tick(99);
  const punctual = gate.run(async () => 'in time');
  t.mock.timers.tick(1);
  await assert.rejects(results[1] ?? Promise.resolve(), { code: 'service/unavailable' });
  ends[0]?.();
  assert.equal(await punctual, 'in time');
  assert.deepEqual(order, [0]);
});
