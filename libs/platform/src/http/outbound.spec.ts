import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { request } from 'undici';
import { z } from 'zod';
import { ConnectProxy } from '../../../../test/support/connect-proxy';
import { ConfigOf } from '../config';
import { outbound, type Proxies, proxyVariables } from './outbound';
import { reasonOf } from './reason';

class ProxyConfig extends ConfigOf(z.object(proxyVariables)) {}

const file = (name: string) =>
  readFileSync(join(process.cwd(), 'test/vectors/certificates', name), 'utf8');
const [ca, cert, key] = [file('ca.pem'), file('merchant.pem'), file('merchant.key')];

async function listening(t: TestContext, server: Server & { closeAllConnections(): void }) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A host with TLS that answers whose certificate it was shown. */
async function aSecureHost(t: TestContext): Promise<string> {
  const tls = { cert: file('host.pem'), key: file('host.key'), ca };
  const server = createServer({ ...tls, requestCert: true, rejectUnauthorized: false });
  server.on('request', (asked, answer) => {
    const { subject } = (asked.socket as TLSSocket).getPeerCertificate();
    answer.end(String(subject?.CN ?? 'nobody'));
  });
  return `127.0.0.1:${await listening(t, server)}`;
}

async function aProxy(t: TestContext): Promise<ConnectProxy> {
  const proxy = await ConnectProxy.start();
  t.after(() => proxy.stop());
  return proxy;
}

/** Asks once, over connections of its own, and gives the answer's text. */
async function ask(url: string, proxies: Proxies, tls: object = { ca }): Promise<string> {
  const dispatcher = outbound(proxies, { connectMsMax: 500, answerBytesMax: 1_000, tls });
  try {
    return await (await request(url, { dispatcher })).body.text();
  } finally {
    await dispatcher.destroy();
  }
}

test('https goes through the proxy, and the certificate to the host behind it', async (t) => {
  const [host, proxy] = [await aSecureHost(t), await aProxy(t)];
  const HTTPS_PROXY = `http://${proxy.host}`;
  assert.equal(await ask(`https://${host}/`, { HTTPS_PROXY }), 'nobody');
  const shown = await ask(`https://${host}/`, { HTTPS_PROXY }, { ca, cert, key });
  assert.equal(shown, 'merchant of the tests');
  assert.deepEqual(proxy.asked, [host, host]);
  await assert.rejects(ask(`https://${host}/`, { HTTPS_PROXY }, {}), /verify|self-signed/);
});

test('hosts of NO_PROXY, plain http and everything without a proxy go straight', async (t) => {
  const [host, proxy] = [await aSecureHost(t), await aProxy(t)];
  const HTTPS_PROXY = `http://${proxy.host}`;
  const plain = createHttpServer((_, answer) => answer.end('plain'));
  const plainUrl = `http://127.0.0.1:${await listening(t, plain)}/`;
  for (const NO_PROXY of ['127.0.0.1', `.example, ${host}`, '*']) {
    assert.equal(await ask(`https://${host}/`, { HTTPS_PROXY, NO_PROXY }), 'nobody');
  }
  assert.equal(await ask(plainUrl, { HTTPS_PROXY }), 'plain');
  assert.equal(await ask(`https://${host}/`, {}), 'nobody');
  assert.deepEqual(proxy.asked, []);
});

test('only what the configuration says counts, not what else is in the environment', async (t) => {
  const [host, proxy] = [await aSecureHost(t), await aProxy(t)];
  for (const name of ['https_proxy', 'HTTP_PROXY', 'http_proxy']) {
    process.env[name] = `http://${proxy.host}`;
    t.after(() => delete process.env[name]);
  }
  assert.equal(await ask(`https://${host}/`, {}), 'nobody');
  assert.deepEqual(proxy.asked, []);
});

test('a proxy is told who asks, and its refusal and its silence end the call', async (t) => {
  const [host, proxy] = [await aSecureHost(t), await aProxy(t)];
  const HTTPS_PROXY = `http://anna:p%40ss@${proxy.host}`;
  assert.equal(await ask(`https://${host}/`, { HTTPS_PROXY }), 'nobody');
  const [shown = ''] = proxy.credentials;
  assert.equal(Buffer.from(shown.slice('Basic '.length), 'base64').toString(), 'anna:p@ss');
  proxy.mood = 'refuse';
  await assert.rejects(ask(`https://${host}/`, { HTTPS_PROXY }), /Proxy response \(407\)/);
  proxy.mood = 'silent';
  await assert.rejects(ask(`https://${host}/`, { HTTPS_PROXY }), /Headers Timeout/);
  const at = proxy.host;
  proxy.stop();
  await assert.rejects(ask(`https://${host}/`, { HTTPS_PROXY }), (error: Error) => {
    assert.equal(reasonOf(error), `through the proxy ${at}: ECONNREFUSED`);
    return true;
  });
});

test('the address of a proxy is a whole one, and nothing of it is swallowed', () => {
  const read = (HTTPS_PROXY: string) => new ProxyConfig({ HTTPS_PROXY }).HTTPS_PROXY;
  assert.equal(read('http://proxy.example:3128'), 'http://proxy.example:3128');
  assert.equal(read('https://a:b@proxy.example'), 'https://a:b@proxy.example');
  const wrong = ['socks5://a:1', 'http://a/b', 'http://a?b', 'http://a#b', 'http://user@a', 'a b'];
  const bare = ['foo', '127.0.0.1:1', 'proxy.example:3128', 'http:proxy.example'];
  for (const text of [...wrong, ...bare, 'http://a:%@b', '://']) {
    assert.throws(() => read(text), /HTTPS_PROXY: must be/, text);
  }
});
