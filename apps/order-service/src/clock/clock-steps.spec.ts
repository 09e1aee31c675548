import assert from 'node:assert/strict';
import test from 'node:test';
import { ClockSteps } from './clock-steps';

test('a clock that is set is told from one that goes on, or drifts', () => {
  let wallMs = 1_000_000;
  let steadyMs = 0;
  const steps: number[] = [];
  const clocks = { wallMs: () => wallMs, steadyMs: () => steadyMs };
  const watch = new ClockSteps((stepMs) => steps.push(stepMs), clocks);
  const pass = (wall: number, steady: number) => {
    wallMs += wall;
    steadyMs += steady;
    watch.look();
  };
  pass(1_000, 1_000);
  pass(60_400, 60_000);
  assert.deepEqual(steps, []);
  pass(1_000 - 8 * 3_600_000, 1_000);
  pass(1_000, 1_000);
  pass(121_000, 1_000);
  assert.deepEqual(steps, [-28_799_600, 120_000]);
});
