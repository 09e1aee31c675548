import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { SandboxKit, SandboxOptions } from '../kit/create-sandbox';
import { aSandbox } from '../spec-kit';

let folder: string | undefined;
let files = 0;

/** A path where nothing is yet, in a folder that goes when the tests are over. */
export function aPath(): string {
  folder ??= mkdtempSync(path.join(tmpdir(), 'sandbox-file-'));
  const made = folder;
  if (files === 0) process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  files += 1;
  return path.join(folder, `book-${files}.json`);
}

export const readBook = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

/** What a process would find that begins after the one with this file was killed just now. */
export async function reborn(
  t: TestContext,
  file: string,
  some: SandboxOptions = {},
): Promise<{ readonly kit: SandboxKit; readonly copy: string }> {
  const copy = aPath();
  copyFileSync(file, copy);
  return { kit: await aSandbox(t, { ...some, file: copy }), copy };
}
