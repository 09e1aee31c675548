import type { BrowserContextOptions, Page } from 'playwright-core';
import type { ChromiumBrowser } from './browser';
import { type SignedVisit, signedVisit } from './signed-visit';

/** Waits until the text can be read; a page may have it also where nobody sees it. */
export const isShown = (page: Page, text: string, limitMs?: number) =>
  page.getByText(text).filter({ visible: true }).first().waitFor({ timeout: limitMs });
export const hasCode = (page: Page, limitMs?: number) =>
  page.waitForSelector('#qrious:not([hidden])', { timeout: limitMs });

/** The requests of a page to addresses that hold this text, as they are sent. */
export function listen(page: Page, part: string): string[] {
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes(part)) sent.push(request.url());
  });
  return sent;
}

interface Bought extends SignedVisit {
  readonly out_trade_no: string;
  readonly code_url: string;
  readonly address: string;
}

/** Somebody has bought and sees the code. The gateway is reached at `url`. */
export async function bought(
  browser: ChromiumBrowser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Bought> {
  const visit = await signedVisit(browser, url, options);
  const { out_trade_no } = await visit.shopper.buy();
  const { code_url } = await visit.shopper.createNative(out_trade_no);
  const address = `${url}/pay.html?out_trade_no=${out_trade_no}`;
  await visit.page.goto(address);
  await hasCode(visit.page);
  return { ...visit, out_trade_no, code_url, address };
}
