import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = new Set<string>();

/** A new, empty folder, which does not outlive this process. */
export function temporaryFolder(name: string): string {
  // Not before the first is asked for: whoever writes into it is ended earlier then.
  if (folders.size === 0) process.once('exit', () => folders.forEach(remove));
  const folder = mkdtempSync(join(tmpdir(), `saoma-${name}-`));
  folders.add(folder);
  return folder;
}

/** Moves a folder to where all look for it; whoever was first has made it for all. */
export function moveUnlessThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
