import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { it } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { quickMoney } from '../support/every-way';
import { temporaryFolder } from '../support/folders';
import { ask, expected } from '../support/http';
import { paymentNotice } from '../support/notice';
import { onStores, storesHere } from '../support/on-stores';
import { opened, paid } from '../support/opened';
import type { Shopper } from '../support/shopper';
import { authSecret, merchant, type System } from '../support/system';
import { until } from '../support/until';
import { merchantKeys, v3Key } from '../support/wechat';

/** Whatever a key is made of. */
const newKey = () => randomBytes(16).toString('hex');

async function refund(system: System, out_trade_no: string): Promise<void> {
  const operator = await system.shopper({ roles: ['operator'] });
  expected(201, await operator.refund(out_trade_no, 100));
}

/** A notice of this payment has come, and was taken or not. */
const isTold = ({ sandbox }: System, out_trade_no: string) =>
  until(`a notice of ${out_trade_no}`, async () => (await sandbox.trade(out_trade_no)).notices[0]);

/** What every change finds: a code, money given, and somebody who has yet to ask for a code. */
async function underWay(system: System) {
  const uncoded = await system.shopper();
  const { out_trade_no } = await uncoded.buy();
  return {
    shown: await opened(system),
    given: await paid(system),
    uncoded: { shopper: uncoded, out_trade_no },
  };
}
type UnderWay = Awaited<ReturnType<typeof underWay>>;

/** After the change all of it comes to its end. */
async function endsWell(system: System, { shown, given, uncoded }: UnderWay): Promise<void> {
  await shown.shopper.paymentIn('SUCCESS', shown.out_trade_no);
  await given.shopper.paymentIn('REFUND', given.out_trade_no);
  const { code_url } = await uncoded.shopper.createNative();
  await system.sandbox.pay(code_url);
  await uncoded.shopper.paymentIn('SUCCESS', uncoded.out_trade_no);
  assert.equal((await isTold(system, uncoded.out_trade_no)).accepted, true);
}

/** WeChat gives no code while it does not believe who asks. */
async function getsNoCode({ shopper }: { readonly shopper: Shopper }): Promise<void> {
  assert.equal((await shopper.ask('GET', '/pay/createNative')).status, 503);
}

function pemFile(name: string, pem: string): string {
  const path = join(temporaryFolder('keys'), name);
  writeFileSync(path, pem);
  return path;
}

/** A shop that takes every message. */
class Shop {
  readonly heard: { body: string; headers: Record<string, string> }[] = [];
  private readonly server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    this.heard.push({ body, headers: request.headers as Record<string, string> });
    response.writeHead(204).end();
  });

  static async open(): Promise<Shop> {
    const shop = new Shop();
    await new Promise<void>((resolve) => shop.server.listen(0, '127.0.0.1', resolve));
    return shop;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

interface NewPasswords {
  readonly variables: Readonly<Record<string, string>>;
  readonly end: () => Promise<unknown>;
  readonly undo: () => Promise<unknown>;
}

/** Another user of the database, a second password of Redis; `end` takes the first ones away. */
async function newPasswords({ mariadb, redis, order }: System): Promise<NewPasswords> {
  const nothing = async () => undefined;
  if (!mariadb || !redis) return { variables: {}, end: nothing, undo: nothing };
  const { pathname } = new URL(order.env.DATABASE_URL ?? '');
  const database = pathname.slice(1);
  const password = newKey();
  await mariadb.query(`CREATE USER next@'%' IDENTIFIED BY '${password}';
    GRANT ALL ON ${database}.* TO next@'%'`);
  const acl = (...rule: string[]) =>
    redis.use((client) => client.call('ACL', 'SETUSER', 'saoma', ...rule));
  await acl('on', '>first', '~*', '&*', '+@all');
  await acl(`>${password}`);
  return {
    variables: {
      DATABASE_URL: `mariadb://next:${password}@127.0.0.1:${mariadb.port}/${database}`,
      REDIS_URL: `redis://saoma:${password}@127.0.0.1:${redis.port}`,
    },
    end: async () => {
      await mariadb.query(`REVOKE ALL ON ${database}.* FROM shop@'%'`);
      await acl('<first');
    },
    undo: () => mariadb.query(`GRANT ALL ON ${database}.* TO shop@'%'; DROP USER next@'%'`),
  };
}

const stores = storesHere.at(-1) ?? 'sqlite';

onStores(
  'a key that is changed while payments are under way',
  { stores, env: quickMoney },
  (of) => {
    it('the API key of APIv2: what its notices told is found by asking', async () => {
      const system = of();
      const { sandbox } = system;
      await system.speaks('v2');
      const all = await underWay(system);
      const late = await opened(system);
      const key = newKey();
      await sandbox.changeMerchant({ key });
      await sandbox.pay(all.shown.code_url);
      assert.equal((await isTold(system, all.shown.out_trade_no)).accepted, false);
      await refund(system, all.given.out_trade_no);
      await getsNoCode(all.uncoded);
      await system.pay.restartWith({ WECHAT_KEY: key });
      await endsWell(system, all);
      // A notice that WeChat had signed before is refused now.
      await sandbox.loseNotices(late.out_trade_no);
      await sandbox.pay(late.code_url);
      const { out_trade_no } = late;
      const body = paymentNotice(merchant, { out_trade_no, total_fee: 6_810 });
      assert.match((await ask('POST', `${system.url()}/pay/notify`, { body })).text, /FAIL/);
      await late.shopper.paymentIn('SUCCESS', out_trade_no);
      await sandbox.changeMerchant({ key: merchant.WECHAT_KEY });
      await system.speaks('v2');
    });

    it('the APIv3 key: payments are settled before anybody restarts anything', async () => {
      const system = of();
      const { sandbox } = system;
      await system.speaks('v3 public-key');
      const all = await underWay(system);
      const v3_key = newKey();
      await sandbox.changeMerchant({ v3_key });
      await sandbox.pay(all.shown.code_url);
      await all.shown.shopper.paymentIn('SUCCESS', all.shown.out_trade_no);
      assert.equal((await isTold(system, all.shown.out_trade_no)).accepted, false);
      await refund(system, all.given.out_trade_no);
      await system.pay.restartWith({ WECHAT_V3_KEY: v3_key });
      await endsWell(system, all);
      await sandbox.changeMerchant({ v3_key: v3Key });
    });

    it('the merchant’s certificate: what was asked meanwhile is asked again', async () => {
      const system = of();
      const { sandbox } = system;
      await system.speaks('v3 public-key');
      const all = await underWay(system);
      const { certificate, privateKey } = merchantKeys.next;
      await sandbox.changeMerchant({ certificate });
      await sandbox.pay(all.shown.code_url);
      await all.shown.shopper.paymentIn('SUCCESS', all.shown.out_trade_no);
      await refund(system, all.given.out_trade_no);
      await getsNoCode(all.uncoded);
      await system.pay.restartWith({
        WECHAT_CERT: pemFile('cert.pem', certificate),
        WECHAT_CERT_KEY: pemFile('key.pem', privateKey),
      });
      await endsWell(system, all);
      await sandbox.changeMerchant({ certificate: merchantKeys.now.certificate });
    });

    it('WeChat’s certificates, and its public key in their place', async () => {
      const system = of();
      const { sandbox } = system;
      await system.speaks('v3 certificate');
      const first = await opened(system);
      // It is listed before WeChat signs with it.
      await sandbox.changePlatform({ rotate: true, new_certificate_share: 0 });
      await system.pay.restartWith({});
      await sandbox.changePlatform({ new_certificate_share: 1 });
      await sandbox.pay(first.code_url);
      await first.shopper.paymentIn('SUCCESS', first.out_trade_no);

      const all = await underWay(system);
      await system.speaks('v3 both');
      await sandbox.pay(all.shown.code_url);
      await refund(system, all.given.out_trade_no);
      await sandbox.signsWith('public-key');
      await endsWell(system, all);
    });

    it('our own secrets: nobody signs in again, and no message is refused', async (t) => {
      const system = of();
      await system.speaks('v2');
      const { shopper, out_trade_no, code_url } = await opened(system);
      const shop = await Shop.open();
      t.after(() => shop.close());
      const [old, next] = [1, 2].map(() => `whsec_${randomBytes(24).toString('base64')}`);
      const token = { AUTH_JWT_SECRET: newKey() + newKey(), AUTH_JWT_SECRET_BEFORE: authSecret };
      const { gateway, order } = system;
      const before = { ...order.env, SHOP_WEBHOOK_URL: '', SHOP_WEBHOOK_SECRET: '' };
      const webhook = { SHOP_WEBHOOK_URL: shop.url, SHOP_WEBHOOK_SECRET: `${old} ${next}` };
      const stored = await newPasswords(system);
      await Promise.all([
        gateway.restartWith(token),
        order.restartWith({ ...stored.variables, ...webhook }),
      ]);
      await stored.end();
      const waits = shopper.queryPayStatus(out_trade_no);
      await system.sandbox.pay(code_url);
      assert.deepEqual(await waits, { success: true, message: '支付成功' });
      const { body, headers } = await until('the shop to hear of it', () =>
        shop.heard.find((one) => one.body.includes(out_trade_no)),
      );
      for (const secret of [old, next]) new Webhook(secret ?? '').verify(body, headers);
      await paid(system);
      await stored.undo();
      const after = { AUTH_JWT_SECRET: authSecret, AUTH_JWT_SECRET_BEFORE: '' };
      await Promise.all([gateway.restartWith(after), order.restartWith(before)]);
      assert.equal((await shopper.ask('GET', '/api/cart')).status, 200);
    });
  },
);
