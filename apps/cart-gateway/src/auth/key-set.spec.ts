import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Logger } from '@nestjs/common';
import type { AppError } from '@saoma/contracts/errors';
import { exportJWK, type GenerateKeyPairResult, generateKeyPair, type JWK, SignJWT } from 'jose';
import { ConnectProxy } from '../../../../test/support/connect-proxy';
import { GatewayConfig } from '../config';
import { token } from '../spec-kit';
import { KeySet } from './key-set';
import { Tokens } from './tokens';

/** An identity provider that a test can change, and that counts how often it is asked. */
class Provider {
  readonly keys: JWK[] = [];
  asks = 0;
  /** In place of the keys, if there is one. */
  reply: ((response: ServerResponse) => void) | undefined;
  private readonly server: Server = createServer((_, response) => {
    this.asks += 1;
    if (this.reply) return this.reply(response);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: this.keys }));
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/keys`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Makes a key, publishes it, and gives a token that is signed with it. */
  async add(alg: string, kid?: string): Promise<string> {
    const pair = await generateKeyPair(alg, { extractable: true });
    this.keys.push({ ...(await exportJWK(pair.publicKey)), ...(kid && { kid }) });
    return signed(pair, alg, kid);
  }
}

/** Signs a token that names `kid`. */
const signed = ({ privateKey }: GenerateKeyPairResult, alg: string, kid?: string) =>
  new SignJWT({ sub: 'anna' })
    .setProtectedHeader(kid === undefined ? { alg } : { alg, kid })
    .setExpirationTime('1h')
    .sign(privateKey);

const stranger = async (kid: string) => signed(await generateKeyPair('ES256'), 'ES256', kid);

describe('the keys of an identity provider', () => {
  let provider: Provider;
  let tokens: Tokens;
  let warned: string[];

  beforeEach(async () => {
    provider = new Provider();
    await provider.start();
    tokens = new Tokens(new GatewayConfig({ AUTH_JWKS_URL: provider.url }));
    warned = listen();
  });
  afterEach(async () => {
    await tokens.onApplicationShutdown();
    provider.stop();
  });

  /** How a token is answered: whose it is, or the error. */
  const read = (text: string) =>
    tokens.read(text).then(
      ({ user_id }) => user_id,
      (error: AppError) => error.code,
    );

  test('count whatever they sign with', async () => {
    const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
    for (const alg of [...algorithms, 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']) {
      const text = await provider.add(alg, alg);
      const fresh = new Tokens(new GatewayConfig({ AUTH_JWKS_URL: provider.url }));
      assert.equal((await fresh.read(text)).user_id, 'anna', alg);
      await fresh.onApplicationShutdown();
    }
  });

  test('do not count for what somebody else signed', async () => {
    assert.equal(await read(await provider.add('RS256', 'one')), 'anna');
    const forged = await signed(await generateKeyPair('RS256'), 'RS256', 'one');
    assert.equal(await read(forged), 'auth/required');
    assert.equal(await read(await token()), 'auth/required', 'a secret of nobody');
    const publicKey = provider.keys[0]?.n;
    assert.equal(await read(await token({}, publicKey)), 'auth/required', 'the public key');
  });

  test('are asked for at once when a token names a new one, and not by every token', async () => {
    assert.equal(await read(await provider.add('ES256', 'one')), 'anna');
    assert.equal(await read(await provider.add('ES256', 'two')), 'anna');
    assert.equal(provider.asks, 2);
    for (let time = 0; time < 50; time += 1) {
      assert.equal(await read(await stranger(`nobody-${time}`)), 'auth/required');
    }
    assert.equal(provider.asks, 3);
  });

  test('are asked for once however many tokens come at once', async () => {
    const text = await provider.add('ES256');
    const answers = await Promise.all(Array.from({ length: 50 }, () => read(text)));
    assert.deepEqual(new Set(answers), new Set(['anna']));
    assert.equal(provider.asks, 1);
  });

  test('are all tried for a token that names none, a new one too', async () => {
    assert.equal(await read(await provider.add('RS256')), 'anna');
    const second = await provider.add('RS256');
    assert.equal(await read(second), 'anna');
    assert.equal(await read(await provider.add('RS256')), 'anna');
    assert.equal(await read(second), 'anna');
  });

  test('that are called back end what they signed, however often it was read', async () => {
    const text = await provider.add('ES256', 'one');
    assert.equal(await read(text), 'anna');
    assert.equal(await read(text), 'anna');
    assert.equal(provider.asks, 1);
    provider.keys.length = 0;
    assert.equal(await read(await provider.add('ES256', 'two')), 'anna');
    assert.equal(await read(text), 'auth/required');
  });

  test('that cannot be had are our trouble, not a wrong token, and the log says why', async () => {
    const text = await provider.add('ES256');
    const troubles: [string, (response: ServerResponse) => void][] = [
      ['HTTP 503', (response) => response.writeHead(503).end('{}')],
      ['HTTP 302', (response) => response.writeHead(302, { location: '/' }).end()],
      ['not valid JSON', (response) => response.end('<html>')],
      ['JSON Web Key Set malformed', (response) => response.end('{"keys":{}}')],
      ['other side closed', (response) => response.destroy()],
      ['exceeded max size', (response) => response.end(' '.repeat(300_000))],
    ];
    for (const [why, reply] of troubles) {
      provider.reply = reply;
      await tokens.onApplicationShutdown();
      tokens = new Tokens(new GatewayConfig({ AUTH_JWKS_URL: provider.url }));
      warned.length = 0;
      assert.equal(await read(text), 'service/unavailable', why);
      assert.equal(await read(text), 'service/unavailable', why);
      assert.equal(warned.length, 1, 'once a minute');
      assert.ok(warned[0]?.includes(why), `${why}: ${warned[0]}`);
    }
  });

  test('that fit nothing are our trouble too', async () => {
    const text = await provider.add('ES256');
    Object.assign(provider.keys[0] ?? {}, { x: 'AAAA' });
    assert.equal(await read(text), 'service/unavailable');
    assert.equal(warned.length, 1);
  });
});

/** What is said as a warning from now on. */
function listen(): string[] {
  const warned: string[] = [];
  const warn = (words: string) => warned.push(words);
  Logger.overrideLogger({ warn, log: () => undefined, error: () => undefined });
  return warned;
}

test('a provider that is away is away for a day before anybody notices', async (t) => {
  const provider = new Provider();
  await provider.start();
  const url = provider.url;
  let nowMs = 5;
  const set = new KeySet(url, {}, () => nowMs);
  t.after(() => set.close());
  const warned = listen();
  await provider.add('ES256');
  const first = await set.keys();
  nowMs += 599_000;
  assert.equal(await set.keys(), first);
  nowMs += 2_000;
  const second = await set.keys();
  assert.notEqual(second, first, 'asked for again after ten minutes');
  provider.stop();
  for (const passedMs of [700_000, 1_000, 85_000_000]) {
    nowMs += passedMs;
    assert.equal(await set.keys(), second);
  }
  await assert.rejects(set.newer(), { code: 'service/unavailable' });
  nowMs += 86_400_000;
  await assert.rejects(set.keys(), { code: 'service/unavailable' });
  assert.match(warned[0] ?? '', /ECONNREFUSED/);
});

test('a provider is asked through the proxy, if there is one', async (t) => {
  const proxy = await ConnectProxy.start();
  t.after(() => proxy.stop());
  proxy.mood = 'refuse';
  const set = new KeySet('https://id.invalid/keys', { HTTPS_PROXY: `http://${proxy.host}` });
  t.after(() => set.close());
  const warned = listen();
  await assert.rejects(set.keys(), { code: 'service/unavailable' });
  assert.deepEqual(proxy.asked, ['id.invalid:443']);
  assert.match(warned[0] ?? '', /Proxy response \(407\)/);
});
