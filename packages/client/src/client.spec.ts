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
