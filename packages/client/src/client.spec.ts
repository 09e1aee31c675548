import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { createClient } from './client.js';
import { Problem } from './problem.js';

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const error = await promise.then(
    () => assert.fail('it is answered'),
    (why) => why,
  );
  assert.ok(error instanceof Problem, `${error}`);
  return error;
}

test('without an answer the problem says why, and keeps the error of fetch', async () => {
  const port = await closedPort();
  for (const host of ['127.0.0.1', 'localhost']) {
    const { payments } = createClient({ url: `http://${host}:${port}` });
    const problem = await problemOf(payments.get('1'));
    assert.equal(problem.status, 0);
    assert.match(problem.message, new RegExp(`connect ECONNREFUSED \\S+:${port}`));
    assert.ok(problem.cause instanceof TypeError, `${problem.cause}`);
    assert.ok(problem.cause.cause instanceof Error);
  }
});

test('a key of a refund that no header can carry is refused, and nothing is sent', async () => {
  let asked = 0;
  const fetch = async () => {
    asked += 1;
    return Response.json({});
  };
  const { refunds } = createClient({ url: 'http://127.0.0.1', fetch });
  const create = (key: string) => refunds.create('1', { refund_fee: 1, reason: 'a' }, key);
  for (const key of ['退款-1', 'caf\u00e9', 'a\nb', '', 'x'.repeat(65)]) {
    const problem = await problemOf(create(key));
    assert.deepEqual([problem.status, problem.code], [400, 'request/invalid'], key);
    assert.equal(problem.isPassing, false);
    assert.match(problem.message, /Idempotency-Key .* printable ASCII/);
  }
  assert.equal(asked, 0);
  await create('back-1');
  assert.equal(asked, 1);
});

test('a function that never gives a token holds nobody longer than their time', async () => {
  let asked = 0;
  const token = () => {
    asked += 1;
    return new Promise<string>(() => {});
  };
  const { payments } = createClient({ url: 'http://127.0.0.1', token, timeoutMs: 50 });
  const problem = await problemOf(payments.get('1'));
  assert.deepEqual([problem.status, problem.isPassing], [0, true]);
  assert.match(problem.message, /not done within 50 ms/);
  await assert.rejects(payments.wait('1', { timeoutMs: 100 }), { name: 'TimeoutError' });
  const given = new AbortController();
  const waiting = payments.wait('1', { signal: given.signal });
  given.abort(new Error('the shop is closed'));
  await assert.rejects(waiting, { message: 'the shop is closed' });
  assert.ok(asked >= 2);
});

test('what a function for the token throws is told as it is, and ends a wait', async () => {
  const why = new Error('the identity provider is away');
  let asked = 0;
  const paths: string[] = [];
  // From this asking on the function throws; a stream that is none lets the wait look.
  const clientUntil = (last: number) =>
    createClient({
      url: 'http://127.0.0.1',
      token: () => {
        asked += 1;
        if (asked > last) throw why;
        return 'a';
      },
      fetch: async (request) => {
        paths.push(new URL((request as Request).url).pathname);
        return Response.json({ trade_state: 'NOTPAY' });
      },
    });
  const told = { name: 'Error', message: why.message };
  await assert.rejects(clientUntil(0).payments.get('1'), told);
  await assert.rejects(clientUntil(0).api.GET('/api/orders'), told);
  await assert.rejects(clientUntil(0).payments.wait('1'), told);
  assert.deepEqual(paths, []);
  asked = 0;
  await assert.rejects(clientUntil(1).payments.wait('1', { timeoutMs: 60_000 }), told);
  assert.deepEqual(paths, ['/api/payments/1/events']);
});

test('what came in place of JSON is told with its place and why', async () => {
  const texts = ['<p>Sign in', 'ok', '{"trade_state": "SUC', '', 'null', '"SUCCESS"'];
  for (const text of texts) {
    for (const type of ['application/json', 'text/plain', 'text/html; charset=utf-8']) {
      const headers = { 'content-type': type, 'content-length': `${text.length}` };
      const fetch = async () => new Response(text, { headers });
      const { api, payments } = createClient({ url: 'http://127.0.0.1:1/pay', fetch });
      for (const asked of [payments.list({ user_id: '139' }), api.GET('/api/payments')]) {
        const problem = await problemOf(asked);
        assert.deepEqual([problem.status, problem.code], [200, undefined], text);
        assert.equal(problem.isPassing, true);
        assert.match(problem.message, /http:\/\/127\.0\.0\.1:1\/pay\/api\/payments/);
        assert.doesNotMatch(problem.message, /139/);
        if (type !== 'text/html; charset=utf-8') assert.ok(problem.cause instanceof SyntaxError);
      }
    }
  }
  const bills = async () => new Response('no JSON', { headers: { 'content-type': 'text/csv' } });
  const { api } = createClient({ url: 'http://127.0.0.1', fetch: bills });
  const query = { format: 'csv' } as const;
  const { data } = await api.GET('/api/payments', { params: { query }, parseAs: 'text' });
  assert.equal(data, 'no JSON');
});

test('a refusal that breaks off is no answer, also to one who opens a stream', async () => {
  const broken = () =>
    new ReadableStream({ start: (body) => body.error(new TypeError('terminated')) });
  const states: string[] = [];
  const fetch = async (input: RequestInfo | URL) => {
    const { pathname } = new URL((input as Request).url);
    states.push(pathname);
    if (states.length === 1) return new Response(broken(), { status: 503 });
    return Response.json({ trade_state: 'SUCCESS' });
  };
  const { payments } = createClient({ url: 'http://127.0.0.1', fetch });
  assert.equal((await payments.wait('1')).trade_state, 'SUCCESS');
  assert.deepEqual(states, ['/api/payments/1/events', '/api/payments/1']);
});

test('a header that cannot be sent is refused, and its value is not shown', async () => {
  let asked = 0;
  const fetch = async () => {
    asked += 1;
    return Response.json({});
  };
  const url = 'http://127.0.0.1';
  const path = { out_trade_no: '1' };
  const body = { refund_fee: 1, reason: 'a' };
  for (const value of ['令牌', 'secret\nb', 'secret\0b']) {
    const { api, payments } = createClient({ url, fetch, token: value });
    const plain = createClient({ url, fetch }).api;
    const header = { 'Idempotency-Key': value };
    for (const sent of [
      payments.get('1'),
      payments.wait('1'),
      api.GET('/api/orders'),
      plain.GET('/api/orders', { headers: { traceparent: value } }),
      plain.POST('/api/payments/{out_trade_no}/refunds', { params: { path, header }, body }),
    ]) {
      const problem = await problemOf(sent);
      assert.deepEqual([problem.status, problem.code], [400, 'request/invalid']);
      assert.match(problem.message, /(authorization|traceparent|Idempotency-Key)/);
      assert.doesNotMatch(problem.message, /secret|令牌/);
    }
  }
  assert.equal(asked, 0);
  // As it is read from a file.
  await createClient({ url, fetch, token: 'secret\n' }).payments.get('1');
  assert.equal(asked, 1);
});
