import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { program } from './machine';

/** Headless, and silent: nothing that would speak to a host of the browser's own maker. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** No step of a page takes longer. */
const stepMsMax = 15_000;

export const desktop = { viewport: { width: 1100, height: 900 } };
/** A phone as its browser sees itself: narrow, and touched with a finger. */
export const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/** What happened in a page that nobody should see: thrown errors and error lines. */
export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly troubles: readonly string[];
}

/** The machine's Chromium. Each visit has a profile of its own, so it is a shopper of its own. */
export class ChromiumBrowser {
  private constructor(private readonly browser: Browser) {}

  static async start(): Promise<ChromiumBrowser> {
    const executablePath = program('chromium');
    return new ChromiumBrowser(await chromium.launch({ executablePath, args: flags }));
  }

  /** A window in Chinese, as wide as a desk's, unless the options say otherwise. */
  async visit(options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await this.browser.newContext({ ...desktop, locale: 'zh-CN', ...options });
    context.setDefaultTimeout(stepMsMax);
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on('pageerror', (error) => troubles.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') troubles.push(message.text());
    });
    return { context, page, troubles };
  }

  async stop(): Promise<void> {
    await this.browser.close();
  }
}
