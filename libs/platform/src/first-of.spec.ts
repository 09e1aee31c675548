import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { until } from '../../../test/support/until';
import { firstOf } from './first-of';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

describe('the first of several signals', () => {
  test('a time limit comes, also if all that nobody holds was collected meanwhile', async () => {
    let isOver = false;
    const listen = () => {
      const signal = firstOf(new AbortController().signal, AbortSignal.timeout(200));
      signal.addEventListener('abort', () => {
        isOver = true;
      });
    };
    listen();
    await until('the limit to come', () => {
      collect();
      return isOver;
    });
  });

  test('it has the reason of the first one', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const signal = firstOf(one.signal, other.signal);
    assert.equal(signal.aborted, false);
    other.abort('why');
    // Newer versions of Node look for the reason when they are asked for it first.
    assert.equal(signal.reason, 'why');
    one.abort('later');
    assert.equal(signal.reason, 'why');
    assert.equal(firstOf(one.signal).reason, 'later');
  });
});
