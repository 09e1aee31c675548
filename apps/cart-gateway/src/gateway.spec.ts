import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import test from 'node:test';
import { until, within } from '../../../test/support/until';
import { aRequest, bearer, Scene } from './spec-kit';

const cart = { lines: [], total_fee: 0 };

test('every answer is fenced, and says nothing about what serves it', async (t) => {
  const scene = await Scene.start(t, { order: { items: () => [] } });
  for (const path of ['/', '/pay.html', '/api/items', '/api/cart', '/nothing', '/api/%zz']) {
    const { headers } = await scene.ask('GET', path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(headers.get('referrer-policy'), 'no-referrer', path);
    assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path);
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/, path);
    assert.equal(headers.get('x-powered-by'), null);
    assert.equal(headers.get('server'), null);
    const isKept = path === '/' || path === '/pay.html' || path === '/api/items';
    assert.equal(headers.get('cache-control'), isKept ? 'no-cache' : 'no-store', path);
  }
});

test('only the named storefronts may read answers, with their cookie', async (t) => {
  const env = { STOREFRONT_ORIGINS: 'https://shop.example,https://other.example' };
  const scene = await Scene.start(t, { order: { items: () => [] } }, env);
  const ask = (method: string, origin: string) => {
    const headers = { origin, 'access-control-request-method': 'PUT' };
    return scene.ask(method, method === 'GET' ? '/api/items' : '/api/cart/items/1', { headers });
  };
  for (const origin of ['https://shop.example', 'https://other.example']) {
    const read = await ask('GET', origin);
    assert.equal(read.headers.get('access-control-allow-origin'), origin);
    assert.equal(read.headers.get('access-control-allow-credentials'), 'true');
    assert.match(read.headers.get('vary') ?? '', /origin/i);
    // Where the catalogue goes on.
    assert.match(read.headers.get('access-control-expose-headers') ?? '', /\blink\b/);
    const preflight = await ask('OPTIONS', origin);
    assert.equal(preflight.status, 204);
    assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /PUT/);
    const allowed = preflight.headers.get('access-control-allow-headers') ?? '';
    assert.match(allowed, /content-type.*idempotency-key/);
  }
  for (const origin of ['https://evil.example', 'https://shop.example.evil.example', 'null']) {
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await ask(method, origin);
      const given = [...answer.headers.keys()].filter((name) => name.startsWith('access-control'));
      assert.deepEqual(given, [], `${method} ${origin}`);
    }
  }
});

test('it is live by itself, and ready when both services answer', async (t) => {
  let troubles: { way: string; why: string }[] = [];
  const ready = () => ({ troubles });
  const prepareNative = () => aRequest();
  const scene = await Scene.start(t, { order: { ready }, pay: { prepareNative } });
  const status = async (path: string) => (await scene.ask('GET', path)).status;
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const told = async (path: string) => (await scene.ask('GET', path)).json();
  assert.deepEqual(await told('/health/live'), { status: 'ok', version });
  assert.deepEqual(await told('/health/ready'), { status: 'ok', version, dialect: 'v2' });
  await scene.pay.stop();
  await until('it is not ready', async () => (await status('/health/ready')) === 503);
  const answer = await scene.ask('GET', '/health/ready');
  const { issues } = answer.json() as { issues: { path: string; message: string }[] };
  assert.deepEqual(
    issues.map(({ path }) => path),
    ['pay'],
  );
  assert.equal(await status('/health/live'), 200);
  await scene.pay.start();
  await until('it is ready again', async () => (await status('/health/ready')) === 200);
  troubles = [{ way: 'database', why: 'the database takes no writes' }];
  await until('it is not ready', async () => (await status('/health/ready')) === 503);
  assert.match(
    (await scene.ask('GET', '/health/ready')).text,
    /order > database: the database takes no writes/,
  );
});

test('an idle connection is kept as long as it is told', async (t) => {
  const usual = await Scene.start(t);
  assert.equal((await usual.ask('GET', '/health/live')).headers.get('keep-alive'), 'timeout=65');
  const longer = await Scene.start(t, {}, { KEEP_ALIVE_MS: '350000' });
  assert.equal((await longer.ask('GET', '/health/live')).headers.get('keep-alive'), 'timeout=350');
});

test('at shutdown a request under way is answered, idle connections are closed', async (t) => {
  let release = () => {};
  const getCart = () =>
    new Promise<typeof cart>((resolve) => {
      release = () => resolve(cart);
    });
  const scene = await Scene.start(t, { order: { getCart } });
  const idle = connect(Number(new URL(scene.url).port), '127.0.0.1');
  await once(idle, 'connect');
  const before = release;
  const asked = scene.ask('GET', '/api/cart', { headers: await bearer() });
  await until('it is under way', () => release !== before);
  const closing = scene.gateway.close();
  await until('it listens no more', () => scene.ask('GET', '/health/live').catch(() => true));
  release();
  assert.equal((await asked).status, 200);
  idle.resume();
  await within('closing', Promise.all([closing, once(idle, 'close')]));
});

test('a request that never ends does not keep the gateway from stopping', async (t) => {
  let release = () => {};
  const getCart = () =>
    new Promise<typeof cart>((resolve) => {
      release = () => resolve(cart);
    });
  const scene = await Scene.start(t, { order: { getCart } });
  const before = release;
  const asked = scene.ask('GET', '/api/cart', { headers: await bearer() }).catch(() => 'cut off');
  await until('it is under way', () => release !== before);
  const half = connect(Number(new URL(scene.url).port), '127.0.0.1').resume();
  half.on('error', () => undefined);
  half.write('POST /pay/notify HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n<');
  await once(half, 'connect');
  await within('closing', scene.gateway.close(), 4_500);
  release();
  await asked;
});
