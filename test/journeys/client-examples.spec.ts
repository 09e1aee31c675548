import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { textOf } from '../../scripts/docs/source-words';
import { ChromiumBrowser } from '../support/browser';
import { Child } from '../support/child';
import { loseRefundAnswers } from '../support/console';
import { EmptyFolder } from '../support/empty-folder';
import { type Answer, ask, expected } from '../support/http';
import { hasBash, hasChromium, hasPython, program } from '../support/machine';
import { freePorts } from '../support/ports';
import { byLink, partsOf } from '../support/shop-order';
import { authSecret, System } from '../support/system';
import { secondsFromNow, token } from '../support/token';
import { until } from '../support/until';
import { projectRoot } from '../tidy/tree';

/** The commands of the README: those of Saoma's terminal, of a shop in Python, of one in Node. */
const section = /^## Any shop: .*?(?=^## )/ms.exec(textOf('README.md'))?.[0] ?? '';
const [saoma = '', python = '', node = ''] = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(
  ([, block = '']) => block,
);
const secret = /SHOP_WEBHOOK_SECRET=(\S+)/.exec(saoma)?.[1] ?? '';
const shopMsMax = 120_000;

const folder = new EmptyFolder();
let system: System;
let [shopPort, pagePort] = [0, 0];

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

/** Somebody comes by the link, and pays with the phone. */
async function pay(pay_url: string): Promise<string> {
  const out_trade_no = new URL(pay_url).searchParams.get('out_trade_no') ?? '';
  const payer = await byLink(system.url(), pay_url);
  await system.sandbox.pay((await payer.createNative(out_trade_no)).code_url);
  return out_trade_no;
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

/** The shop is paid, hears of it, refuses who forges, gives the money back, and ends. */
async function sells(shop: Child): Promise<void> {
  const link = () => /pay here: (\S+)/.exec(shop.lastWords())?.[1];
  const pay_url = await shop.orEnds(until('the link', link, shopMsMax), shopMsMax);
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
  const out_trade_no = await pay(pay_url);
  assert.equal(await shop.exits(), 0, shop.lastWords());
  const said = shop.lastWords();
  for (const line of [`paid ${out_trade_no}`, `refunded ${out_trade_no}`, 'closed 1']) {
    assert.equal(`${said}\n`.split(`message: payment.${line}\n`).length, 2, said);
  }
  assert.match(said, /payment: SUCCESS\n.*refund: \d+/s);
  const operator = await system.shopper({ roles: ['operator'] });
  assert.equal((await operator.payment(out_trade_no)).refund_fee, 1_200);
}

/** WeChat takes no refund of this payment, until what this gives is called. */
function refuseRefund(out_trade_no: string): Promise<() => Promise<void>> {
  const match = { call: 'refund', out_trade_no };
  return system.sandbox.fault({ kind: 'reset', phase: 'before', times: 1_000, match });
}

/** A host of the shop's own that has the example's page and the client's file, and nothing else. */
function servePage(t: TestContext): void {
  const files: Record<string, readonly [type: string, file: string]> = {
    '/': ['text/html', join(projectRoot(), 'examples/static-page/index.html')],
    '/saoma-client.js': [
      'text/javascript',
      join(folder.path, 'node_modules/saoma-client/dist/saoma-client.js'),
    ],
  };
  const server = createServer(({ url = '' }, response) => {
    const [type, file] = files[url] ?? [];
    if (file) response.writeHead(200, { 'content-type': type }).end(readFileSync(file));
    else response.writeHead(204).end();
  }).listen(pagePort, '127.0.0.1');
  t.after(() => server.close());
}

/** A cashier at the page, with a token for each of the two roles. */
async function visit(t: TestContext, browser: ChromiumBrowser) {
  servePage(t);
  const { context, page, troubles } = await browser.visit();
  t.after(() => context.close());
  await page.goto(`http://127.0.0.1:${pagePort}/`);
  const tokenOf = (role: string) =>
    token({ sub: `till-${role}`, roles: [role], exp: secondsFromNow(600) }, authSecret);
  const fill = async (fields: Readonly<Record<string, string>>) => {
    for (const [name, value] of Object.entries(fields)) await page.fill(`[name=${name}]`, value);
  };
  await fill({ url: system.url(), token: tokenOf('shop'), operator: tokenOf('operator') });
  const line = (text: string) => page.locator('#sale').getByText(text);
  /** Takes a payment, and gives its link once the page says what has become of it. */
  const take = async (merchant_order_no: string, total_fee: number, state = 'waiting') => {
    await fill({ merchant_order_no, total_fee: `${total_fee}`, body: '两张电影票' });
    await page.click('#till button');
    await line(`${merchant_order_no}, ${total_fee} fen: ${state}`).waitFor();
    const link = page.locator('#sale a');
    return state === 'waiting' ? ((await link.getAttribute('href')) ?? '') : '';
  };
  /** Looks at a refund again until it says so. */
  const lookUntil = (text: string) =>
    until(text, async () => {
      await page.evaluate("document.querySelector('#sale button')?.click()");
      return line(text).isVisible();
    });
  return { page, troubles, take, line, lookUntil };
}

function theTill(): void {
  let browser: ChromiumBrowser;
  before(async () => {
    browser = await ChromiumBrowser.start();
  });
  after(() => browser?.stop());

  it('tells of the one sale that it names, and of no former one', async (t) => {
    const { page, troubles, take, line } = await visit(t, browser);
    const first = await take('till-C', 100);
    const given = page.waitForEvent('requestfailed');
    const second = await take('till-D', 99_900);
    assert.ok((await given).url().includes(partsOf(first).out_trade_no));
    const paid = await pay(first);
    const shop = await system.shopper({ roles: ['operator'] });
    await until('it is paid', async () => (await shop.payment(paid)).trade_state === 'SUCCESS');
    assert.ok(await line('till-D, 99900 fen: waiting').isVisible());
    assert.equal(await page.getAttribute('#sale a', 'href'), second);
    await pay(second);
    await line('till-D, 99900 fen: SUCCESS').waitFor();
    await take('till-C', 100, 'SUCCESS');
    assert.deepEqual(troubles, []);
  });

  it('gives back what the button names, and says when it is back', async (t) => {
    const { page, troubles, take, line, lookUntil } = await visit(t, browser);
    const button = page.getByRole('button', { name: 'Give 700 fen of till-A back' });
    const out_trade_no = await pay(await take('till-A', 700));
    const accepts = await refuseRefund(out_trade_no);
    await button.waitFor();
    await take('till-B', 900);
    assert.equal(await button.count(), 0);
    await take('till-A', 700, 'SUCCESS');
    await button.click();
    await line('till-A, 700 fen: not confirmed by WeChat yet: if it stays so').waitFor();
    await accepts();
    await lookUntil('till-A, 700 fen: given back. Of this sale 700 fen have gone back in all');
    await take('till-A', 700, 'REFUND. Of this sale 700 fen have gone back in all');
    assert.equal(await page.locator('#sale button').count(), 0);
    assert.deepEqual(troubles, []);
  });

  it('lets the cashier look again when the answer to a refund is lost', async (t) => {
    const { page, take, lookUntil } = await visit(t, browser);
    const out_trade_no = await pay(await take('till-F', 300));
    const accepts = await refuseRefund(out_trade_no);
    const give = page.getByRole('button', { name: 'Give 300 fen of till-F back' });
    await give.waitFor();
    await page.route('**/refunds', (route) => route.abort());
    await give.click();
    await page.getByRole('button', { name: 'Look again' }).waitFor();
    await page.unroute('**/refunds');
    await page.getByRole('button', { name: 'Look again' }).click();
    await give.waitFor();
    const sent = `SELECT * FROM tb_refund WHERE out_trade_no = '${out_trade_no}'`;
    assert.deepEqual(await system.rows(sent), []);
    await loseRefundAnswers(page);
    await give.click();
    await page.getByRole('button', { name: 'Look again' }).waitFor();
    await accepts();
    await lookUntil('till-F, 300 fen: given back');
  });

  it('tells what has gone back in all, also when its own refund came too late', async (t) => {
    const { page, take, line, lookUntil } = await visit(t, browser);
    const out_trade_no = await pay(await take('till-G', 1_800));
    const give = page.getByRole('button', { name: 'Give 1800 fen of till-G back' });
    await give.waitFor();
    const match = { notice: 'refund', out_trade_no };
    const tells = await system.sandbox.fault({ kind: 'drop', times: 1_000, match });
    const notify_url = `${system.url()}/pay/refundNotify`;
    await system.sandbox.refundInConsole({ out_trade_no, refund_fee: 1_800, notify_url });
    await give.click();
    await lookUntil("Before you give cash, look in WeChat's console");
    await tells();
    await system.sandbox.notifyOfRefund(out_trade_no);
    await lookUntil('Of this sale 1800 fen have gone back in all');
    assert.ok(await line('by this refund nothing went back').isVisible());
  });

  it('gives back what is left when a part has gone back elsewhere', async (t) => {
    const { page, take, line, lookUntil } = await visit(t, browser);
    const out_trade_no = await pay(await take('till-H', 1_800));
    const give = (fee: number) =>
      page.getByRole('button', { name: `Give ${fee} fen of till-H back` });
    await give(1_800).waitFor();
    const operator = await system.shopper({ roles: ['operator'] });
    expected(201, await operator.refund(out_trade_no, 800));
    await operator.paymentIn('REFUND', out_trade_no);
    await give(1_800).click();
    await line('1000 fen are left of the payment').waitFor();
    await give(1_000).waitFor();
    await take('till-H', 1_800, 'REFUND. Of this sale 800 fen have gone back in all');
    await give(1_000).click();
    await lookUntil('given back. Of this sale 1800 fen have gone back in all');
  });

  it('tells the cashier that an operator has to pay it out', async (t) => {
    const { page, take, lookUntil } = await visit(t, browser);
    const out_trade_no = await pay(await take('till-I', 200));
    const match = { call: 'refund', out_trade_no };
    await system.sandbox.fault({ kind: 'refund_ending', ending: 'CHANGE', match });
    await page.getByRole('button', { name: 'Give 200 fen of till-I back' }).click();
    await lookUntil('an operator has to pay it out');
  });

  it("offers no refund without an operator's token", async (t) => {
    const { page, take, line } = await visit(t, browser);
    await page.fill('[name=operator]', '');
    await pay(await take('till-E', 500));
    await line('till-E, 500 fen: SUCCESS').waitFor();
    assert.equal(await page.getByRole('button').count(), 1);
  });
}

describe('a shop with orders of its own, from an empty folder', () => {
  before(async () => {
    [shopPort = 0, pagePort = 0] = await freePorts(2);
    const SHOP_WEBHOOK_URL = `http://127.0.0.1:${shopPort}/`;
    const quick = { QUERY_INTERVAL_MS: '100', WECHAT_REFUND_SPACING_MS: '0' };
    const env = {
      'cart-gateway': { STOREFRONT_ORIGINS: `http://127.0.0.1:${pagePort}` },
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

    it('says in Python why it was refused', async (t) => {
      const shop = type(t, python.replace(/(SAOMA_TOKEN)=.*/, '$1=forged'));
      assert.equal(await shop.exits(), 1);
      assert.match(shop.lastWords(), /POST \/api\/payments: 401 .*auth\/required/);
    });
  }

  if (hasBash) {
    it('sells, is told and gives back in Node, by the commands of the README', async (t) => {
      await sells(type(t, python.replace(/^python3 .*$/m, '') + node));
    });
  }

  if (hasChromium) describe('a page on another origin', theTill);
});
