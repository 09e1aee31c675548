import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { ChromiumBrowser } from '../support/browser';
import { loseRefundAnswers } from '../support/console';
import { EmptyFolder } from '../support/empty-folder';
import { quickMoney } from '../support/every-way';
import { hasChromium } from '../support/machine';
import { freePort } from '../support/ports';
import { byLink, partsOf, payByLink } from '../support/shop-order';
import { authSecret, System } from '../support/system';
import { secondsFromNow, token } from '../support/token';
import { moneyComes } from '../support/true-notice';
import { until } from '../support/until';
import { projectRoot } from '../tidy/tree';

const folder = new EmptyFolder();
let system: System;
let pagePort = 0;

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
  const sell = async (merchant_order_no: string, total_fee: number) => {
    await fill({ merchant_order_no, total_fee: `${total_fee}`, body: '两张电影票' });
    await page.click('#till button');
  };
  /** Takes a payment, and gives its link once the page says what has become of it. */
  const take = async (merchant_order_no: string, total_fee: number, state = 'waiting') => {
    await sell(merchant_order_no, total_fee);
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
  return { page, troubles, sell, take, line, lookUntil };
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
    const paid = await payByLink(system, first);
    const shop = await system.shopper({ roles: ['operator'] });
    await until('it is paid', async () => (await shop.payment(paid)).trade_state === 'SUCCESS');
    assert.ok(await line('till-D, 99900 fen: waiting').isVisible());
    assert.equal(await page.getAttribute('#sale a', 'href'), second);
    await payByLink(system, second);
    await line('till-D, 99900 fen: SUCCESS').waitFor();
    await take('till-C', 100, 'SUCCESS');
    assert.deepEqual(troubles, []);
  });

  it('gives back what the button names, and says when it is back', async (t) => {
    const { page, troubles, take, line, lookUntil } = await visit(t, browser);
    const button = page.getByRole('button', { name: 'Give 700 fen of till-A back' });
    const out_trade_no = await payByLink(system, await take('till-A', 700));
    const accepts = await refuseRefund(out_trade_no);
    await button.waitFor();
    await take('till-B', 900);
    assert.equal(await button.count(), 0);
    await take('till-A', 700, 'SUCCESS');
    await button.click();
    await line('till-A, 700 fen: not confirmed by WeChat yet: if it stays so').waitFor();
    // Another cashier must not pay it in cash.
    await take('till-A', 700, 'SUCCESS. Its last refund: not confirmed by WeChat yet');
    await accepts();
    await lookUntil('till-A, 700 fen: given back. Of this sale 700 fen have gone back in all');
    await take('till-A', 700, 'REFUND. Of this sale 700 fen have gone back in all');
    assert.equal(await page.locator('#sale button').count(), 0);
    assert.deepEqual(troubles, []);
  });

  it('lets the cashier look again when the answer to a refund is lost', async (t) => {
    const { page, take, lookUntil } = await visit(t, browser);
    const out_trade_no = await payByLink(system, await take('till-F', 300));
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
    const out_trade_no = await payByLink(system, await take('till-G', 1_800));
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
    const out_trade_no = await payByLink(system, await take('till-H', 1_800));
    const give = (fee: number) =>
      page.getByRole('button', { name: `Give ${fee} fen of till-H back` });
    await give(1_800).waitFor();
    const operator = await system.shopper({ roles: ['operator'] });
    const notify_url = `${system.url()}/pay/refundNotify`;
    await system.sandbox.refundInConsole({ out_trade_no, refund_fee: 800, notify_url });
    await operator.paymentIn('REFUND', out_trade_no);
    await give(1_800).click();
    await line('1000 fen are left of the payment. Whether it is recorded').waitFor();
    await give(1_000).waitFor();
    await page.getByRole('button', { name: 'Look again' }).waitFor();
    await take('till-H', 1_800, 'REFUND. Of this sale 800 fen have gone back in all');
    await give(1_000).click();
    await lookUntil('given back. Of this sale 1800 fen have gone back in all');
  });

  it('tells the cashier that an operator has to pay it out', async (t) => {
    const { page, take, lookUntil } = await visit(t, browser);
    const out_trade_no = await payByLink(system, await take('till-I', 200));
    const match = { call: 'refund', out_trade_no };
    await system.sandbox.fault({ kind: 'refund_ending', ending: 'CHANGE', match });
    await page.getByRole('button', { name: 'Give 200 fen of till-I back' }).click();
    await lookUntil('an operator has to pay it out');
  });

  it('says that the shop must look into money, and invites nobody to pay', async (t) => {
    const { page, troubles, sell, take, line } = await visit(t, browser);
    const must = 'the shop must look into: the customer must not pay again';
    const link = page.locator('#sale a');
    const { out_trade_no } = partsOf(await take('till-J', 600));
    await moneyComes(system, { out_trade_no, total_fee: 1 });
    await line(must).waitFor();
    assert.equal(await link.count(), 0);
    await take('till-K', 100);
    await sell('till-J', 600);
    await line(`till-J, 600 fen: waiting. WeChat has money for it that ${must}`).waitFor();
    assert.equal(await link.count(), 0);
    const shop = await system.shopper({ user_id: 'till-shop', roles: ['shop'] });
    await shop.close(out_trade_no);
    await line(`till-J, 600 fen: CLOSED. WeChat has money for it that ${must}`).waitFor();
    assert.deepEqual(troubles, []);
  });

  it('invites nobody to pay what is being closed or is unknown', async (t) => {
    const { page, sell, take, line } = await visit(t, browser);
    const pay_url = await take('till-L', 600);
    const { out_trade_no } = partsOf(pay_url);
    const payer = await byLink(system.url(), pay_url);
    await payer.createNative(out_trade_no);
    const fault = { kind: 'reset', phase: 'before', times: 1_000 } as const;
    const match = { call: 'orderquery', out_trade_no };
    const answers = await system.sandbox.fault({ ...fault, match });
    const shop = await system.shopper({ user_id: 'till-shop', roles: ['shop'] });
    await until('WeChat cannot be asked', async () => {
      return (await shop.payment(out_trade_no)).unknown_time !== null;
    });
    await sell('till-L', 600);
    await line('till-L, 600 fen: waiting. WeChat cannot be asked about it').waitFor();
    assert.equal(await page.locator('#sale a').count(), 0);
    await shop.close(out_trade_no);
    const both =
      'It is being closed: take no other money for it before it is CLOSED. WeChat cannot';
    await line(`till-L, 600 fen: waiting. ${both}`).waitFor();
    await answers();
    await line('till-L, 600 fen: CLOSED').waitFor();
  });

  it("offers no refund without an operator's token", async (t) => {
    const { page, take, line } = await visit(t, browser);
    await page.fill('[name=operator]', '');
    await payByLink(system, await take('till-E', 500));
    await line('till-E, 500 fen: SUCCESS. Refunds that are not back are seen with').waitFor();
    assert.equal(await page.getByRole('button').count(), 1);
  });
}

if (hasChromium) {
  describe('a till on another origin', () => {
    before(async () => {
      pagePort = await freePort();
      const env = {
        ...quickMoney,
        'cart-gateway': { STOREFRONT_ORIGINS: `http://127.0.0.1:${pagePort}` },
      };
      system = await System.start({ stores: 'sqlite', way: 'v3 public-key', env });
      folder.add('packages/client');
    });
    after(() => system?.stop());
    theTill();
  });
}
