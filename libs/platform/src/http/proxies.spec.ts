import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { Proxies } from './proxies';

const proxies = new Proxies(['10.0.0.0/8', '127.0.0.1', '2001:db8::/32']);
const client = '203.0.113.7';

/** What is seen of a request with these headers that comes from a proxy, or from `from`. */
const seen = (headers: Record<string, string>, from = '10.0.0.2') =>
  proxies.seen({
    headers: { host: 'inner:3000', ...headers },
    socket: { remoteAddress: from },
  } as unknown as IncomingMessage);

test('a stranger’s word for it does not count', () => {
  const told = { 'x-forwarded-for': '1.1.1.1', 'x-forwarded-proto': 'https', forwarded: 'host=a' };
  const own = { scheme: 'http', host: 'inner:3000', forwarded: false };
  assert.deepEqual(seen(told, client), { ...own, ip: client });
  assert.deepEqual(seen(told, '::ffff:203.0.113.7'), { ...own, ip: '::ffff:203.0.113.7' });
});

const shop = { scheme: 'https', host: 'shop.example', forwarded: true, ip: client };
const forms: Record<string, Record<string, string>> = {
  'one proxy': {
    'x-forwarded-for': client,
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'shop.example',
  },
  'two proxies, each of which adds its own': {
    'x-forwarded-for': `${client}, 10.0.0.1`,
    'x-forwarded-proto': 'https, http',
    'x-forwarded-host': 'shop.example, middle:8080',
  },
  'three lists with and without blanks, and capitals': {
    'x-forwarded-for': `1.1.1.1,${client},10.0.0.9 ,127.0.0.1`,
    'x-forwarded-proto': 'HTTPS,http',
    'x-forwarded-host': 'shop.example,middle',
  },
  'addresses with ports': {
    'x-forwarded-for': `${client}:4711, [2001:db8::7]:80`,
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'shop.example',
  },
  Forwarded: { forwarded: `for=${client};proto=https;host=shop.example` },
  'Forwarded with quotes, blanks and capitals': {
    forwarded: `For="${client}:4711" ; Proto=HTTPS;by=10.0.0.1; HOST="shop\\.example"`,
  },
  'Forwarded by two': {
    forwarded: `for=${client};proto=https;host=shop.example;x="a,b;c", for="[2001:db8::1]"`,
  },
  'Forwarded of a client beside what its proxy says': {
    'x-forwarded-for': client,
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'shop.example',
    forwarded: 'for=1.1.1.1;proto=http;host=evil.example',
  },
};

for (const [what, headers] of Object.entries(forms)) {
  test(`what proxies say is understood: ${what}`, () => assert.deepEqual(seen(headers), shop));
}

test('what is left out is what the proxy itself asks for', () => {
  assert.deepEqual(seen({}), {
    scheme: 'http',
    host: 'inner:3000',
    forwarded: true,
    ip: '10.0.0.2',
  });
  const { scheme, host, ip } = seen({
    'x-forwarded-proto': 'gopher',
    'x-forwarded-for': 'unknown',
  });
  assert.deepEqual([scheme, host, ip], ['http', 'inner:3000', '10.0.0.2']);
  assert.equal(seen({ forwarded: 'for=_hidden, for=10.0.0.3' }).ip, '10.0.0.3');
  assert.equal(seen({ 'x-forwarded-for': '10.0.0.4, 10.0.0.3' }).ip, '10.0.0.4');
  for (const forwarded of ['', ',', ';', 'for', '="', 'for="', 'host="a', '"""']) {
    assert.equal(seen({ forwarded }).scheme, 'http', forwarded);
  }
});
