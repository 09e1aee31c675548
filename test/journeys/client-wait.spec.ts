import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it, type TestContext } from 'node:test';
import { createClient } from '../../packages/client/src/client.js';
import { Problem } from '../../packages/client/src/problem.js';
import { hasNginx } from '../support/machine';
import { onStores } from '../support/on-stores';
import { freePort } from '../support/ports';
import { aShopOrder, byLink } from '../support/shop-order';
import { authSecret, type System } from '../support/system';
import { TcpProxy } from '../support/tcp-proxy';
import { secondsFromNow, token } from '../support/token';
import { until } from '../support/until';
import { WebServer } from '../support/web-server';

/** A shop's token, of an hour. */
const shopToken = (sub = `shop-${randomUUID()}`) =>
  token({ sub, roles: ['shop'], exp: secondsFromNow(3_600) }, authSecret);

interface Seen {
  readonly path: string;
  readonly lastEventId: string | null;
  readonly status: number;
}

/** A shop whose client speaks with this address, and what it has asked there. */
function shopAt(url: string, bearer = shopToken()) {
  const seen: Seen[] = [];
  const watchedFetch: typeof fetch = async (input, init) => {
    const { url: asked, headers } = input as Request;
    const response = await fetch(input, init);
    const lastEventId = headers.get('last-event-id');
    seen.push({ path: new URL(asked).pathname, lastEventId, status: response.status });
    return response;
  };
  const client = createClient({ url, token: bearer, fetch: watchedFetch });
  const streams = () =>
    seen.filter(({ path, status }) => path.endsWith('/events') && status === 200);
  const looks = () => seen.filter(({ path }) => /\/payments\/\d+$/.test(path));
  return { client, streams, looks };
}

/** Opens a payment, and gives its number and the way to pay it. */
async function opened(system: System, { client }: Pick<ReturnType<typeof shopAt>, 'client'>) {
  const { out_trade_no, pay_url = '' } = await client.payments.open(aShopOrder());
  const payer = await byLink(system.url(), pay_url);
  const { code_url } = await payer.createNative(out_trade_no);
  return { out_trade_no, pay: () => system.sandbox.pay(code_url) };
}

/** What keeps this process alive: connections and timers. */
const alive = () =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => /TCP|Timeout/.test(kind))
    .sort();

/** Before the gateway: it answers for it where a stream is asked for. */
async function frontOf(t: TestContext, url: string, stream: (response: ServerResponse) => void) {
  const server = createServer(async ({ url: path = '', headers, method }, response) => {
    if (path.endsWith('/events')) return stream(response);
    const { authorization = '' } = headers;
    const answer = await fetch(url + path, { method: method ?? '', headers: { authorization } });
    const type = answer.headers.get('content-type') ?? '';
    response.writeHead(answer.status, { 'content-type': type }).end(await answer.text());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A web server that keeps every answer until it is whole, as many do unless told otherwise. */
const buffering = `server {
  listen 443;
  location / {
    proxy_pass http://127.0.0.1:3000;
    proxy_ignore_headers X-Accel-Buffering;
    proxy_buffering on;
  }
}`;

onStores('payments.wait of saoma-client', { stores: 'sqlite' }, (system) => {
  it('tells at once that it is paid, and leaves no connection and no timer', async () => {
    const before = alive();
    const shop = shopAt(system().url());
    const { out_trade_no, pay } = await opened(system(), shop);
    const wait = shop.client.payments.wait(out_trade_no);
    await until('the stream to begin', () => shop.streams().length === 1);
    await pay();
    const payment = await wait;
    assert.deepEqual([payment.out_trade_no, payment.trade_state], [out_trade_no, 'SUCCESS']);
    assert.equal(shop.looks().length, 0);
    await until('nothing to be left of it', () => `${alive()}` === `${before}`);
  });

  it('tells that it is closed, also if it was before', async () => {
    const { client } = shopAt(system().url());
    const { out_trade_no } = await client.payments.open(aShopOrder());
    const wait = client.payments.wait(out_trade_no);
    await client.payments.close(out_trade_no);
    assert.equal((await wait).trade_state, 'CLOSED');
    assert.equal((await client.payments.wait(out_trade_no)).trade_state, 'CLOSED');
  });

  it('takes a stream up again that was cut, and says what it has heard', async (t) => {
    const proxy = await TcpProxy.start(Number(new URL(system().url()).port));
    t.after(() => proxy.stop());
    const shop = shopAt(`http://127.0.0.1:${proxy.port}`);
    const { out_trade_no, pay } = await opened(system(), shop);
    const wait = shop.client.payments.wait(out_trade_no);
    for (const count of [1, 2]) {
      await until('the stream to begin', () => shop.streams().length === count);
      proxy.reset();
    }
    await pay();
    assert.equal((await wait).trade_state, 'SUCCESS');
    assert.equal(shop.streams()[0]?.lastEventId, null);
    assert.equal(shop.streams().at(-1)?.lastEventId, 'NOTPAY');
  });

  it('outlives a restart of the gateway', async () => {
    const shop = shopAt(system().url());
    const { out_trade_no, pay } = await opened(system(), shop);
    const wait = shop.client.payments.wait(out_trade_no);
    await until('the stream to begin', () => shop.streams().length === 1);
    await system().gateway.stop();
    await system().gateway.start();
    await pay();
    assert.equal((await wait).trade_state, 'SUCCESS');
  });

  for (const [name, answer] of Object.entries({
    'answers 502': (response) => response.writeHead(502).end('bad gateway'),
    'answers 429': (response) => response.writeHead(429, { 'retry-after': '1' }).end(),
    'answers a web page': (response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>wait</p>'),
    'answers JSON': (response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
    'sends what is no event': (response) =>
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end('event: payment\ndata: {"trade\n\n'),
    'ends the connection': (response) => response.destroy(),
  } satisfies Record<string, (response: ServerResponse) => void>)) {
    it(`looks by itself where what stands before the gateway ${name}`, async (t) => {
      const { out_trade_no, pay } = await opened(system(), shopAt(system().url(), shopToken(name)));
      const shop = shopAt(await frontOf(t, system().url(), answer), shopToken(name));
      const wait = shop.client.payments.wait(out_trade_no);
      await until('a look', () => shop.looks().length > 0);
      await pay();
      assert.equal((await wait).trade_state, 'SUCCESS');
    });
  }

  if (hasNginx) {
    it('looks by itself behind a web server that keeps the stream back', async (t) => {
      const ports = {
        own: await freePort(),
        gateways: [Number(new URL(system().url()).port)],
      };
      const server = await WebServer.start('nginx', buffering, ports);
      t.after(() => server.stop());
      const shop = shopAt(`http://127.0.0.1:${ports.own}`);
      const { out_trade_no, pay } = await opened(system(), shop);
      const wait = shop.client.payments.wait(out_trade_no);
      await until('a look', () => shop.looks().length > 0);
      await pay();
      assert.equal((await wait).trade_state, 'SUCCESS');
    });
  }

  it('ends when it is aborted, while it hears and while nobody answers', async () => {
    const before = alive();
    const shop = shopAt(system().url());
    const { out_trade_no } = await shop.client.payments.open(aShopOrder());
    const silent = createClient({ url: `http://127.0.0.1:${await freePort()}`, token: 'a' });
    for (const client of [shop.client, silent]) {
      const over = new AbortController();
      const wait = client.payments.wait(out_trade_no, { signal: over.signal });
      const refused = assert.rejects(wait, /the shopper has left/);
      if (client === shop.client) await until('the stream', () => shop.streams().length === 1);
      over.abort(new Error('the shopper has left'));
      await refused;
      await assert.rejects(client.payments.wait(out_trade_no, { signal: over.signal }), /left/);
    }
    await until('nothing to be left of it', () => `${alive()}` === `${before}`);
  });

  it('ends at once with the problem if it is refused', async () => {
    const { client } = shopAt(system().url());
    const { out_trade_no } = await client.payments.open(aShopOrder());
    const refusals = [
      [shopAt(system().url()).client, 404, 'payment/not-found'],
      [shopAt(system().url(), 'nonsense').client, 401, 'auth/required'],
    ] as const;
    for (const [stranger, status, code] of refusals) {
      const problem = await stranger.payments.wait(out_trade_no).catch((error) => error);
      assert.ok(problem instanceof Problem);
      assert.deepEqual([problem.status, problem.code], [status, code]);
    }
  });
});
