import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { textOf } from '../../scripts/docs/source-words';
import { Child } from '../support/child';
import { EmptyFolder } from '../support/empty-folder';
import { type Answer, ask } from '../support/http';
import { hasBash, hasPython, program } from '../support/machine';
import { freePort } from '../support/ports';
import { partsOf, payByLink } from '../support/shop-order';
import { System } from '../support/system';
import { secondsFromNow } from '../support/token';
import { until } from '../support/until';
import { projectRoot } from '../tidy/tree';

/** The commands of the README: those of Saoma's terminal, of a shop in Python, of one in Node. */
const section = /^## Any shop: .*?(?=^## )/ms.exec(textOf('README.md'))?.[0] ?? '';
const [saoma = '', python = '', node = ''] = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(
  ([, block = '']) => block,
);
/** In the same terminal, in place of the shop in Python. */
const inNode = python.replace(/^python3 .*$/m, '') + node;
const secret = /SHOP_WEBHOOK_SECRET=(\S+)/.exec(saoma)?.[1] ?? '';
const shopMsMax = 120_000;

const folder = new EmptyFolder();
let system: System;
let shopPort = 0;

/** Runs commands of the README as they stand, but for the place of the project. */
function type(t: TestContext, commands: string): Child {
  const script = commands.replace('SAOMA=~/saoma', `SAOMA=${projectRoot()}`);
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder.path,
    PORT: new URL(system.url()).port, // as in Saoma's terminal
    SHOP_PORT: `${shopPort}`,
    SAOMA_URL: system.url(),
    npm_config_offline: 'true',
  };
  const args = ['-euo', 'pipefail', '-c', script];
  const shop = { name: 'the shop', file: program('bash'), args, env, cwd: folder.path };
  const child = new Child(shop);
  t.after(() => child.end('SIGKILL'));
  return child;
}

const closed = '{"type":"payment.closed","data":{"out_trade_no":"1","merchant_order_no":"B-1"}}';

/** The shop is told this by Saoma, always under the same id. */
function hears(body: string): Promise<Answer> {
  const [id, now] = ['msg_1', new Date()];
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': `${Math.floor(now.getTime() / 1_000)}`,
    'webhook-signature': new Webhook(secret).sign(id, now, body),
  };
  return ask('POST', `http://127.0.0.1:${shopPort}/`, { body, headers });
}

/** The link that the shop prints for its payer. */
function linkOf(shop: Child): Promise<string> {
  const link = () => /pay here: (\S+)/.exec(shop.lastWords())?.[1];
  return shop.orEnds(until('the link', link, shopMsMax), shopMsMax);
}

/** WeChat gives the money back in no way: the shop says which, and that it has failed. */
async function givesNothingBack(shop: Child, ending: 'REFUNDCLOSE' | 'CHANGE'): Promise<void> {
  const pay_url = await linkOf(shop);
  const match = { call: 'refund', out_trade_no: partsOf(pay_url).out_trade_no };
  await system.sandbox.fault({ kind: 'refund_ending', ending, match });
  await payByLink(system, pay_url);
  assert.equal(await shop.exits(), 1, shop.lastWords());
  assert.ok(shop.lastWords().includes(`the money is not back (${ending})`), shop.lastWords());
}

/** The shop is paid, hears of it, refuses who forges, gives the money back, and ends. */
async function sells(shop: Child): Promise<void> {
  const pay_url = await linkOf(shop);
  // It is new, so that nothing but its signature is wrong.
  const headers = {
    'webhook-id': 'a',
    'webhook-timestamp': `${secondsFromNow(0)}`,
    'webhook-signature': 'v1,a',
  };
  const body = '{"type": "payment.refunded", "data": {"out_trade_no": "1"}}';
  const forged = await ask('POST', `http://127.0.0.1:${shopPort}/`, { body, headers });
  assert.equal(forged.status, 401);
  assert.equal((await hears('{"type":"payment.closed"}')).status, 500);
  for (let times = 0; times < 2; times += 1) assert.equal((await hears(closed)).status, 204);
  const out_trade_no = await payByLink(system, pay_url);
  assert.equal(await shop.exits(), 0, shop.lastWords());
  const said = shop.lastWords();
  for (const line of [`paid ${out_trade_no}`, `refunded ${out_trade_no}`, 'closed 1']) {
    assert.equal(`${said}\n`.split(`message: payment.${line}\n`).length, 2, said);
  }
  assert.match(said, /payment: SUCCESS\n.*refund: \d+/s);
  const operator = await system.shopper({ roles: ['operator'] });
  assert.equal((await operator.payment(out_trade_no)).refund_fee, 1_200);
}

describe('a shop with orders of its own, from an empty folder', () => {
  before(async () => {
    shopPort = await freePort();
    const SHOP_WEBHOOK_URL = `http://127.0.0.1:${shopPort}/`;
    const quick = { QUERY_INTERVAL_MS: '100', WECHAT_REFUND_SPACING_MS: '0' };
    const env = {
      'order-service': { SHOP_WEBHOOK_URL, SHOP_WEBHOOK_SECRET: secret, ...quick },
      'wechat-sandbox': { SANDBOX_REFUND_AFTER_MS: '100', SANDBOX_REFUND_SPACING_MS: '0' },
    };
    system = await System.start({ stores: 'sqlite', way: 'v3 public-key', env });
    folder.add('packages/client');
  });
  after(() => system?.stop());

  if (hasBash && hasPython) {
    it('sells, is told and gives back in Python, by the commands of the README', async (t) => {
      await sells(type(t, python));
    });

    it('says in Python that a refund has failed, and ends with 1', async (t) => {
      await givesNothingBack(type(t, python), 'REFUNDCLOSE');
    });

    it('says in Python why it was refused', async (t) => {
      const shop = type(t, python.replace(/(SAOMA_TOKEN)=.*/, '$1=forged'));
      assert.equal(await shop.exits(), 1);
      assert.match(shop.lastWords(), /POST \/api\/payments: 401 .*auth\/required/);
    });
  }

  if (hasBash) {
    it('sells, is told and gives back in Node, by the commands of the README', async (t) => {
      await sells(type(t, inNode));
    });

    it('says in Node that a refund has failed, and ends with 1', async (t) => {
      await givesNothingBack(type(t, inNode), 'CHANGE');
    });
  }
});
