import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { ConfigError } from '@saoma/platform/config';

/** The locks of this process: its own number says nothing about them. */
const held = new Set<string>();

/**
 * Makes this process the only one that uses a file, by one with its number beside it; the answer
 * gives that up. One that was left by a process that is dead is taken over. Processes of other
 * machines and containers cannot be seen: they need a file of their own.
 */
export function takeLock(path: string): () => void {
  const lock = `${path}.lock`;
  const first = holderOf(lock);
  if (first && isAlive(first, lock)) throw inUse(path, lock, first);
  if (first) rmSync(lock, { force: true });
  try {
    writeFileSync(lock, `${process.pid}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (isCode(error, 'EEXIST')) throw inUse(path, lock, holderOf(lock) ?? '');
    throw error;
  }
  held.add(lock);
  return () => {
    if (held.delete(lock)) rmSync(lock, { force: true });
  };
}

export const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** What the lock says; undefined where there is none. */
function holderOf(lock: string): string | undefined {
  try {
    return readFileSync(lock, 'utf8').trim();
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** One that says no number is being written just now. */
function isAlive(holder: string, lock: string): boolean {
  const pid = /^[1-9][0-9]{0,9}$/.test(holder) ? Number(holder) : undefined;
  if (pid === undefined) return true;
  // In a container every process that is begun has the same number.
  if (pid === process.pid) return held.has(lock);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !isCode(error, 'ESRCH');
  }
}

const inUse = (path: string, lock: string, holder: string): ConfigError =>
  new ConfigError(
    `SANDBOX_FILE: ${path} is in use by process ${holder || '(unknown)'}, as ${lock} says. ` +
      'Two sandboxes cannot share a file. If that process is no sandbox, remove the lock.',
  );
