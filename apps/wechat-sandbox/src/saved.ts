import { ConfigError } from '@saoma/platform/config';
import { z } from 'zod';
import { SavedBook } from './book/book';
import { SavedMerchants } from './merchants';
import { SavedDue } from './notices/due';
import { SettingsInput } from './settings';
import { SavedPlatform } from './v3/saved-keys';

const format = 'saoma-wechat-sandbox';
const version = 1;

const Head = z.looseObject({ format: z.literal(format), version: z.int() });

/** All that a sandbox knows, as its file has it. Times are milliseconds since 1970. */
const Saved = z.strictObject({
  format: z.literal(format),
  version: z.literal(version),
  clock: z.strictObject({ ahead_ms: z.number() }),
  /** Those that were changed since the start. */
  settings: SettingsInput,
  merchants: SavedMerchants,
  platform: SavedPlatform,
  book: SavedBook,
  /** Notices that are to come, and to come again. */
  due: z.array(SavedDue),
});
export type Saved = z.output<typeof Saved>;
/** The same as it is written: there a time that never comes is Infinity. */
type Given = Omit<z.input<typeof Saved>, 'format' | 'version' | 'book'> & { readonly book: object };

export const headed = (given: Given): object => ({ format, version, ...given });

/** Reads a file's text; throws a ConfigError that says why it is no book. */
export function readSaved(text: string, path: string): Saved {
  const refuse = (why: string): never => {
    const left = 'It was left as it is: move it away, or name another file';
    throw new ConfigError(`SANDBOX_FILE: ${path} ${why}. ${left}.`);
  };
  const given = parsed(text);
  if (given === undefined) return refuse('is not whole: it is no JSON text');
  const head = Head.safeParse(given);
  if (!head.success) return refuse('is no book of this sandbox');
  if (head.data.version !== version) {
    return refuse(`has version ${head.data.version}, and this release reads version ${version}`);
  }
  const { data, error } = Saved.safeParse(given);
  if (data) return data;
  const [issue] = error.issues;
  return refuse(`is damaged: ${issue?.path.join('.')}: ${issue?.message}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
