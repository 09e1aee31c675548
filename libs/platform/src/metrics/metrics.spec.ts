import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { createLog } from '../log';
import { Counter, Gauge, Histogram, type Metric } from './metric';
import { MetricsServer } from './server';

const calls = new Counter({
  name: 'saoma_calls_total',
  help: 'Calls.',
  unit: 'times',
  labels: { by: ['one', 'other'], outcome: ['ok', 'failed'] },
});
const named = new Counter({
  name: 'saoma_named_total',
  help: 'Calls by a name that stands elsewhere.',
  unit: 'times',
  labels: { method: { listedIn: 'rpc.md' } },
});
const took = new Histogram(
  { name: 'saoma_took_seconds', help: 'How long.', unit: 'seconds', labels: {} },
  [1, 2],
);
const size = new Gauge({ name: 'saoma_size', help: 'Size.', unit: 'things', labels: {} });
const sizes = new Gauge({
  name: 'saoma_sizes',
  help: 'Sizes.',
  unit: 'things',
  labels: { of: ['cat', 'dog'] },
});

let server: MetricsServer | undefined;
afterEach(() => server?.close());

async function serve(...metrics: readonly Metric[]) {
  const config = { METRICS_PORT: 0, METRICS_HOST: '127.0.0.1' };
  server = await MetricsServer.start(config, metrics, createLog('spec', 'silent'));
  return `http://127.0.0.1:${server?.port}/metrics`;
}

/** What is told, without what is said about it. */
async function told(url: string): Promise<string[]> {
  const answer = await fetch(url);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  return (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('what is measured', () => {
  test('is nothing without a port, and nobody listens', async () => {
    const config = { METRICS_PORT: undefined, METRICS_HOST: '127.0.0.1' };
    const log = createLog('spec', 'silent');
    assert.equal(await MetricsServer.start(config, [calls], log), undefined);
    calls.add({ by: 'one', outcome: 'ok' });
    const url = await serve(calls);
    assert.ok((await told(url)).includes('saoma_calls_total{by="one",outcome="ok"} 0'));
  });

  test('begins at 0 for every label, so that a first time is seen as a rise', async () => {
    const url = await serve(calls, named);
    calls.add({ by: 'other', outcome: 'failed' });
    named.add({ method: 'order.add' }, 3);
    assert.deepEqual(await told(url), [
      'saoma_calls_total{by="one",outcome="ok"} 0',
      'saoma_calls_total{by="one",outcome="failed"} 0',
      'saoma_calls_total{by="other",outcome="ok"} 0',
      'saoma_calls_total{by="other",outcome="failed"} 1',
      'saoma_named_total{method="order.add"} 3',
    ]);
  });

  test('takes only the values of a label that it declares', () => {
    // @ts-expect-error: no such label.
    const wrong = () => calls.add({ by: 'one', user_id: '1' });
    // @ts-expect-error: no such value.
    const strange = () => calls.add({ by: 'third', outcome: 'ok' });
    // @ts-expect-error: every label has a value.
    const missing = () => calls.add({ by: 'one' });
    for (const call of [wrong, strange, missing]) assert.doesNotThrow(call);
  });

  test('is counted by how long it took', async () => {
    const url = await serve(took);
    took.observe(1.5, {});
    assert.deepEqual(await told(url), [
      'saoma_took_seconds_bucket{le="1"} 0',
      'saoma_took_seconds_bucket{le="2"} 1',
      'saoma_took_seconds_bucket{le="+Inf"} 1',
      'saoma_took_seconds_sum 1.5',
      'saoma_took_seconds_count 1',
    ]);
  });

  test('is looked at when somebody asks; what cannot be looked at is left out', async () => {
    const url = await serve(size, sizes);
    size.read(() => 3);
    sizes.read(async () => ({ cat: 1, dog: undefined }));
    assert.deepEqual(await told(url), ['saoma_size 3', 'saoma_sizes{of="cat"} 1']);
    size.read(() => {
      throw new Error('away');
    });
    assert.deepEqual(await told(url), ['saoma_sizes{of="cat"} 1']);
    sizes.read(() => Promise.reject(new Error('away')));
    assert.deepEqual(await told(url), []);
  });

  test('is told at /metrics, to whoever GETs it, and nowhere else', async () => {
    const url = await serve(size);
    assert.equal((await fetch(url, { method: 'POST' })).status, 405);
    assert.equal((await fetch(url.replace('/metrics', '/'))).status, 404);
  });

  test('a port that is taken fails the start', async () => {
    await serve(size);
    const config = { METRICS_PORT: server?.port, METRICS_HOST: '127.0.0.1' };
    const again = MetricsServer.start(config, [], createLog('spec', 'silent'));
    const message = `METRICS_PORT: port ${server?.port} of 127.0.0.1 is taken`;
    await assert.rejects(again, { message });
  });
});
