import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Logger } from '@nestjs/common';
import { until } from '../../../../test/support/until';
import { beginSpan, inSpan } from './spans';
import { startTelemetry } from './telemetry';
import { inTrace, namedTrace, traceIdOf } from './trace';

const endpoint = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const work = { kind: 'internal', name: 'a piece of work' } as const;

/** As a process has it: OpenTelemetry reads it there by itself. */
function sendTo(t: TestContext, url: string) {
  process.env[endpoint] = url;
  t.after(() => delete process.env[endpoint]);
  return { [endpoint]: url };
}

/** What the log is told of from now on. */
function warnings(t: TestContext) {
  const told: unknown[] = [];
  const warn = (line: unknown) => told.push(line);
  Logger.overrideLogger({ log: () => undefined, error: warn, warn });
  t.after(() => Logger.overrideLogger(false));
  return told;
}

test('what nobody wants to have is not even loaded, and work goes on as it is', async () => {
  const env = { [endpoint]: 'http://127.0.0.1:4318' };
  await startTelemetry('a-service', {});
  await startTelemetry('a-service', { ...env, OTEL_SDK_DISABLED: true });
  await startTelemetry('a-service', { ...env, OTEL_TRACES_EXPORTER: 'none' });
  assert.deepEqual(
    Object.keys(require.cache).filter((file) => file.includes('@opentelemetry/sdk')),
    [],
  );
  const named = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  assert.equal(beginSpan(work, named).traceparent, named);
  assert.equal(await inSpan(work, async () => 'done'), 'done');
});

test('by default it is sent as protobuf, with the headers, at the latest in the end', async (t) => {
  const told = warnings(t);
  const heard: { url: string | undefined; headers: IncomingHttpHeaders; body: Buffer }[] = [];
  const server = createServer(async (request, response) => {
    const { url, headers } = request;
    heard.push({ url, headers, body: Buffer.concat(await request.toArray()) });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const env = sendTo(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const headers = { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20me' };
  const stop = await startTelemetry('a-service', { ...env, ...headers });
  const span = beginSpan({ kind: 'server', name: 'a request' });
  assert.equal(namedTrace(span.traceparent), span.traceparent);
  const failed = inTrace(span.traceparent, () =>
    inSpan(work, () => Promise.reject(Object.assign(new Error('a secret'), { code: 'E_BROKEN' }))),
  );
  await assert.rejects(failed, { code: 'E_BROKEN' });
  span.end({ error: 'first' });
  span.end({ error: 'again' });
  await stop();
  const [sent, ...more] = heard;
  assert.deepEqual([sent?.url, more], ['/v1/traces', []]);
  assert.equal(sent?.headers['content-type'], 'application/x-protobuf');
  assert.equal(sent?.headers.authorization, 'Bearer me');
  const id = Buffer.from(traceIdOf(span.traceparent), 'hex');
  for (const part of [id, 'a-service', 'a request', work.name, 'E_BROKEN', 'first']) {
    assert.ok(sent?.body.includes(part), String(part));
  }
  assert.ok(!sent?.body.includes('a secret') && !sent?.body.includes('again'));
  assert.deepEqual(told, []);
});

test('a collector that is away is told of once, and keeps nobody', async (t) => {
  const told = warnings(t);
  process.env.OTEL_BSP_SCHEDULE_DELAY = '1';
  process.env.OTEL_EXPORTER_OTLP_TIMEOUT = '50';
  t.after(() => {
    delete process.env.OTEL_BSP_SCHEDULE_DELAY;
    delete process.env.OTEL_EXPORTER_OTLP_TIMEOUT;
  });
  const stop = await startTelemetry('a-service', sendTo(t, 'http://127.0.0.1:1'));
  beginSpan(work).end();
  await until('it is told of', () => told.length > 0);
  for (let count = 0; count < 3_000; count += 1) beginSpan(work).end();
  await stop();
  const [first] = told;
  assert.match(String(first), /^traces are lost: ECONNREFUSED/);
  assert.equal(told.filter((line) => line === first).length, 1);
});
