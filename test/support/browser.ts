import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
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

  async visit(size: { width: number; height: number } = { width: 1100, height: 900 }) {
    const context = await this.browser.newContext({ viewport: size, locale: 'zh-CN' });
    context.setDefaultTimeout(stepMsMax);
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on('pageerror', (error) => troubles.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') troubles.push(message.text());
    });
    return { context, page, troubles } satisfies Visit;
  }

  async stop(): Promise<void> {
    await this.browser.close();
  }
}
