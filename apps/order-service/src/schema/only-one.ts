import { ConfigError } from '@saoma/platform/config';
import type { DatabaseAddress } from '../config';
import { isLockConflict } from '../database/database-errors';
import { refusalOf } from './connect';

/** Of two that start at the same moment each waits so long for the other's look at the file. */
const busyMsMax = 300;

/**
 * Makes this process the only order service of an embedded database; the answer gives that up. It
 * is SQLite's own lock, on a file beside it: so it ends with the process, however that ends, and
 * commands that need the database, too, are not kept out.
 */
export function beOnlyOne(address: DatabaseAddress): () => void {
  if (address.kind !== 'sqlite' || address.file === ':memory:') return () => undefined;
  const { file } = address;
  try {
    return lockOn(`${file}.lock`);
  } catch (cause) {
    if (!isLockConflict(cause)) throw refusalOf(cause as Error);
    throw new ConfigError(
      `DATABASE_URL: another order service uses ${file}: give this one a file of its own, ` +
        'such as sqlite:data/second.sqlite',
      { cause },
    );
  }
}

function lockOn(file: string): () => void {
  const lock = new (require('libsql'))(file, { timeout: busyMsMax });
  // Else a journal is left beside it.
  lock.pragma('journal_mode = MEMORY');
  lock.exec('BEGIN EXCLUSIVE');
  return () => {
    lock.exec('ROLLBACK');
    lock.close();
  };
}
