import { before } from 'node:test';
import { atEnd } from './at-end';
import { ChromiumBrowser } from './browser';
import { hasChromium } from './machine';
import { onStores } from './on-stores';
import type { System, SystemOptions } from './system';

/** One for all tests of a process: each visit has a profile of its own. */
let browser: Promise<ChromiumBrowser> | undefined;
atEnd(async () => (await browser)?.stop());

/** Registers tests of pages in the machine's Chromium, if it has one, on one kind of stores. */
export function inBrowser(
  name: string,
  options: SystemOptions,
  tests: (system: () => System, browser: () => ChromiumBrowser) => void,
): void {
  if (!hasChromium) return;
  onStores(name, options, (system) => {
    let chromium: ChromiumBrowser;
    before(async () => {
      browser ??= ChromiumBrowser.start();
      chromium = await browser;
    });
    tests(system, () => chromium);
  });
}
