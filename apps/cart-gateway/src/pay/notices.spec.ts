import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { AppError } from '@saoma/contracts/errors';
import { Scene } from '../spec-kit';

function book() {
  const bodies: Buffer[] = [];
  const take = ({ body_base64 }: { body_base64: string }) => {
    bodies.push(Buffer.from(body_base64, 'base64'));
    return { reply: '<answer>as it comes</answer>' };
  };
  return { bodies, handlers: { receiveNotice: take, receiveRefundNotice: take } };
}

test('a notice goes on to the byte, whatever its type, and its reply comes back', async (t) => {
  const { bodies, handlers } = book();
  const scene = await Scene.start(t, { order: handlers });
  const types = ['text/xml', 'application/json', 'nonsense', 'multipart/form-data', '', ' ; ;'];
  for (const path of ['/pay/notify', '/pay/refundNotify']) {
    for (const type of types) {
      const body = new Uint8Array(randomBytes(300));
      const headers = { 'content-type': type, origin: 'https://evil.example' };
      const answer = await scene.ask('POST', path, { body, headers });
      assert.equal(answer.status, 200, type);
      assert.equal(answer.headers.get('content-type'), 'text/xml; charset=utf-8');
      assert.equal(answer.text, '<answer>as it comes</answer>');
      assert.deepEqual(bodies.at(-1), Buffer.from(body));
    }
  }
});

test('a slash at the end of the address and any query are let pass', async (t) => {
  const { bodies, handlers } = book();
  const scene = await Scene.start(t, { order: handlers });
  for (const path of ['/pay/notify', '/pay/refundNotify']) {
    for (const end of ['/', '?a=1&b', '/?a=1&a=2', '?', '?%zz', '/?_=%E4']) {
      const answer = await scene.ask('POST', path + end, { body: 'x' });
      assert.equal(answer.status, 200, path + end);
    }
    for (const end of ['//', '/x', 'x', '/x/']) {
      assert.equal((await scene.ask('POST', path + end, { body: 'x' })).status, 404, path + end);
    }
  }
  assert.equal(bodies.length, 12);
});

test('an empty notice is handed on too, one above 64 KiB is not', async (t) => {
  const { bodies, handlers } = book();
  const scene = await Scene.start(t, { order: handlers });
  assert.equal((await scene.ask('POST', '/pay/notify')).status, 200);
  assert.equal(bodies.at(-1)?.length, 0);
  const largest = 'x'.repeat(65_536);
  assert.equal((await scene.ask('POST', '/pay/notify', { body: largest })).status, 200);
  assert.equal(bodies.length, 2);
  const answer = await scene.ask('POST', '/pay/notify', { body: `${largest}x` });
  assert.equal(answer.status, 413);
  assert.equal(bodies.length, 2);
});

test('what cannot be decided now is 503, so that WeChat comes again', async (t) => {
  const receiveNotice = (): never => {
    throw new AppError('service/unavailable');
  };
  const scene = await Scene.start(t, { order: { receiveNotice } });
  assert.equal((await scene.ask('POST', '/pay/notify', { body: 'x' })).status, 503);
  await scene.order.stop();
  assert.equal((await scene.ask('POST', '/pay/notify', { body: 'x' })).status, 503);
});

test('a notice is a POST: nothing else reaches the order service', async (t) => {
  const { bodies, handlers } = book();
  const scene = await Scene.start(t, { order: handlers });
  for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
    assert.equal((await scene.ask(method, '/pay/notify')).status, 404, method);
  }
  assert.equal(bodies.length, 0);
});
