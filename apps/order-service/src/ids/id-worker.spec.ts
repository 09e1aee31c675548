import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import { IdWorker, momentOf } from './id-worker';

const forever = Date.UTC(2080, 0, 1);
const unavailable = { code: 'service/unavailable' };

function worker(worker_id = 7, expireMs = forever): IdWorker {
  const ids = new IdWorker();
  ids.use({ worker_id, expireMs });
  return ids;
}

/** A clock that the test sets; it moves on by a millisecond every `callsPerMs` looks at it. */
function clock(t: TestContext, callsPerMs: number) {
  const hands = { ms: Date.UTC(2026, 10, 25), calls: 0 };
  t.mock.method(Date, 'now', () => {
    hands.calls += 1;
    if (hands.calls % callsPerMs === 0) hands.ms += 1;
    return hands.ms;
  });
  return hands;
}

function assertGrowing(ids: string[]): void {
  for (const [index, id] of ids.entries()) {
    const before = ids[index - 1];
    if (before !== undefined) assert.ok(BigInt(id) > BigInt(before), `${before} then ${id}`);
  }
}

test('ids are strings of 19 digits that carry their moment', () => {
  const before = Date.now();
  const id = worker().nextId();
  assert.match(id, /^[0-9]{19}$/);
  assert.ok(momentOf(id) >= before && momentOf(id) <= Date.now());
});

test('20,000 ids in a row grow, so none is given out twice', () => {
  const ids = worker();
  assertGrowing(Array.from({ length: 20_000 }, () => ids.nextId()));
});

test('more than 4096 ids in one millisecond are still all different', (t) => {
  clock(t, 6_000);
  const ids = worker();
  const made = Array.from({ length: 15_000 }, () => ids.nextId());
  const perMs = made.filter((id) => momentOf(id) === momentOf(made[0] ?? ''));
  assert.ok(perMs.length >= 4_096, 'the millisecond was used up');
  assertGrowing(made);
});

test('a clock that steps back by two milliseconds gives no id twice', (t) => {
  const hands = clock(t, 10);
  const ids = worker();
  const made = Array.from({ length: 40 }, () => ids.nextId());
  hands.ms -= 2;
  made.push(...Array.from({ length: 40 }, () => ids.nextId()));
  assertGrowing(made);
});

test('while the clock is eight hours behind ids go on from the last one', (t) => {
  const hands = clock(t, 1_000);
  const ids = worker();
  const made = [ids.nextId()];
  hands.ms -= 8 * 3_600_000;
  made.push(...Array.from({ length: 10_000 }, () => ids.nextId()));
  hands.ms += 8 * 3_600_000;
  made.push(ids.nextId());
  assertGrowing(made);
  const ahead = momentOf(made.at(-2) ?? '') - momentOf(made[0] ?? '');
  assert.ok(ahead <= 10, `${ahead} ms further`);
});

test('whatever the clock does, an id is greater than all before it', (t) => {
  const hands = clock(t, 50);
  const steps = fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(steps, (jumps) => {
      const ids = worker();
      const made: string[] = [];
      for (const jump of jumps) {
        hands.ms += jump;
        made.push(ids.nextId(), ids.nextId());
      }
      assertGrowing(made);
    }),
    { numRuns: 200, seed: 20_261_125 },
  );
});

test('all worker numbers make different ids in the same millisecond', (t) => {
  clock(t, 1_000_000);
  const made = Array.from({ length: 1_022 }, (_, index) => worker(index + 1).nextId());
  assert.equal(new Set(made).size, 1_022);
  assert.equal(new Set(made.map(momentOf)).size, 1);
});

test('worker numbers that the library would take for another one are refused', () => {
  for (const worker_id of [-1, 0, 1_023, 1_024, 1.5, Number.NaN]) {
    assert.throws(() => worker(worker_id), RangeError, String(worker_id));
  }
});

test('without a worker number there are no ids', () => {
  const ids = new IdWorker();
  assert.throws(() => ids.nextId(), unavailable);
  ids.use({ worker_id: 7, expireMs: forever });
  ids.nextId();
  ids.use(undefined);
  assert.throws(() => ids.nextId(), unavailable);
});

test('no id carries a later moment than the lease covers; a renewed lease goes on', (t) => {
  const hands = clock(t, 3);
  const end = hands.ms + 5;
  const ids = worker(7, end);
  const made: string[] = [];
  assert.throws(() => {
    while (made.length < 1_000) made.push(ids.nextId());
  }, unavailable);
  assert.ok(made.length > 0);
  assert.equal(Math.max(...made.map(momentOf)), end);
  ids.use({ worker_id: 7, expireMs: forever });
  made.push(ids.nextId());
  assertGrowing(made);
});

test('ids go on growing when the worker number changes to a smaller one', () => {
  const ids = worker(900);
  const before = ids.nextId();
  ids.use({ worker_id: 3, expireMs: forever });
  assertGrowing([before, ids.nextId()]);
});
