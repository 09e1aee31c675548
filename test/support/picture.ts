import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page, PageScreenshotOptions } from 'playwright-core';
import { projectRoot } from '../tidy/tree';

/** With PICTURES=1 a page is pictured for the documents; otherwise no test changes the tree. */
export async function takePicture(
  page: Page,
  name: string,
  options: PageScreenshotOptions = {},
): Promise<void> {
  if (process.env.PICTURES !== '1') return;
  const path = join(projectRoot(), 'docs', 'pictures', `${name}.png`);
  mkdirSync(dirname(path), { recursive: true });
  await page.screenshot({ path, ...options });
}
