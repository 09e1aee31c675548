import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { within } from './within';

/** A time that no test waits for. */
const foreverMs = 2 ** 31 - 1;
const never = new Promise<never>(() => undefined);
const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('work with a limit', () => {
  test('what it comes to is the answer, and its timer is gone', async () => {
    const before = timers();
    assert.equal(await within(foreverMs, Promise.resolve('done')), 'done');
    assert.equal(timers(), before);
  });

  test('its failure is the failure, and its timer is gone', async () => {
    const before = timers();
    await assert.rejects(within(foreverMs, Promise.reject(new Error('why'))), /why/);
    assert.equal(timers(), before);
  });

  test('what takes longer answers undefined, or what the caller says of it', async () => {
    assert.equal(await within(1, never), undefined);
    assert.equal(await within(1, never, () => 'late'), 'late');
    const refuse = () => {
      throw new Error('too late');
    };
    await assert.rejects(within(1, never, refuse), /too late/);
  });

  test('late work that fails harms nobody', async () => {
    const { promise, reject } = withResolvers();
    assert.equal(await within(1, promise), undefined);
    reject(new Error('nobody hears this'));
    // An unhandled rejection would fail this test.
    await new Promise((resolve) => setImmediate(resolve));
  });
});

/** As Promise.withResolvers, which Node 20 does not have. */
function withResolvers() {
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<never>((_resolve, refuse) => {
    reject = refuse;
  });
  return { promise, reject };
}
