import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { Problem } from './problem.js';
import { decided, type Payment, type Watched } from './wait.js';

const paid = { trade_state: 'SUCCESS' } as Payment;
const unpaid = { trade_state: 'NOTPAY' } as Payment;
const busy = (retryAfter?: number) =>
  new Problem({ status: 503, title: 'busy', ...(retryAfter !== undefined && { retryAfter }) });
/** No stream is to be had: all that is told is found by looking. */
const noStream = async () =>
  new Response('{}', { headers: { 'content-type': 'application/json' } });

/** Whatever is due now has been done. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function pass(ms: number): Promise<void> {
  mock.timers.tick(ms);
  await settled();
}

/** Looks that are answered in this order, the last one again and again. */
function answers(...told: readonly (Payment | Problem)[]): Watched & { looks: number } {
  const watched = {
    looks: 0,
    events: noStream,
    get: async () => {
      const answer = told[Math.min(watched.looks, told.length - 1)];
      watched.looks += 1;
      if (answer instanceof Problem) throw answer;
      return answer ?? unpaid;
    },
  };
  return watched;
}

describe('a wait for a payment', () => {
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    mock.method(Math, 'random', () => 0.5);
  });
  afterEach(() => {
    mock.timers.reset();
    mock.restoreAll();
  });

  it('looks every three seconds where no stream is to be had', async () => {
    const watched = answers(unpaid, unpaid, paid);
    const end = decided(watched, {});
    await settled();
    assert.equal(watched.looks, 1);
    await pass(2_999);
    assert.equal(watched.looks, 1);
    await pass(1);
    assert.equal(watched.looks, 2);
    await pass(3_000);
    assert.equal(await end, paid);
  });

  it('says how the payment is while it waits, and ends with what is thrown then', async () => {
    const held = { ...unpaid, held: true };
    const seen: Payment[] = [];
    const end = decided(answers(unpaid, held, paid), { onWaiting: (one) => seen.push(one) });
    await settled();
    for (let looks = 0; looks < 2; looks += 1) await pass(3_000);
    assert.equal(await end, paid);
    assert.deepEqual(seen, [unpaid, held]);
    const why = new Error('the shop is closed');
    const onWaiting = () => {
      throw why;
    };
    await assert.rejects(decided(answers(unpaid), { onWaiting }), why);
    const events = async () =>
      new Response(`event: payment\ndata: ${JSON.stringify(unpaid)}\n\n`, {
        headers: { 'content-type': 'text/event-stream' },
      });
    await assert.rejects(decided({ ...answers(paid), events }, { onWaiting }), why);
  });

  it('says each time why nothing is heard, and ends with what is thrown then', async () => {
    const told: unknown[] = [];
    const [first, second] = [busy(), busy(1)];
    const options = {
      onWaiting: ({ trade_state }: Payment) => told.push(trade_state),
      onRetry: (why: Problem) => told.push(why),
    };
    const watched = answers(unpaid, second, paid);
    let streams = 0;
    watched.events = async () => {
      streams += 1;
      if (streams === 1) throw first;
      return noStream();
    };
    const end = decided(watched, options);
    await settled();
    assert.deepEqual(told, [first]);
    for (const ms of [500, 2_000, 3_000, 1_000]) await pass(ms);
    assert.equal(await end, paid);
    assert.deepEqual(told, [first, 'NOTPAY', second]);
    const why = new Error('the shop is closed');
    const onRetry = () => {
      throw why;
    };
    await assert.rejects(decided(answers(busy()), { onRetry }), why);
  });

  it('waits as long as the server asks it to, and a minute at most', async () => {
    const watched = answers(busy(7), busy(86_400), paid);
    const end = decided(watched, {});
    await settled();
    await pass(6_999);
    assert.equal(watched.looks, 1);
    await pass(1);
    assert.equal(watched.looks, 2);
    await pass(59_999);
    assert.equal(watched.looks, 2);
    await pass(1);
    // A stream that tells nothing comes between.
    await settled();
    assert.equal(await end, paid);
  });

  it('asks ever less often while nobody answers, and at least every half minute', async () => {
    const watched = answers(busy());
    const over = new AbortController();
    const end = decided(watched, { signal: over.signal });
    const pauses: number[] = [];
    await settled();
    for (let passed = 0; pauses.length < 9; passed += 250) {
      const before = watched.looks;
      await pass(250);
      if (watched.looks > before) pauses.push(passed + 250 - pauses.reduce((a, b) => a + b, 0));
    }
    assert.deepEqual(pauses.slice(0, 4), [500, 1_000, 2_000, 4_000]);
    assert.ok(pauses.every((ms) => ms <= 30_000));
    over.abort(new Error('enough'));
    await assert.rejects(end, /enough/);
  });

  it('tries a stream again after some looks, ever less often', async () => {
    let streams = 0;
    const watched = answers(unpaid);
    watched.events = () => {
      streams += 1;
      return noStream();
    };
    const over = new AbortController();
    const end = decided(watched, { signal: over.signal });
    await settled();
    const looks: number[] = [];
    for (let before = streams; looks.length < 6; before = streams) {
      await pass(3_000);
      if (streams > before) looks.push(watched.looks);
    }
    const between = looks.map((count, index) => count - (looks[index - 1] ?? 0));
    assert.deepEqual(between.slice(1), [4, 8, 16, 20, 20]);
    over.abort();
    await assert.rejects(end, { name: 'AbortError' });
  });

  it('ends when its time is over, and says so', async () => {
    const end = decided(answers(unpaid), { timeoutMs: 1_000 });
    const refused = assert.rejects(end, { name: 'TimeoutError' });
    await settled();
    await pass(1_000);
    await refused;
  });
});
