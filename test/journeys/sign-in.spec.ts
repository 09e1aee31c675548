import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { ask } from '../support/http';
import { onEveryStore } from '../support/on-stores';
import { Shopper, tea } from '../support/shopper';
import { authSecret } from '../support/system';
import { secondsFromNow, token } from '../support/token';
import { until } from '../support/until';

const claims = { sub: 'user-of-a-token', exp: secondsFromNow(3_600) };
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });

const forgedTokens: Record<string, string> = {
  'of another secret': token(claims, randomBytes(32).toString('hex')),
  'without a signature': token(claims, '', { alg: 'none' }),
  expired: token({ ...claims, exp: secondsFromNow(-3_600) }, authSecret),
  'not valid yet': token({ ...claims, nbf: secondsFromNow(3_600) }, authSecret),
  'without a subject': token({ exp: claims.exp }, authSecret),
  'with a subject of 256 characters': token({ ...claims, sub: 'a'.repeat(256) }, authSecret),
  'with a subject that is a number': token({ ...claims, sub: 1 }, authSecret),
  'with its claims altered': token(claims, authSecret).replace(/\.[^.]+\./, '.eyJzdWIiOiJhIn0.'),
  'that is none': 'abc',
};

const guarded: [string, string][] = [
  ['GET', '/api/cart'],
  ['PUT', `/api/cart/items/${tea}`],
  ['DELETE', '/api/cart'],
  ['POST', '/api/orders'],
  ['GET', '/api/orders'],
  ['GET', '/api/orders/1'],
  ['GET', '/pay/createNative'],
  ['GET', '/pay/createNative.do'],
  ['GET', '/pay/queryPayStatus?out_trade_no=1'],
  ['GET', '/api/payments'],
  ['GET', '/api/payments/1'],
  ['GET', '/api/payments/1/events'],
  ['POST', '/api/payments/1/close'],
];

onEveryStore('sign-in', {}, (system) => {
  it('everything about a user needs it, and says so with 401', async () => {
    for (const [method, path] of guarded) {
      const answer = await ask(method, system().url() + path);
      assert.equal(answer.status, 401, `${method} ${path}: ${answer.text}`);
      assert.equal((answer.json() as { code: string }).code, 'auth/required');
    }
  });

  it('the catalogue, the pages, health and the OpenAPI file are open', async () => {
    const paths = [
      '/api/items',
      '/health/live',
      '/health/ready',
      '/openapi.json',
      '/',
      '/pay.html',
    ];
    for (const path of paths) {
      assert.equal((await ask('GET', system().url() + path)).status, 200, path);
    }
  });

  it('a bearer token and the cookie name the same user', async () => {
    const user_id = '王 小明 user';
    const byCookie = await system().shopper({ user_id });
    await byCookie.putItem(tea);
    const credentials = bearer(token({ ...claims, sub: user_id }, authSecret));
    const byToken = new Shopper({ url: system().url(), user_id, credentials });
    assert.deepEqual(await byToken.cart(), await byCookie.cart());
    const byOther = await system().shopper({ user_id: `${user_id} ` });
    assert.deepEqual((await byOther.cart()).lines, []);
  });

  it('users of 255 characters buy, pay and refund', async () => {
    const shopper = await system().shopper({ user_id: '𠮷'.repeat(255) });
    const operator = await system().shopper({ user_id: '𠮷'.repeat(255), roles: ['operator'] });
    const { out_trade_no } = await shopper.buy();
    const { code_url } = await shopper.createNative();
    await system().sandbox.pay(code_url);
    await shopper.paymentIn('SUCCESS', out_trade_no);
    const refund = await operator.ask('POST', `/api/payments/${out_trade_no}/refunds`, {
      body: { refund_fee: 1, reason: 'test' },
      headers: { 'idempotency-key': 'a' },
    });
    assert.equal(refund.status, 201, refund.text);
    assert.equal((await shopper.payment(out_trade_no)).user_id, shopper.user_id);
  });

  it('a token that is forged, stale or nameless is nobody’s', async () => {
    for (const [what, text] of Object.entries(forgedTokens)) {
      const asked = [bearer(text), { cookie: `saoma_session=${text}` }];
      for (const headers of asked) {
        const { status } = await ask('GET', `${system().url()}/api/cart`, { headers });
        assert.equal(status, 401, what);
      }
    }
    const headers = bearer(token(claims, authSecret));
    assert.equal((await ask('GET', `${system().url()}/api/cart`, { headers })).status, 200);
  });

  it('the cookie is for this site and for servers only, and goes at sign-out', async () => {
    const url = `${system().url()}/api/session`;
    const body = { user_id: 'a', roles: ['operator'] };
    const answer = await ask('POST', url, { body });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.json(), body);
    const [cookie = ''] = answer.headers.getSetCookie();
    assert.match(cookie, /^saoma_session=[^;]+;/);
    assert.match(cookie, /HttpOnly/i);
    assert.match(cookie, /SameSite=(Lax|Strict)/i);
    const out = await ask('DELETE', url, { headers: { cookie: cookie.split(';')[0] ?? '' } });
    assert.equal(out.status, 204);
    assert.match(out.headers.getSetCookie()[0] ?? '', /^saoma_session=;|Max-Age=0|1970/);
    for (const bad of [{}, { user_id: '' }, { user_id: 1 }, { user_id: 'a'.repeat(256) }]) {
      assert.equal((await ask('POST', url, { body: bad })).status, 400, JSON.stringify(bad));
    }
  });

  it('a command that comes from a foreign page by cookie is refused', async () => {
    const shopper = await system().shopper();
    const headers = { origin: 'https://evil.example' };
    const path = `/api/cart/items/${tea}`;
    const refused = await shopper.ask('PUT', path, { body: { num: 1 }, headers });
    assert.equal(refused.status, 403);
    assert.equal((refused.json() as { code: string }).code, 'auth/foreign-origin');
    assert.deepEqual((await shopper.cart()).lines, []);
    const own = await shopper.ask('PUT', path, {
      body: { num: 1 },
      headers: { origin: system().url() },
    });
    assert.equal(own.status, 200);
  });

  it('health: alive without the others, ready only with them', async () => {
    const status = async (path: string) => (await ask('GET', system().url() + path)).status;
    assert.equal(await status('/health/ready'), 200);
    await system().order.kill();
    await until('the gateway to be unready', async () => (await status('/health/ready')) === 503);
    assert.equal(await status('/health/live'), 200);
    await system().order.start();
    await until('the gateway to be ready', async () => (await status('/health/ready')) === 200);
  });
});
