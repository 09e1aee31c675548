import { attempt } from '@saoma/platform/attempt';

/** An object of WeChat's: members that we do not know are left alone. */
export type Json = Readonly<Record<string, unknown>>;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The object that these bytes are; undefined for anything else. */
export function readJson(bytes: Uint8Array): Json | undefined {
  const value: unknown = attempt(() => JSON.parse(utf8.decode(bytes)));
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Json) : undefined;
}

/** A member that is a text; undefined if it is missing, empty or something else. */
export function textOf(json: Json, name: string): string | undefined {
  const value = json[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
