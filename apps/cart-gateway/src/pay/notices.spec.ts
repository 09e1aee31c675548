import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'node:test';
import { AppError } from '@saoma/contracts/errors';
import type { OrderInput } from '@saoma/contracts/order';
import { Scene } from '../spec-kit';

type RawNotice = OrderInput<'receiveNotice'>;
const xmlReply = { status: 200, type: 'text/xml; charset=utf-8', body: '<as>it comes</as>' };

function book(reply = xmlReply) {
  const bodies: Buffer[] = [];
  const headersSeen: RawNotice['headers'][] = [];
  const receiveNotice = ({ body_base64, headers }: RawNotice) => {
    bodies.push(Buffer.from(body_base64, 'base64'));
    headersSeen.push(headers);
    return reply;
  };
  return { bodies, headersSeen, handlers: { receiveNotice } };
}

test("WeChat's headers go on as they came, and no others", async (t) => {
  const { headersSeen, handlers } = book();
  const scene = await Scene.start(t, { order: handlers });
  const signed = {
    'Wechatpay-Signature': ' WECHATPAY/SIGNTEST/AAAA+/==',
    'Wechatpay-Signature-Type': 'WECHATPAY2-SHA256-RSA2048',
    'Wechatpay-Serial': 'PUB_KEY_ID_0119000001092026093000000000000001',
    'Wechatpay-Timestamp': '1790734653',
    'Wechatpay-Nonce': '6f9f23ad2338b8c78afb1173faf004ab',
    'Request-ID': '08EDF2D3CE061028-0',
  };
  for (const path of ['/pay/notify', '/pay/refundNotify']) {
    const headers = { ...signed, 'wechatpay-other': 'x', cookie: 'a=b', 'x-forwarded-for': '1' };
    await scene.ask('POST', path, { body: '{}', headers });
    const low = Object.entries(signed).map(([name, value]) => [name.toLowerCase(), value.trim()]);
    assert.deepEqual(headersSeen.at(-1), Object.fromEntries(low));
    await scene.ask('POST', path, { body: '<xml/>' });
    assert.deepEqual(headersSeen.at(-1), {});
  }
});

for (const reply of [
  xmlReply,
  { status: 204, type: 'application/json; charset=utf-8', body: '' },
  { status: 401, type: 'application/json; charset=utf-8', body: '{"code":"FAIL","message":"no"}' },
]) {
  test(`a reply of ${reply.status} goes back with its type and body`, async (t) => {
    const scene = await Scene.start(t, { order: book(reply).handlers });
    for (const path of ['/pay/notify', '/pay/refundNotify']) {
      const answer = await scene.ask('POST', path, { body: '{}' });
      assert.equal(answer.status, reply.status);
      const type = reply.body === '' ? null : reply.type;
      assert.equal(answer.headers.get('content-type'), type);
      assert.equal(answer.text, reply.body);
    }
  });
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
      assert.equal(answer.text, xmlReply.body);
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

const inV3 = { 'wechatpay-signature': 'WECHATPAY/SIGNTEST/AAAA' };

test('who sent a notice of APIv3 hears of a failure in its words, others a problem', async (t) => {
  const receiveNotice = (): never => {
    throw new AppError('service/unavailable');
  };
  const scene = await Scene.start(t, { order: { receiveNotice } });
  const [small, large] = ['{}', 'x'.repeat(65_537)];
  for (const path of ['/pay/notify', '/pay/refundNotify']) {
    for (const [body, status, message] of [
      [small, 503, 'A part of the system is not available'],
      [large, 413, 'The body is too large'],
    ] as const) {
      const answer = await scene.ask('POST', path, { body, headers: inV3 });
      assert.equal(answer.status, status);
      assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8');
      assert.deepEqual(answer.json(), { code: 'FAIL', message });
      const xml = await scene.ask('POST', path, { body });
      assert.equal(xml.status, status);
      assert.match(xml.headers.get('content-type') ?? '', /^application\/problem\+json/);
    }
  }
});

test('a notice that is cut off on its way reaches nobody', async (t) => {
  const { bodies, handlers } = book();
  const scene = await Scene.start(t, { order: handlers });
  const { hostname, port } = new URL(scene.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    'POST /pay/notify HTTP/1.1\r\nHost: x\r\nWechatpay-Signature: x\r\nContent-Length: 9\r\n\r\n{}',
  );
  socket.end();
  await once(socket.resume(), 'close');
  assert.equal((await scene.ask('POST', '/pay/notify', { body: 'whole' })).status, 200);
  assert.deepEqual(bodies.map(String), ['whole']);
});

test('only a notice is answered in the words of WeChat', async (t) => {
  const scene = await Scene.start(t);
  const answer = await scene.ask('GET', '/api/cart', { headers: inV3 });
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
});

test('a notice is a POST: nothing else reaches the order service', async (t) => {
  const { bodies, handlers } = book();
  const scene = await Scene.start(t, { order: handlers });
  for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
    assert.equal((await scene.ask(method, '/pay/notify')).status, 404, method);
  }
  assert.equal(bodies.length, 0);
});
