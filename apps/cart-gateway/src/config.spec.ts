import assert from 'node:assert/strict';
import test from 'node:test';
import { ConfigError } from '@saoma/platform/config';
import { GatewayConfig } from './config';

const secret = { AUTH_JWT_SECRET: 'a secret of the tests, long enough for HS256' };

test('a secret is enough: everything else has its default', () => {
  const config = new GatewayConfig(secret);
  assert.deepEqual([config.PORT, config.HOST], [3000, '127.0.0.1']);
  assert.deepEqual(config.ORDER_RPC, [{ host: '127.0.0.1', port: 9001 }]);
  assert.deepEqual(config.PAY_RPC, [{ host: '127.0.0.1', port: 9000 }]);
  assert.equal(config.QR_WAIT_MS, 300_000);
  assert.deepEqual([config.STOREFRONT_ORIGINS, config.TRUST_PROXY, config.DEMO], [[], [], false]);
});

test('every wrong variable is named in one message, and no value is in it', () => {
  const wrong = {
    PORT: '70000',
    ORDER_RPC: 'http://127.0.0.1',
    QR_WAIT_MS: '99',
    STOREFRONT_ORIGINS: 'https://shop.example/path',
    STOREFRONT_IMAGE_HOSTS: 'img.shop.example;script-src',
    TRUST_PROXY: '10.0.0.0/99',
    AUTH_JWKS_URL: 'http://id.example/keys',
    DEMO: 'yes',
    STOREFRONT_QR: 'canvas',
  };
  assert.throws(
    () => new GatewayConfig({ ...secret, ...wrong }),
    (error) => {
      assert.ok(error instanceof ConfigError);
      for (const [name, value] of Object.entries(wrong)) {
        assert.ok(error.message.includes(`${name}:`), name);
        assert.ok(!error.message.includes(value), name);
      }
      return true;
    },
  );
});

test('pictures come from whole hosts of https, and nothing else gets into a policy', () => {
  const hosts = (STOREFRONT_IMAGE_HOSTS: string) =>
    new GatewayConfig({ ...secret, STOREFRONT_IMAGE_HOSTS }).pictureOrigins;
  assert.deepEqual(hosts(''), []);
  assert.deepEqual(hosts('IMG.shop.example, https://cdn.example:8443,127.0.0.1'), [
    'https://img.shop.example',
    'https://cdn.example:8443',
    'https://127.0.0.1',
  ]);
  for (const wrong of [
    ...['*', '*.shop.example', 'http://img.example', 'https:', 'data:', 'img.example/a', 'a..b,'],
    ...['img.example,', 'img example', "'self'", 'img.example:99999', 'a:b@img.example', '图.cn'],
    ...['img.example; script-src *', '//img.example', 'https://img.example/', '-a.example'],
  ]) {
    assert.throws(() => hosts(wrong), /STOREFRONT_IMAGE_HOSTS: must be hosts such as/, wrong);
  }
});

test('somebody must be able to sign in, in one way', () => {
  const refusal = /AUTH_JWT_SECRET or AUTH_JWKS_URL/;
  const keys = { AUTH_JWKS_URL: 'https://id.example/keys' };
  assert.throws(() => new GatewayConfig({}), refusal);
  assert.throws(() => new GatewayConfig({ ...secret, ...keys }), refusal);
  const before = { AUTH_JWT_SECRET_BEFORE: 'the secret of yesterday' };
  assert.throws(
    () => new GatewayConfig({ ...keys, ...before }),
    /AUTH_JWT_SECRET_BEFORE: must not/,
  );
  for (const env of [secret, keys, { DEMO: 'true' }, { DEMO: 'true', ...keys }]) {
    assert.doesNotThrow(() => new GatewayConfig(env));
  }
});

test('a demo, where anybody is whom he says, takes no real money', () => {
  const demo = (WECHAT_API_URL: string) => () =>
    new GatewayConfig({ DEMO: 'true', WECHAT_API_URL });
  assert.throws(demo('https://api.mch.weixin.qq.com'), /DEMO: must not be true with the real/);
  for (const own of ['', 'http://127.0.0.1:9100', 'http://wechat-sandbox:9100']) {
    assert.doesNotThrow(demo(own), own);
  }
});

test('origins are origins, proxies are addresses or networks', () => {
  const read = (env: Record<string, string>) => () => new GatewayConfig({ ...secret, ...env });
  const origins = 'https://shop.example, http://127.0.0.1:8080';
  assert.deepEqual(read({ STOREFRONT_ORIGINS: origins })().STOREFRONT_ORIGINS, [
    'https://shop.example',
    'http://127.0.0.1:8080',
  ]);
  for (const wrong of [
    '*',
    'shop.example',
    'https://shop.example/',
    'http://shop.example',
    'null',
  ]) {
    assert.throws(read({ STOREFRONT_ORIGINS: wrong }), ConfigError, wrong);
  }
  assert.doesNotThrow(read({ TRUST_PROXY: '127.0.0.1,10.0.0.0/8,::1,fd00::/8' }));
  for (const wrong of ['true', '1', 'proxy.example', '10.0.0.0/', '10.0.0.0/8/8', '127.0.0.1,']) {
    assert.throws(read({ TRUST_PROXY: wrong }), ConfigError, wrong);
  }
});
