import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { projectRoot } from '../tidy/tree';
import { ChromiumBrowser, type Visit } from './browser';
import { EmptyFolder } from './empty-folder';
import { quickMoney } from './every-way';
import { hasChromium } from './machine';
import { freePort } from './ports';
import { authSecret, System } from './system';
import { secondsFromNow, token } from './token';
import { until } from './until';

/** A cashier at the till of the examples, and the system that it takes money by. */
export type Till = ReturnType<typeof tillOf> &
  Pick<Visit, 'troubles'> & { readonly system: System };

/** What a cashier does at the page. */
function tillOf(page: Page) {
  const fill = async (fields: Readonly<Record<string, string>>) => {
    for (const [name, value] of Object.entries(fields)) await page.fill(`[name=${name}]`, value);
  };
  const line = (text: string) => page.locator('#sale').getByText(text);
  const button = (name: string) => page.getByRole('button', { name });
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
  return { page, fill, line, button, sell, take, lookUntil };
}

/** A host of the shop's own that has the example's page and the client's file, and nothing else. */
function servePage(folder: EmptyFolder, port: number): () => void {
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
  }).listen(port, '127.0.0.1');
  return () => {
    server.closeAllConnections();
    server.close();
  };
}

/** Registers tests of the till, which is on an origin of its own, where there is a browser. */
export function atTheTill(
  name: string,
  tests: (visit: (t: TestContext) => Promise<Till>) => void,
): void {
  if (!hasChromium) return;
  describe(name, () => {
    let system: System;
    let browser: ChromiumBrowser;
    let port = 0;
    let leave = () => {};
    before(async () => {
      port = await freePort();
      const env = {
        ...quickMoney,
        'cart-gateway': { STOREFRONT_ORIGINS: `http://127.0.0.1:${port}` },
      };
      system = await System.start({ stores: 'sqlite', way: 'v3 public-key', env });
      browser = await ChromiumBrowser.start();
      const folder = new EmptyFolder();
      folder.add('packages/client');
      leave = servePage(folder, port);
    });
    after(async () => {
      leave();
      await browser?.stop();
      await system?.stop();
    });
    /** The cashier has a token for each of the two roles. */
    const visit = async (t: TestContext) => {
      const { context, page, troubles } = await browser.visit();
      t.after(() => context.close());
      await page.goto(`http://127.0.0.1:${port}/`);
      const till = tillOf(page);
      await till.fill({ url: system.url(), token: roleToken('shop') });
      await till.fill({ operator: roleToken('operator') });
      return { ...till, troubles, system };
    };
    tests(visit);
  });
}

const roleToken = (role: string) =>
  token({ sub: `till-${role}`, roles: [role], exp: secondsFromNow(600) }, authSecret);
