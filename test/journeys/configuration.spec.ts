import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../support/folders';
import { ask } from '../support/http';
import { hasRedis } from '../support/machine';
import { freePort } from '../support/ports';
import { type App, ServiceProcess } from '../support/processes';
import { sentinelOver } from '../support/sentinel';

interface Wrong {
  readonly env: Record<string, string>;
  /** Every bad variable is named. */
  readonly named: readonly string[];
}

const secret = 'not-32-characters-and-secret';
const wrong: Record<App, Wrong> = {
  'cart-gateway': {
    env: { PORT: 'http', QR_WAIT_MS: '5', ORDER_RPC: 'http://127.0.0.1', DEMO: 'yes' },
    named: ['PORT', 'QR_WAIT_MS', 'ORDER_RPC', 'DEMO'],
  },
  'order-service': {
    env: { DATABASE_URL: 'postgres://a', WORKER_ID: '1023', PAY_LOG_TTL_MS: '-1' },
    named: ['DATABASE_URL', 'WORKER_ID', 'PAY_LOG_TTL_MS'],
  },
  'pay-service': {
    env: { WECHAT_KEY: secret, WECHAT_MCH_ID: 'abc', WECHAT_API_URL: 'http://example.com' },
    named: ['WECHAT_APPID', 'WECHAT_KEY', 'WECHAT_MCH_ID', 'WECHAT_API_URL'],
  },
  'wechat-sandbox': { env: { PORT: '70000', WECHAT_KEY: secret }, named: ['PORT', 'WECHAT_KEY'] },
};
const undecodable = `p%${secret}`;
const badStores = {
  'a % in a password that starts no character': {
    DATABASE_URL: `mariadb://root:${undecodable}@127.0.0.1/saoma`,
    REDIS_URL: `redis://:${undecodable}@127.0.0.1:6379`,
  },
  'addresses that are none': {
    DATABASE_URL: `mariadb://root:${secret}@127.0.0.1:99999/saoma`,
    REDIS_URL: `redis://:${secret}@127.0.0.1:99999`,
  },
};

describe('a wrong environment', () => {
  for (const [app, { env, named }] of Object.entries(wrong) as [App, Wrong][]) {
    it(`stops the ${app} at start, with every bad variable in one message`, async () => {
      const { code, said } = await new ServiceProcess(app, env).startInVain();
      assert.equal(code, 1);
      for (const name of named) assert.match(said, new RegExp(`\\b${name}\\b`));
      assert.doesNotMatch(said, new RegExp(`${secret}|node_modules`));
    });
  }

  for (const [what, env] of Object.entries(badStores)) {
    it(`names ${what}, and not the password`, async () => {
      const { code, said } = await new ServiceProcess('order-service', env).startInVain();
      assert.equal(code, 1);
      for (const name of Object.keys(env)) assert.match(said, new RegExp(`${name}: `));
      assert.doesNotMatch(said, new RegExp(`${secret}|node_modules`));
    });
  }

  if (hasRedis) {
    it('names a Redis that the sentinels do not know', async (t) => {
      const sentinel = await sentinelOver(await freePort());
      t.after(() => sentinel.stop());
      const { code, said } = await new ServiceProcess('order-service', {
        DATABASE_URL: `sqlite:${join(temporaryFolder('nobody'), 'saoma.sqlite')}`,
        REDIS_URL: `redis+sentinel://:${secret}@127.0.0.1:${sentinel.port}/other`,
      }).startInVain();
      assert.equal(code, 1);
      assert.match(said, /^order-service: REDIS_URL: no sentinel knows other$/m);
      assert.doesNotMatch(said, new RegExp(`${secret}|node_modules`));
    });
  }

  it('a gateway where nobody could sign in says so beside whatever else is wrong', async () => {
    const { said } = await new ServiceProcess('cart-gateway', { PORT: 'http' }).startInVain();
    assert.match(said, /PORT: /);
    assert.match(said, /AUTH_JWT_SECRET or AUTH_JWKS_URL: /);
  });

  it('without DEMO there is no demo sign-in', async () => {
    const port = await freePort();
    const nobody = await freePort();
    const gateway = await ServiceProcess.start('cart-gateway', {
      PORT: String(port),
      ORDER_RPC: `tcp://127.0.0.1:${nobody}`,
      PAY_RPC: `tcp://127.0.0.1:${nobody}`,
      AUTH_JWT_SECRET: 'a'.repeat(32),
    });
    const url = `http://127.0.0.1:${port}/api/session`;
    const answer = await ask('POST', url, { body: { user_id: 'a' } });
    assert.equal(answer.status, 404);
    await gateway.stop();
  });

  it('a gateway that sells says where pay_url leads, unless it is told', async () => {
    const image = { PORT: '0', HOST: '0.0.0.0', AUTH_JWT_SECRET: 'a'.repeat(32) };
    const warned = /PUBLIC_URL is not set: pay_url leads payers to http:\/\/0\.0\.0\.0:/;
    const named = { PUBLIC_URL: 'https://pay.example.com' };
    for (const [env, times] of [
      [{}, 1],
      [named, 0],
      [{ DEMO: 'true' }, 0],
    ] as const) {
      const gateway = await ServiceProcess.start('cart-gateway', { ...image, ...env });
      const { log } = gateway;
      await gateway.stop();
      assert.equal(log.filter((line) => warned.test(line)).length, times);
    }
  });
});
