import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { z } from 'zod';
import { assertAccessible } from './accessibility';
import { type ChromiumBrowser, phone, type Visit } from './browser';
import { expected } from './http';
import { aReceiver, rice, type Shopper, tea } from './shopper';
import type { System } from './system';

/** The narrowest phone that people hold. */
export const narrow = { ...phone, viewport: { width: 360, height: 740 } };

/** Axe finds nothing, and nothing is wider than the window. */
export async function assertGoodView(page: Page, what: string): Promise<void> {
  await assertAccessible(page, what);
  const { scrollWidth, clientWidth } = (await page.evaluate(
    '(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }))(document.documentElement)',
  )) as { scrollWidth: number; clientWidth: number };
  assert.equal(scrollWidth, clientWidth, what);
}

/** Names the order that these goods are of. */
export async function chooseOrder(page: Page, goods: string): Promise<void> {
  const option = page.locator('#order_id option', { hasText: goods });
  await page.selectOption('#order_id', await option.getAttribute('value'));
}

/** Fills in a refund of the order of tea, and presses the button that asks once more. */
export async function askToRefund(page: Page, amount: string): Promise<void> {
  await chooseOrder(page, '龙井茶');
  await page.fill('#refund_fee', amount);
  await page.fill('#reason', '商品破损');
  await page.click('#refund-go');
}

/** Refunds are recorded, and the page hears nothing of it. */
export async function loseRefundAnswers(page: Page): Promise<void> {
  await page.route('**/refunds', async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    await route.fetch();
    await route.abort();
  });
}

/** What was recorded as refunds of a payment, the smallest first. */
export async function refundFees(system: System, out_trade_no: string): Promise<number[]> {
  const sql = `SELECT refund_fee FROM tb_refund WHERE out_trade_no = '${out_trade_no}'
    ORDER BY refund_fee`;
  return (await system.rows(sql)).map(({ refund_fee }) => Number(refund_fee));
}

interface Paid {
  readonly shopper: Shopper;
  readonly out_trade_no: string;
  readonly transaction_id: string;
}

/** Somebody new has paid 68.10 yuan for two orders; the goods go to this receiver. */
export async function paid(
  system: System,
  receiver: Partial<typeof aReceiver> = {},
): Promise<Paid> {
  const shopper = await system.shopper();
  for (const item of [tea, rice]) await shopper.putItem(item);
  const body = { payment_type: '1', receiver: { ...aReceiver, ...receiver } };
  const made = expected(201, await shopper.ask('POST', '/api/orders', { body }));
  const { out_trade_no } = z.looseObject({ out_trade_no: z.string() }).parse(made);
  const { code_url } = await shopper.createNative(out_trade_no);
  await system.sandbox.pay(code_url);
  const { transaction_id } = await shopper.paymentIn('SUCCESS', out_trade_no);
  return { shopper, out_trade_no, transaction_id: transaction_id ?? '' };
}

/** Signs in at whatever page of the console is open, as the demo offers it. */
export async function signInHere(
  page: Page,
  role: 'operator' | 'auditor',
  user_id = `${role}-1`,
): Promise<void> {
  await page.fill('#user_id', user_id);
  await page.selectOption('#role', role);
  await page.click('#sign-in-demo button');
  await page.waitForSelector('#sign-in', { state: 'hidden' });
}

/** A browser of somebody who has signed in at the console, and sees what it opens with. */
export async function consoleVisit(
  browser: ChromiumBrowser,
  system: System,
  options: { role?: 'operator' | 'auditor' } & BrowserContextOptions = {},
): Promise<Visit & { open(path: string): Promise<void> }> {
  const { role = 'operator', ...others } = options;
  const visit = await browser.visit(others);
  const open = async (path: string) => {
    await visit.page.goto(`${system.url()}/console/${path}`);
    await visit.page.waitForSelector('#loading', { state: 'hidden' });
  };
  await visit.page.goto(`${system.url()}/console/`);
  await signInHere(visit.page, role);
  return { ...visit, open };
}

/** What a module of the console makes of each of these. */
export function madeOf(page: Page, call: string, all: readonly unknown[]): Promise<string[][]> {
  const [file, name] = call.split('#');
  return page.evaluate(`import('/console/js/${file}.js').then(({ ${name} }) =>
    ${JSON.stringify(all)}.map((one) => ${name}(one)))`);
}

/** The texts that a source of the server makes by one of these calls, with what they carry. */
export function textsOf(
  path: string,
  call: RegExp,
  carried: Readonly<Record<string, string>> = {},
): [call: string, text: string][] {
  const made = new RegExp(`(${call.source})\\(\\s*(?:'([^']+)'|\`([^\`]+)\`)`, 'g');
  const whole = (text: string) =>
    text.replaceAll(/\$\{(.*?)\}/g, (_, name: string) => carried[name] ?? '7');
  const found = [...readFileSync(path, 'utf8').matchAll(made)];
  return found.map(([, by = '', plain, template]) => [by, whole(plain ?? template ?? '')]);
}
