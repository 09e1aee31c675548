import assert from 'node:assert/strict';
import test from 'node:test';
import { ClockSteps } from './clock-steps';

/** Two clocks that a test lets pass, and what was heard of the one that may be set. */
function aWatch() {
  let wallMs = 1_000_000;
  let steadyMs = 0;
  const heard: (number | 'set back')[] = [];
  const hears = {
    onStep: (stepMs: number) => void heard.push(stepMs),
    onSetBack: () => void heard.push('set back'),
  };
  const clocks = { wallMs: () => wallMs, steadyMs: () => steadyMs };
  const watch = new ClockSteps(hears, clocks);
  const pass = (wall: number, steady = wall) => {
    wallMs += wall;
    steadyMs += steady;
    watch.look();
    return heard.splice(0);
  };
  return { watch, pass };
}

test('a clock that is set is told from one that goes on, or drifts', () => {
  const { pass } = aWatch();
  assert.deepEqual(pass(1_000), []);
  assert.deepEqual(pass(60_400, 60_000), []);
  assert.deepEqual(pass(1_000 - 8 * 3_600_000, 1_000), [-28_799_600, 'set back']);
  assert.deepEqual(pass(1_000), []);
  assert.deepEqual(pass(121_000, 1_000), [120_000]);
});

test('that it was set back is told once more when what was begun before has ended', () => {
  const { watch, pass } = aWatch();
  assert.deepEqual(pass(-9_000, 1_000), [-10_000, 'set back']);
  assert.deepEqual(pass(29_000), []);
  assert.deepEqual(pass(1_000), ['set back']);
  assert.deepEqual(pass(60_000), []);
  // By the newest event, at the start.
  watch.wasSet(-5_000);
  assert.deepEqual(pass(30_000), [-5_000, 'set back', 'set back']);
});
