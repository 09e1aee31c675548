import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { Agent, request } from 'undici';
import { hasHaproxy, hasNginx } from '../../../test/support/machine';
import { freePort } from '../../../test/support/ports';
import { WebServer, type WebServerKind } from '../../../test/support/web-server';
import { GatewayConfig } from './config';
import { aPayment, type OrderHandlers, Scene } from './spec-kit';

const samples = { nginx: 'deploy/nginx/saoma.conf', haproxy: 'deploy/haproxy/saoma.cfg' } as const;
const sample = (kind: WebServerKind) => readFileSync(join(process.cwd(), samples[kind]), 'utf8');

/** The sample with other lines that tell who asks. */
function telling(kind: WebServerKind, ...lines: string[]): string {
  const own = / *(proxy_set_header (Host|X-)|option forwardfor|http-request set-header)/;
  const next = / *(proxy_read_timeout|default_backend)/;
  return sample(kind)
    .split('\n')
    .filter((line) => !own.test(line))
    .flatMap((line) => (next.test(line) ? [...lines, line] : [line]))
    .join('\n');
}

interface Way {
  readonly what: string;
  /** The nearest to the browser first. */
  readonly servers: readonly (readonly [kind: WebServerKind, block: string])[];
}

const ways: readonly Way[] = [
  { what: 'nginx as in deploy/', servers: [['nginx', sample('nginx')]] },
  { what: 'HAProxy as in deploy/', servers: [['haproxy', sample('haproxy')]] },
  {
    what: 'nginx with the lines of most tutorials, which lose the port, and compression',
    servers: [
      [
        'nginx',
        telling(
          'nginx',
          'proxy_set_header Host $host;',
          'proxy_set_header X-Real-IP $remote_addr;',
          'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
          'proxy_set_header X-Forwarded-Proto $scheme;',
          'gzip on; gzip_proxied any; gzip_min_length 1;',
        ),
      ],
    ],
  },
  {
    what: 'nginx with the lines of the ingress controller of Kubernetes',
    servers: [
      [
        'nginx',
        telling(
          'nginx',
          'proxy_set_header Host $http_host;',
          'proxy_set_header X-Request-ID $request_id;',
          'proxy_set_header X-Real-IP $remote_addr;',
          'proxy_set_header X-Forwarded-For $remote_addr;',
          'proxy_set_header X-Forwarded-Host $http_host;',
          'proxy_set_header X-Forwarded-Port $server_port;',
          'proxy_set_header X-Forwarded-Proto $scheme;',
          'proxy_set_header X-Forwarded-Scheme $scheme;',
          'proxy_set_header X-Scheme $scheme;',
          'proxy_set_header X-Original-Forwarded-For $http_x_forwarded_for;',
        ),
      ],
    ],
  },
  {
    what: 'nginx with capitals and a port that says nothing new',
    servers: [
      [
        'nginx',
        telling(
          'nginx',
          'proxy_set_header X-Forwarded-Proto HTTPS;',
          'proxy_set_header X-Forwarded-Host $host:$server_port;',
        ),
      ],
    ],
  },
  {
    what: 'HAProxy with Forwarded alone',
    servers: [
      [
        'haproxy',
        telling(
          'haproxy',
          'http-request set-header Forwarded for=%[src];host="%[req.hdr(host)]";proto=https',
        ),
      ],
    ],
  },
  {
    what: 'HAProxy behind nginx, each of which adds its own words',
    servers: [
      ['nginx', sample('nginx')],
      [
        'haproxy',
        telling(
          'haproxy',
          'option forwardfor',
          'http-request add-header X-Forwarded-Proto http',
          'http-request add-header X-Forwarded-Host inner.example:8080',
        ).replace(/ ssl crt \S+/, ''),
      ],
    ],
  },
];

const ca = readFileSync(join(process.cwd(), 'test/vectors/certificates/ca.pem'));
interface Notice {
  readonly body: Buffer;
  readonly headers: object;
}

/** What an order service answers, which keeps the notices that it is given. */
const keeping = (notices: Notice[]): OrderHandlers => ({
  getPayment: () => aPayment(),
  clearCart: () => ({}),
  receiveNotice: ({ body_base64, headers }) => {
    notices.push({ body: Buffer.from(body_base64, 'base64'), headers });
    return { status: 200, type: 'text/plain', body: 'ok' };
  },
});

/** As WeChat signs it, and with bytes that are no text. */
const notice = {
  body: Buffer.from([0x3c, 0xff, 0x00, 0x0d, 0x0a, 0xe6, 0x89, 0xab]),
  headers: {
    'wechatpay-serial': 'PUB_KEY_ID_0110000100202611250000000000000001',
    'wechatpay-signature': 'c2lnbmF0dXJl+/==',
    'wechatpay-timestamp': '1764123456',
    'wechatpay-nonce': 'n0nce',
  },
};

/** Asks for it as a browser does. */
function asking(t: TestContext, port: number) {
  const dispatcher = new Agent({ connect: { ca } });
  t.after(() => dispatcher.destroy());
  const origin = `https://127.0.0.1:${port}`;
  const ask = (method: 'GET' | 'POST' | 'DELETE', path: string, more: object = {}) =>
    request(origin + path, { method, dispatcher, ...more });
  return { origin, ask };
}

/** A gateway behind these servers. */
async function begin(t: TestContext, { servers }: Way) {
  const notices: Notice[] = [];
  const env = { DEMO: 'true', TRUST_PROXY: '127.0.0.1' };
  const scene = await Scene.start(t, { order: keeping(notices) }, env);
  let next = Number(new URL(scene.url).port);
  for (const [kind, block] of [...servers].reverse()) {
    const server = await WebServer.start(kind, block, { own: await freePort(), gateways: [next] });
    t.after(() => server.stop());
    next = server.port;
  }
  return { ...asking(t, next), notices };
}

describe('behind', () => {
  for (const way of ways.filter(isHere)) {
    test(`${way.what}: sign-in, pages, events and notices work`, async (t) => {
      const { origin, ask, notices } = await begin(t, way);
      const json = { 'content-type': 'application/json' };
      const body = JSON.stringify({ user_id: 'anna' });
      const signIn = async (from: string) =>
        ask('POST', '/api/session', { headers: { ...json, origin: from }, body });
      const signedIn = await signIn(origin);
      assert.equal(signedIn.statusCode, 200, await signedIn.body.text());
      const kept = String(signedIn.headers['set-cookie']);
      assert.match(kept, /; Secure$/);
      const cookie = kept.split(';')[0] ?? '';
      for (const foreign of ['https://evil.example', origin.replace('https', 'http'), 'null']) {
        assert.equal((await signIn(foreign)).statusCode, 403, foreign);
      }
      const change = await ask('DELETE', '/api/cart', { headers: { cookie, origin } });
      assert.equal(change.statusCode, 204);

      const headers = { 'accept-encoding': 'gzip' };
      const shop = await ask('GET', '/', { headers });
      await shop.body.dump();
      const tag = String(shop.headers.etag);
      const again = await ask('GET', '/', { headers: { ...headers, 'if-none-match': tag } });
      assert.deepEqual([shop.statusCode, again.statusCode], [200, 304], tag);

      const events = await ask('GET', '/api/payments/1001/events', { headers: { cookie } });
      for await (const chunk of events.body) if (String(chunk).includes('event: payment')) break;

      const taken = await ask('POST', '/pay/notify/?a=1', notice);
      assert.deepEqual([taken.statusCode, await taken.body.text()], [200, 'ok']);
      assert.deepEqual(notices, [notice]);
    });
  }
});

for (const kind of ['nginx', 'haproxy'] as const) {
  const block = sample(kind);
  if (!isHere({ servers: [[kind, block]] })) continue;
  test(`behind ${kind} one of two gateways may go and come back at any time`, async (t) => {
    const taken: [Notice[], Notice[]] = [[], []];
    const ports = [await freePort(), await freePort()] as const;
    const start = (which: 0 | 1) =>
      Scene.start(t, { order: keeping(taken[which]) }, { PORT: String(ports[which]) });
    const scenes = [await start(0), await start(1)] as const;
    const server = await WebServer.start(kind, block, { own: await freePort(), gateways: ports });
    t.after(() => server.stop());
    const { ask } = asking(t, server.port);
    const send = async () => {
      const { statusCode, body } = await ask('POST', '/pay/notify', notice);
      await body.dump();
      return statusCode;
    };
    /** How many of four each gateway has taken. */
    const shares = async () => {
      const before = taken.map((each) => each.length);
      for (let sent = 0; sent < 4; sent += 1) assert.equal(await send(), 200);
      return taken.map((each, which) => each.length - (before[which] ?? 0));
    };
    assert.deepEqual(await shares(), [2, 2]);
    await scenes[0].gateway.close();
    assert.deepEqual(await shares(), [0, 4]);
    await scenes[1].gateway.close();
    // HAProxy may also end the connection, if it used one of the gateway's that ended just then.
    const told = await send().catch(({ code }) => code);
    assert.ok(told >= 502 || told === 'UND_ERR_SOCKET', told);
    await start(0);
    assert.deepEqual(await shares(), [4, 0]);
  });
}

test('the samples wait longer than pages do, and nginx drops idle connections first', () => {
  const { KEEP_ALIVE_MS, QR_WAIT_MS } = new GatewayConfig({ DEMO: 'true' });
  const seconds = (kind: WebServerKind, name: string) =>
    Number(new RegExp(`^ *${name} (\\d+)s;?$`, 'm').exec(sample(kind))?.[1]);
  assert.ok(seconds('nginx', 'keepalive_timeout') * 1000 < KEEP_ALIVE_MS);
  assert.ok(seconds('nginx', 'proxy_read_timeout') * 1000 > QR_WAIT_MS);
  assert.ok(seconds('haproxy', 'timeout client') * 1000 > QR_WAIT_MS);
  assert.ok(seconds('haproxy', 'timeout server') * 1000 > QR_WAIT_MS);
});

function isHere({ servers }: Pick<Way, 'servers'>): boolean {
  return servers.every(([kind]) => (kind === 'nginx' ? hasNginx : hasHaproxy));
}
