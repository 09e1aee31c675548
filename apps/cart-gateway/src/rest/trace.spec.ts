import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import test from 'node:test';
import { AppError } from '@saoma/contracts/errors';
import { currentTrace, namedTrace, newTrace, traceIdOf } from '@saoma/platform/traces/trace';
import { aPayment, bearer, Scene } from '../spec-kit';

const cart = { lines: [], total_fee: 0 };

/** Its method, path and body. */
type Request = readonly [string, string, unknown?];

/** A gateway whose order service says in which trace it was called. */
async function scene(t: test.TestContext) {
  const seen: (string | undefined)[] = [];
  const note = <T>(answer: T): T => {
    seen.push(currentTrace());
    return answer;
  };
  const running = await Scene.start(t, {
    order: {
      getCart: () => note(cart),
      putCartItem: () => note(cart),
      clearCart: () => note({}),
      getOrder: () => {
        throw note(new AppError('order/not-found'));
      },
      listOrders: () => note({ orders: 'a bug' }) as never,
    },
  });
  const headers = await bearer();
  const ask = ([method, path, body]: Request, traceparent?: string) =>
    running.ask(method, path, {
      headers: { ...headers, ...(traceparent !== undefined && { traceparent }) },
      body,
    });
  return { running, ask, seen };
}

test('a request is a part of the trace that it names, also in the services behind', async (t) => {
  const { ask, seen } = await scene(t);
  const requests = [
    ['GET', '/api/cart'],
    ['PUT', '/api/cart/items/1001', { num: 1 }],
    ['DELETE', '/api/cart'],
    ['GET', '/api/orders/7'],
    ['GET', '/api/orders'],
  ] as const;
  const traces = requests.map(() => newTrace());
  const answers = await Promise.all(requests.map((request, index) => ask(request, traces[index])));
  assert.deepEqual(
    answers.map(({ status, headers }) => [status, headers.get('traceparent')]),
    [200, 200, 204, 404, 500].map((status, index) => [status, traces[index]]),
  );
  assert.deepEqual([...seen].sort(), [...traces].sort());
  const ids = answers.slice(3).map((answer) => (answer.json() as { trace_id: string }).trace_id);
  assert.deepEqual(ids, traces.slice(3).map(traceIdOf));
});

test('a body that comes later than its header belongs to the same trace', async (t) => {
  const { running, seen } = await scene(t);
  const traceparent = newTrace();
  const type = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
  const asked = request(`${running.url}/api/cart/items/1001`, {
    method: 'PUT',
    headers: { ...(await bearer()), ...type, traceparent, expect: '100-continue' },
  });
  asked.flushHeaders();
  await once(asked, 'continue');
  asked.end('{"num":1}');
  const [answer] = await once(asked, 'response');
  answer.resume();
  assert.deepEqual([answer.statusCode, seen], [200, [traceparent]]);
});

test('without one, or with one that is none, each request is a new trace', async (t) => {
  const { ask, seen } = await scene(t);
  const told = [];
  for (const named of [undefined, '', 'nonsense', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`]) {
    const answer = await ask(['GET', '/api/cart'], named);
    told.push(answer.headers.get('traceparent'));
    assert.equal(namedTrace(told.at(-1)), told.at(-1));
  }
  assert.equal(new Set(told).size, told.length);
  assert.deepEqual(seen, told);
});

test('every answer says its trace, and every problem that could name one', async (t) => {
  const { running, ask } = await scene(t);
  const large = 'x'.repeat(70_000);
  for (const [method, path, status, body] of [
    ['GET', '/', 200],
    ['GET', '/health/live', 200],
    ['GET', '/nothing', 404],
    ['GET', '/api/orders/x', 400],
    ['PUT', '/api/cart/items/1001', 400, '{'],
    ['PUT', '/api/cart/items/1001', 413, large],
    ['GET', '/pay/createNative', 503],
  ] as const) {
    const headers = { ...(await bearer()), 'content-type': 'application/json' };
    const answer = await running.ask(method, path, { headers, body });
    assert.equal(answer.status, status, path);
    const traceparent = namedTrace(answer.headers.get('traceparent'));
    assert.ok(traceparent, path);
    if (status < 400) continue;
    assert.equal((answer.json() as { trace_id: string }).trace_id, traceIdOf(traceparent), path);
  }
  assert.equal((await ask(['GET', '/pay/queryPayStatus'], newTrace())).status, 200);
});

test('a page that waits, and a page of another origin, hear of their trace too', async (t) => {
  const order = { getPayment: () => aPayment() };
  const env = { QR_WAIT_MS: '100', STOREFRONT_ORIGINS: 'https://shop.example' };
  const running = await Scene.start(t, { order }, env);
  const traceparent = newTrace();
  const headers = { ...(await bearer()), traceparent, origin: 'https://shop.example' };
  const answer = await running.ask('GET', '/pay/queryPayStatus?out_trade_no=1001', { headers });
  assert.match(answer.text, /二维码超时/);
  assert.equal(answer.headers.get('traceparent'), traceparent);
  assert.match(answer.headers.get('access-control-expose-headers') ?? '', /\btraceparent\b/);
  const asks = { origin: 'https://shop.example', 'access-control-request-method': 'PUT' };
  const preflight = await running.ask('OPTIONS', '/api/cart/items/1', { headers: asks });
  assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /traceparent/);
});
