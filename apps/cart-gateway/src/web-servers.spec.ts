import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { Agent, request } from 'undici';
import { hasHaproxy, hasNginx } from '../../../test/support/machine';
import { freePort } from '../../../test/support/ports';
import { WebServer, type WebServerKind } from '../../../test/support/web-server';
import { aPayment, Scene } from './spec-kit';

const page = readFileSync(join(process.cwd(), 'docs/going-live.md'), 'utf8');
/** The one block of the page in this language. */
const documented = (kind: WebServerKind) =>
  page.split(`\n\`\`\`${kind}\n`)[1]?.split('\n```')[0] ?? '';

/** The documented server, with other lines that tell who asks. */
function telling(kind: WebServerKind, ...lines: string[]): string {
  const own = / *(proxy_set_header (Host|X-)|option forwardfor|http-request set-header)/;
  const next = / *(proxy_read_timeout|default_backend)/;
  return documented(kind)
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
  { what: 'nginx as documented', servers: [['nginx', documented('nginx')]] },
  { what: 'HAProxy as documented', servers: [['haproxy', documented('haproxy')]] },
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
      ['nginx', documented('nginx')],
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
const bodies: string[] = [];
const order = {
  getPayment: () => aPayment(),
  clearCart: () => ({}),
  receiveNotice: ({ body_base64 }: { body_base64: string }) => {
    bodies.push(Buffer.from(body_base64, 'base64').toString());
    return { status: 200, type: 'text/plain', body: 'ok' };
  },
};

/** A gateway behind these servers, and a way to ask for it as a browser does. */
async function begin(t: TestContext, { servers }: Way) {
  const scene = await Scene.start(t, { order }, { DEMO: 'true', TRUST_PROXY: '127.0.0.1' });
  let next = Number(new URL(scene.url).port);
  for (const [kind, block] of [...servers].reverse()) {
    const server = await WebServer.start(kind, block, { own: await freePort(), gateway: next });
    t.after(() => server.stop());
    next = server.port;
  }
  const dispatcher = new Agent({ connect: { ca } });
  t.after(() => dispatcher.destroy());
  const origin = `https://127.0.0.1:${next}`;
  const ask = (method: 'GET' | 'POST' | 'DELETE', path: string, more: object = {}) =>
    request(origin + path, { method, dispatcher, ...more });
  return { origin, ask };
}

describe('behind', () => {
  after(() => assert.equal(bodies.length, ways.filter(isHere).length));
  for (const way of ways.filter(isHere)) {
    test(`${way.what}: sign-in, pages, events and notices work`, async (t) => {
      const { origin, ask } = await begin(t, way);
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

      const notice = await ask('POST', '/pay/notify/?a=1', { body: '<xml>' });
      assert.deepEqual([notice.statusCode, await notice.body.text()], [200, 'ok']);
      assert.equal(bodies.at(-1), '<xml>');
    });
  }
});

function isHere({ servers }: Way): boolean {
  return servers.every(([kind]) => (kind === 'nginx' ? hasNginx : hasHaproxy));
}
