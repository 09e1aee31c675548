import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ConfigError } from '@saoma/platform/config';
import { isCode, takeLock } from './lock';

/** A larger book is neither read nor written. */
const fileBytesMax = 256 * 1024 * 1024;
/** It has keys in it. */
const ownerOnly = 0o600;

/** A file that is always whole: what is written takes the place of what was there, at once. */
export class KeptFile {
  private constructor(
    private readonly path: string,
    private readonly release: () => void,
  ) {}

  /** Throws a ConfigError if another sandbox has it, or if its folder takes no files. */
  static open(given: string): KeptFile {
    const path = resolve(given);
    return new KeptFile(
      path,
      orRefuse(path, 'used', () => takeLock(path)),
    );
  }

  /** Undefined where there is none yet; throws a ConfigError if it cannot be read. */
  read(): string | undefined {
    return orRefuse(this.path, 'read', () => readWhole(this.path));
  }

  /** It is on the disk when this is done; until then the file is as it was. */
  async write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    if (bytes.length > fileBytesMax) {
      throw new Error(`the book has more than ${fileBytesMax} bytes: it has to forget orders`);
    }
    const beside = `${this.path}.new`;
    const file = await open(beside, 'w', ownerOnly);
    try {
      // One that was left there may be open to more.
      await file.chmod(ownerOnly);
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, this.path);
    await syncFolder(dirname(this.path));
  }

  close(): void {
    this.release();
  }
}

/** A rename is on the disk when its folder is; Windows has no such thing. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function readWhole(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    if (fstatSync(file).size > fileBytesMax) throw new Error(`more than ${fileBytesMax} bytes`);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

/** What the system refuses is said in one sentence, as all that is wrong with the environment. */
function orRefuse<T>(path: string, what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`SANDBOX_FILE: ${path} cannot be ${what}: ${why}`);
  }
}
