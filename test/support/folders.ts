import { mkdtempSync, rmSync } from 'node:fs';
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

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
