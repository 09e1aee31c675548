import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { beijingTime, readBeijingTime, TurnableClock } from './clock';

const start = '2026-09-30T02:15:00.000Z';
const nowOf = (clock: TurnableClock) => new Date(clock.now()).toISOString();

describe('a clock that stands', () => {
  test('does what falls due in its order, at its own time, one after the other', async () => {
    const clock = new TurnableClock(start);
    const done: string[] = [];
    const note = (name: string) => async () => {
      await Promise.resolve();
      done.push(`${name} ${nowOf(clock).slice(17, 19)}`);
    };
    clock.after(2_000, note('second'));
    clock.after(1_000, async () => {
      await note('first')();
      clock.after(2_000, note('third'));
    });
    const takeBack = clock.after(1_500, note('never'));
    clock.after(3_001, note('later'));
    takeBack();
    assert.deepEqual(done, []);
    await clock.advance(3_000);
    assert.deepEqual(done, ['first 01', 'second 02', 'third 03']);
    assert.equal(nowOf(clock), '2026-09-30T02:15:03.000Z');
  });

  test('waits for work that began before it was turned', async () => {
    const clock = new TurnableClock(start);
    let finish = () => {};
    clock.after(0, () => new Promise<void>((resolve) => (finish = resolve)));
    let isTurned = false;
    const turning = clock.advance(1).then(() => {
      isTurned = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isTurned, false);
    finish();
    await turning;
  });

  test('turns that come together add up', async () => {
    const clock = new TurnableClock(start);
    await Promise.all([clock.advance(1_000), clock.advance(2_000)]);
    assert.equal(nowOf(clock), '2026-09-30T02:15:03.000Z');
  });
});

describe('a clock that runs', () => {
  // Its timers keep no process alive; this one keeps the test's.
  let alive: NodeJS.Timeout;
  before(() => {
    alive = setInterval(() => {}, 60_000);
  });
  after(() => clearInterval(alive));

  test('does its tasks by itself, the earliest first, and sooner when it is turned', async () => {
    const clock = new TurnableClock();
    const done: string[] = [];
    clock.after(86_400_000, () => void done.push('tomorrow'));
    const soon = new Promise<void>((resolve) => {
      clock.after(20, () => void done.push('second'));
      clock.after(1, () => void done.push('first'));
      clock.after(30, resolve);
    });
    // All of them are ripe when the loop is free again.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    await soon;
    assert.deepEqual(done, ['first', 'second']);
    await clock.advance(86_400_000);
    assert.deepEqual(done, ['first', 'second', 'tomorrow']);
    assert.ok(clock.now() >= Date.now() + 86_000_000);
    clock.reset();
    assert.ok(clock.now() < Date.now() + 1_000);
  });

  test('a wait longer than Node’s timers does not end at once', async () => {
    const clock = new TurnableClock();
    const warnings: string[] = [];
    process.on('warning', ({ name }) => warnings.push(name));
    let isOver = false;
    clock.after(2_147_483_648 + 1_000, () => {
      isOver = true;
    });
    await new Promise<void>((resolve) => clock.after(20, resolve));
    assert.equal(isOver, false);
    assert.deepEqual(warnings, []);
    clock.reset();
  });
});

test('Beijing time is eight hours ahead of UTC and is read only as it is written', () => {
  assert.equal(beijingTime(Date.parse('2026-09-30T16:00:01Z')), '20261001000001');
  assert.equal(readBeijingTime('20261001000001'), Date.parse('2026-09-30T16:00:01Z'));
  for (const wrong of [
    '',
    '2026100100000',
    '20260230000000',
    '20261001250000',
    '2026-10-01 00:00',
  ]) {
    assert.equal(readBeijingTime(wrong), undefined, wrong);
  }
});
