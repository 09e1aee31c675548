import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { inTrace, newTrace } from '@saoma/platform/traces/trace';
import { aDeadHost, aHost } from './spec-kit';
import { type HttpAnswer, mainHostAvoidedMsMax, WechatHttp } from './wechat-http';

const path = '/pay/orderquery';
const xml = '<xml><body><![CDATA[品优购]]></body></xml>';
const headers = { 'content-type': 'text/xml; charset=utf-8' };
const message = { method: 'POST', path, headers, body: xml } as const;
const hostOf = (url: string) => new URL(url).host;
const words = (answer: HttpAnswer) =>
  answer.status === null ? null : Buffer.from(answer.body).toString();

function aClient(t: TestContext, options: ConstructorParameters<typeof WechatHttp>[0]) {
  const http = new WechatHttp(options);
  t.after(() => http.close());
  return http;
}

/** A host that answers every message with its own name. */
const aNamedHost = (t: TestContext, name: string) =>
  aHost(t, (_body, response) => response.end(name));

test('a message goes out as it is and without a trace; the body of a 200 comes back', async (t) => {
  const host = await aHost(t, (body, response) => response.end(body));
  const http = aClient(t, { url: `${host.url}/` });
  const answer = await inTrace(newTrace(), () => http.ask(message));
  assert.equal(words(answer), xml);
  assert.deepEqual(answer.hosts, [hostOf(host.url)]);
  assert.deepEqual(host.bodies, [xml]);
  const [request] = host.requests;
  assert.equal(`${request?.method} ${request?.url}`, `POST ${path}`);
  assert.match(request?.headers['content-type'] ?? '', /^text\/xml/);
  const usual = ['connection', 'content-length', 'content-type', 'host', 'user-agent'];
  assert.deepEqual(Object.keys(request?.headers ?? {}).sort(), usual);
});

test('a GET has no body, its target is sent as it is, and headers go both ways', async (t) => {
  const host = await aHost(t, (_body, response) => {
    response.writeHead(404, { 'Request-ID': '08AB-0' }).end('{}');
  });
  const target = '/v3/pay/transactions/out-trade-no/A%7CB*C_1-2?mchid=1900007291';
  const headers = { 'wechatpay-serial': 'PUB_KEY_ID_1' };
  const http = aClient(t, { url: host.url });
  const answer = await http.ask({ method: 'GET', path: target, headers, body: '' });
  assert.ok(answer.status === 404 && answer.headers['request-id'] === '08AB-0');
  const [request] = host.requests;
  assert.equal(`${request?.method} ${request?.url}`, `GET ${target}`);
  assert.equal(request?.headers['wechatpay-serial'], 'PUB_KEY_ID_1');
  assert.deepEqual(host.bodies, ['']);
});

test('a connection serves many messages', async (t) => {
  const host = await aNamedHost(t, 'main');
  const http = aClient(t, { url: host.url });
  for (let times = 0; times < 30; times += 1) await http.ask(message);
  // A second one may be opened while the first is not yet known to be free.
  assert.ok(new Set(host.requests.map((request) => request.socket)).size <= 2);
});

test('when the main host cannot be reached, the backup gets the same bytes at once', async (t) => {
  const backup = await aNamedHost(t, 'backup');
  const url = await aDeadHost();
  const answer = await aClient(t, { url, backupUrl: backup.url }).ask(message);
  assert.equal(words(answer), 'backup');
  assert.deepEqual(answer.hosts, [hostOf(url), hostOf(backup.url)]);
  assert.deepEqual(backup.bodies, [xml]);
});

test('a host whose name nobody knows is as good as dead', async (t) => {
  const backup = await aNamedHost(t, 'backup');
  const http = aClient(t, { url: 'http://api.mch.invalid', backupUrl: backup.url });
  assert.equal(words(await http.ask(message)), 'backup');
});

test('after a fault the backup is asked first for a while, then the main host again', async (t) => {
  let now = 0;
  let isDown = true;
  const main = await aHost(t, (_body, response, request) => {
    if (isDown) request.socket.destroy();
    else response.end('main');
  });
  const backup = await aNamedHost(t, 'backup');
  const http = aClient(t, { url: main.url, backupUrl: backup.url, now: () => now });
  const asked = async () => words(await http.ask(message));

  assert.equal(await asked(), 'backup');
  isDown = false;
  now = mainHostAvoidedMsMax - 1;
  assert.equal(await asked(), 'backup');
  assert.equal(main.bodies.length, 1, 'the main host rests');
  now = mainHostAvoidedMsMax;
  assert.equal(await asked(), 'main');
  assert.equal(await asked(), 'main');
  assert.equal(backup.bodies.length, 2);
});

test('while the main host rests and the backup fails, the main host is asked', async (t) => {
  let isDown = true;
  const main = await aHost(t, (_body, response, request) => {
    if (isDown) request.socket.destroy();
    else response.end('main');
  });
  const backup = await aHost(t, (_body, _response, request) => request.socket.destroy());
  const http = aClient(t, { url: main.url, backupUrl: backup.url });
  const failed = await http.ask(message);
  assert.equal(failed.status, null);
  assert.deepEqual(failed.hosts, [hostOf(main.url), hostOf(backup.url)]);
  isDown = false;
  const answer = await http.ask(message);
  assert.equal(words(answer), 'main');
  assert.deepEqual(answer.hosts, [hostOf(backup.url), hostOf(main.url)]);
});

const answeredErrors: Record<string, (response: ServerResponse) => unknown> = {
  'HTTP 500': (response) => response.writeHead(500).end('<xml></xml>'),
  'HTTP 404': (response) => response.writeHead(404).end(),
  'HTTP 204': (response) => response.writeHead(204).end(),
  'HTTP 302': (response) => response.writeHead(302, { location: '/pay/elsewhere' }).end(),
  'HTTP 307': (response) => response.writeHead(307, { location: '/pay/elsewhere' }).end(),
  'a body over the limit': (response) => response.end('x'.repeat(65_537)),
  'a body over the limit, in pieces': (response) => {
    for (let piece = 0; piece < 17; piece += 1) response.write('x'.repeat(4_096));
    response.end();
  },
};
for (const [what, answer] of Object.entries(answeredErrors)) {
  test(`${what} is an answer: nobody else is asked, nothing is followed`, async (t) => {
    const main = await aHost(t, (_body, response) => answer(response));
    const backup = await aNamedHost(t, 'backup');
    const got = await aClient(t, { url: main.url, backupUrl: backup.url }).ask(message);
    assert.equal(got.status, Number(/^HTTP ([0-9]+)$/.exec(what)?.[1] ?? 0) || null);
    assert.deepEqual(got.hosts, [hostOf(main.url)]);
    assert.deepEqual(
      main.requests.map(({ url }) => url),
      [path],
    );
    assert.equal(backup.bodies.length, 0);
  });
}

test('a body of exactly 64 KiB is taken', async (t) => {
  const host = await aHost(t, (_body, response) => response.end('x'.repeat(65_536)));
  const answer = await aClient(t, { url: host.url }).ask(message);
  assert.equal(words(answer)?.length, 65_536);
});

const attemptMsMax = 150;

test('a host that never answers is left for the other one', async (t) => {
  const main = await aHost(t, () => undefined);
  const backup = await aNamedHost(t, 'backup');
  const http = aClient(t, { url: main.url, backupUrl: backup.url, attemptMsMax });
  assert.equal(words(await http.ask(message)), 'backup');
});

test('when the time of the caller is over nobody else is asked or blamed', async (t) => {
  let isSilent = true;
  const main = await aHost(t, (_body, response) => {
    if (!isSilent) response.end('main');
  });
  const backup = await aNamedHost(t, 'backup');
  const http = aClient(t, { url: main.url, backupUrl: backup.url });
  const answer = await http.ask({ ...message, deadline: AbortSignal.timeout(attemptMsMax) });
  assert.equal(answer.status, null);
  isSilent = false;
  assert.equal(words(await http.ask(message)), 'main');
  assert.equal(backup.bodies.length, 0);
});

test('a host that answers by single bytes runs into the same limit', async (t) => {
  const host = await aHost(t, (_body, response) => {
    const drip = setInterval(() => response.write('x'), 10);
    response.on('close', () => clearInterval(drip));
  });
  const answer = await aClient(t, { url: host.url, attemptMsMax }).ask(message);
  assert.equal(answer.status, null);
  assert.equal(host.bodies.length, 1, 'a time-out is no reason to ask the same host again');
});

test('an old connection that breaks is replaced by one fresh one', async (t) => {
  let requests = 0;
  const host = await aHost(t, (_body, response, request) => {
    requests += 1;
    if (requests === 2) request.socket.destroy();
    else response.end(`answer ${requests}`);
  });
  const http = aClient(t, { url: host.url });
  assert.equal(words(await http.ask(message)), 'answer 1');
  assert.equal(words(await http.ask(message)), 'answer 3');
  assert.deepEqual(host.bodies, [xml, xml, xml]);
});

test('a host that breaks every connection is tried twice and no more', async (t) => {
  const host = await aHost(t, (_body, _response, request) => request.socket.destroy());
  const answer = await aClient(t, { url: host.url }).ask(message);
  assert.equal(answer.status, null);
  assert.equal(host.bodies.length, 2);
});

test('a host that is not there is tried once when there is no other', async (t) => {
  const url = await aDeadHost();
  const answer = await aClient(t, { url }).ask(message);
  assert.equal(answer.status, null);
  assert.equal('reason' in answer && answer.reason, 'ECONNREFUSED');
  assert.deepEqual(answer.hosts, [hostOf(url)]);
});

test('an answer that breaks off half-way is no answer', async (t) => {
  const host = await aHost(t, (_body, response, request) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('<xml>', () => request.socket.destroy());
  });
  assert.equal((await aClient(t, { url: host.url }).ask(message)).status, null);
});

test('once closed, it asks nobody and still does not throw', async (t) => {
  const host = await aNamedHost(t, 'main');
  const http = new WechatHttp({ url: host.url });
  await http.close();
  assert.equal((await http.ask(message)).status, null);
  assert.equal(host.bodies.length, 0);
});
