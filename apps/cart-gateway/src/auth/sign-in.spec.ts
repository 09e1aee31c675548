import assert from 'node:assert/strict';
import test from 'node:test';
import type { AppError } from '@saoma/contracts/errors';
import { UnsecuredJWT } from 'jose';
import { GatewayConfig } from '../config';
import { bearer, Scene, secret, token } from '../spec-kit';
import { Tokens } from './tokens';

const cart = { lines: [], total_fee: 0 };
const askers: string[] = [];
const order = {
  getCart: ({ user_id }: { user_id: string }) => {
    askers.push(user_id);
    return cart;
  },
  clearCart: () => ({}),
};
const required = 'auth/required';
const now = Math.floor(Date.now() / 1000);

test('a token counts only if all of it is right', async (t) => {
  const env = { AUTH_ISSUER: 'https://id.example', AUTH_AUDIENCE: 'saoma' };
  const scene = await Scene.start(t, { order }, env);
  const right = { iss: env.AUTH_ISSUER, aud: env.AUTH_AUDIENCE };
  const unsigned = new UnsecuredJWT({ sub: 'anna', ...right }).setExpirationTime('1h').encode();
  const good = await token(right);
  const [header = '', payload = '', signature = ''] = good.split('.');
  const operator = Buffer.from(JSON.stringify({ sub: 'anna', roles: ['operator'], ...right }));
  const ask = (text: string) =>
    scene.ask('GET', '/api/cart', { headers: { authorization: `Bearer ${text}` } });
  const status = async (text: string) => (await ask(text)).status;
  assert.equal(await status(good), 200);
  assert.equal(await status(await token({ ...right, aud: ['other', 'saoma'] })), 200);
  for (const ahead of [{ nbf: now + 50 }, { iat: now + 50, nbf: now + 50 }, { exp: now - 50 }]) {
    assert.equal(await status(await token({ ...right, ...ahead })), 200, 'clocks may differ');
  }
  const refused = {
    'signed with another key': await token(right, 'another secret that is long enough too'),
    'without a signature': unsigned,
    'with another payload': `${header}.${operator.toString('base64url')}.${signature}`,
    truncated: `${header}.${payload}`,
    'of another issuer, and expired': await token({ ...right, iss: 'evil', exp: now - 70 }),
    'not yet valid': await token({ ...right, nbf: now + 120 }),
    'of another issuer': await token({ ...right, iss: 'https://evil.example' }),
    'for another audience': await token({ ...right, aud: 'other' }),
    'without issuer and audience': await token(),
    nonsense: 'x',
  };
  for (const [what, text] of Object.entries(refused)) {
    const answer = await ask(text);
    const { detail } = answer.json() as { detail: string };
    assert.deepEqual([answer.status, detail], [401, 'the token is not valid'], `a token ${what}`);
  }
  const expired = await ask(await token({ ...right, exp: now - 70 }));
  const { detail } = expired.json() as { detail: string };
  assert.deepEqual([expired.status, detail], [401, 'the token has expired']);
  const nobodys = {
    'without a user': await token({ ...right, sub: undefined }),
    'of a user with a control character': await token({ ...right, sub: 'an\u0000na' }),
    'of a user with a number for a name': await token({ ...right, sub: 7 }),
    'of a user with too long a name': await token({ ...right, sub: 'a'.repeat(256) }),
  };
  for (const [what, text] of Object.entries(nobodys)) {
    assert.equal(await status(text), 401, `a token ${what}`);
  }
});

test('a token that was good is refused when its time is over, or not yet', async (t) => {
  const tokens = new Tokens(new GatewayConfig({ AUTH_JWT_SECRET: secret }));
  const text = await token({ nbf: now, exp: now + 600 });
  t.mock.timers.enable({ apis: ['Date'] });
  const at = (seconds: number) => {
    t.mock.timers.setTime(seconds * 1_000);
    return tokens.read(text).then(
      ({ user_id }) => user_id,
      (error: AppError) => error.code,
    );
  };
  assert.equal(await at(now), 'anna');
  assert.equal(await at(now + 659), 'anna');
  assert.equal(await at(now + 660), 'auth/required');
  assert.equal(await at(now - 61), 'auth/required');
  assert.equal(await at(now - 60), 'anna');
});

test('while the secret is changed, tokens of both are good, then of the new one', async () => {
  const before = 'the secret of yesterday, long enough for HS256';
  const both = { AUTH_JWT_SECRET: secret, AUTH_JWT_SECRET_BEFORE: before };
  const told = async (env: Record<string, string>, text: string) => {
    const tokens = new Tokens(new GatewayConfig(env));
    const read = () =>
      tokens.read(text).then(
        ({ user_id }) => user_id,
        (error: AppError) => error.code,
      );
    const first = await read();
    assert.equal(await read(), first, 'what is remembered is the same');
    return first;
  };
  assert.equal(await told(both, await token()), 'anna');
  assert.equal(await told(both, await token({}, before)), 'anna');
  assert.equal(await told(both, await token({}, 'a third secret that nobody ever used')), required);
  assert.equal(await told(both, await token({ exp: now - 70 }, before)), required);
  assert.equal(await told({ AUTH_JWT_SECRET: secret }, await token({}, before)), required);
  const issued = await new Tokens(new GatewayConfig(both)).issue('berta', []);
  assert.equal(await told({ AUTH_JWT_SECRET: secret }, issued), 'berta');
});

test('a user may have 255 characters of any script', async (t) => {
  const scene = await Scene.start(t, { order });
  for (const sub of ['a'.repeat(255), '𠮷'.repeat(255)]) {
    assert.equal(
      (await scene.ask('GET', '/api/cart', { headers: await bearer({ sub }) })).status,
      200,
    );
    assert.equal(askers.at(-1), sub);
  }
});

test('what needs sign-in says 401 without it, and never asks the order service', async (t) => {
  const scene = await Scene.start(t, { order });
  const closed = ['/api/cart', '/api/orders', '/api/payments', '/api/payments/1/events'];
  askers.length = 0;
  for (const path of [...closed, '/pay/createNative', '/pay/queryPayStatus.do?out_trade_no=1']) {
    const answer = await scene.ask('GET', path);
    assert.equal(answer.status, 401, path);
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
    assert.equal((answer.json() as { code: string }).code, 'auth/required');
  }
  assert.deepEqual(askers, []);
});

test('the cookie counts as the Bearer header does, and the header counts first', async (t) => {
  const scene = await Scene.start(t, { order });
  const status = async (headers: Record<string, string>) =>
    (await scene.ask('GET', '/api/cart', { headers })).status;
  const cookie = `other=1; saoma_session=${await token({ sub: 'berta' })}`;
  askers.length = 0;
  assert.equal(await status({ cookie }), 200);
  assert.equal(await status({ cookie, ...(await bearer()) }), 200);
  assert.deepEqual(askers, ['berta', 'anna']);
  assert.equal(await status({ cookie, authorization: 'Bearer x' }), 401);
  assert.equal(await status({ cookie: 'saoma_session=' }), 401);
  assert.equal(await status({ cookie: cookie.replace('saoma_', '') }), 401);
});

test('with the cookie a change must come from our own page or a storefront of ours', async (t) => {
  const env = { STOREFRONT_ORIGINS: 'https://shop.example' };
  const scene = await Scene.start(t, { order }, env);
  const cookie = `saoma_session=${await token()}`;
  const status = async (headers: Record<string, string>, method = 'DELETE') =>
    (await scene.ask(method, '/api/cart', { headers })).status;
  assert.equal(await status({ cookie }), 204);
  assert.equal(await status({ cookie, origin: scene.url }), 204);
  assert.equal(await status({ cookie, origin: 'https://shop.example' }), 204);
  assert.equal(await status({ cookie, 'sec-fetch-site': 'same-origin' }), 204);
  for (const origin of ['https://evil.example', 'null', scene.url.replace('http', 'https')]) {
    assert.equal(await status({ cookie, origin }), 403, origin);
  }
  assert.equal(await status({ cookie, 'sec-fetch-site': 'cross-site' }), 403);
  const behind = { origin: 'https://shop.of-a-proxy.example', 'sec-fetch-site': 'same-origin' };
  assert.equal(await status({ cookie, ...behind }), 204, 'the browser knows it better');
  assert.equal(await status({ cookie, ...behind, 'sec-fetch-site': 'same-site' }), 403);
  assert.equal(await status({ cookie, origin: 'https://evil.example' }, 'GET'), 200);
  assert.equal(await status({ ...(await bearer()), origin: 'https://evil.example' }), 204);
});

test('the demo signs anybody in; without it there is no such route', async (t) => {
  const demo = await Scene.start(t, { order }, { DEMO: 'true', AUTH_JWT_SECRET: '' });
  const body = { user_id: '王小明', roles: ['operator'] };
  const signedIn = await demo.ask('POST', '/api/session', { body });
  assert.equal(signedIn.status, 200);
  assert.deepEqual(signedIn.json(), body);
  const [kept = ''] = signedIn.headers.getSetCookie();
  assert.match(kept, /^saoma_session=[^;]+; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/);
  const headers = { cookie: kept.split(';')[0] ?? '' };
  assert.equal((await demo.ask('GET', '/api/cart', { headers })).status, 200);
  assert.equal(askers.at(-1), '王小明');
  const forged = { authorization: `Bearer ${await token()}` };
  assert.equal((await demo.ask('GET', '/api/cart', { headers: forged })).status, 401);
  const foreign = { origin: 'https://evil.example' };
  assert.equal((await demo.ask('POST', '/api/session', { body, headers: foreign })).status, 403);
  for (const wrong of [{}, { user_id: '' }, { user_id: 'a', admin: true }, { user_id: 1 }]) {
    assert.equal((await demo.ask('POST', '/api/session', { body: wrong })).status, 400);
  }
  const out = await demo.ask('DELETE', '/api/session');
  assert.equal(out.status, 204);
  assert.match(out.headers.getSetCookie()[0] ?? '', /^saoma_session=; Max-Age=0;/);
  const real = await Scene.start(t, { order });
  assert.equal((await real.ask('POST', '/api/session', { body })).status, 404);
  assert.equal((await real.ask('DELETE', '/api/session')).status, 204);
});

test('behind a proxy a page is ours however the proxy writes our address', async (t) => {
  const env = { DEMO: 'true', TRUST_PROXY: '127.0.0.1' };
  const proxied = await Scene.start(t, { order }, env);
  const direct = await Scene.start(t, { order }, { DEMO: 'true' });
  const body = { user_id: 'a' };
  const status = async (origin: string, headers: Record<string, string>, scene = proxied) =>
    (await scene.ask('POST', '/api/session', { body, headers: { origin, ...headers } })).status;
  const told = (host: string, proto: string) => ({
    'x-forwarded-host': host,
    'x-forwarded-proto': proto,
  });
  const shop = 'https://shop.example';
  const ours = [
    ...[told('shop.example', 'https'), told('shop.example:443', 'https')],
    ...[told('SHOP.example', 'HTTPS'), told('shop.example, inner:80', 'https,http')],
    ...[{ forwarded: 'for=1.1.1.1;proto=https;host="shop.example:443"' }],
  ];
  for (const headers of ours) {
    assert.equal(await status(shop, headers), 200, JSON.stringify(headers));
    assert.equal(await status('https://evil.example', headers), 403);
    assert.equal(await status('http://shop.example', headers), 403, 'another scheme');
    assert.equal(await status('null', headers), 403);
    assert.equal(await status(shop, headers, direct), 403, 'of nobody who is trusted');
  }
  // nginx's $host has no port.
  assert.equal(await status('http://shop.example:8080', told('shop.example', 'http')), 200);
  assert.equal(await status('http://shop.example:8080', told('shop.example:80', 'http')), 403);
  assert.equal(await status('http://shop.example', told('shop.example:80', 'http')), 200);
});

test('behind a trusted proxy with https the cookie is Secure and the page is ours', async (t) => {
  const env = { DEMO: 'true', TRUST_PROXY: '127.0.0.1' };
  const scene = await Scene.start(t, { order }, env);
  const headers = {
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'shop.example',
    origin: 'https://shop.example',
  };
  const answer = await scene.ask('POST', '/api/session', { body: { user_id: 'a' }, headers });
  assert.equal(answer.status, 200);
  assert.match(answer.headers.getSetCookie()[0] ?? '', /; Secure$/);
  const stranger = await Scene.start(t, { order }, { DEMO: 'true' });
  const refused = await stranger.ask('POST', '/api/session', { body: { user_id: 'a' }, headers });
  assert.equal(refused.status, 403);
});
