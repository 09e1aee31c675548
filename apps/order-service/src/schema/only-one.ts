import { ConfigError } from '@saoma/platform/config';
import type { DatabaseAddress } from '../config';

/**
 * Makes this process the only order service of an embedded database; the answer gives that up. It
 * is SQLite's own lock, on a file beside it: so it ends with the process, however that ends, and
 * commands that need the database, too, are not kept out.
 */
export function beOnlyOne(address: DatabaseAddress): () => void {
  if (address.kind !== 'sqlite' || address.file === ':memory:') return () => undefined;
  const { file } = address;
  const lock = new (require('libsql'))(`${file}.lock`, { timeout: 0 });
  try {
    // Else a journal is left beside it.
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'SQLITE_BUSY') throw cause;
    throw new ConfigError(
      `DATABASE_URL: another order service uses ${file}: give this one a file of its own, ` +
        'such as sqlite:data/second.sqlite',
      { cause },
    );
  }
  return () => lock.close();
}
