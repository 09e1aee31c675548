import type { BrowserContext, BrowserContextOptions } from 'playwright-core';
import type { ChromiumBrowser, Visit } from './browser';
import { Shopper } from './shopper';

/** Someone who is signed in, at the pages and at the REST face. */
export interface SignedVisit extends Visit {
  readonly shopper: Shopper;
}

/** A browser of somebody new who is signed in at `url`. */
export async function signedVisit(
  browser: ChromiumBrowser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<SignedVisit> {
  const shopper = await Shopper.signIn(url);
  const visit = await browser.visit(options);
  await signIn(visit.context, shopper, url);
  return { ...visit, shopper };
}

/** Gives a profile the session that a shopper has. */
export async function signIn(
  context: BrowserContext,
  { credentials }: Shopper,
  url: string,
): Promise<void> {
  const [name = '', value = ''] = credentials.cookie?.split('=') ?? [];
  await context.addCookies([{ name, value, url }]);
}
