import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { SignType } from '../merchant';
import type { Fields } from './xml';

/**
 * What exactly is signed: every element but `sign` that is not empty, as `name=value`, in the order
 * of the names' bytes, joined by `&`, and the merchant's key at the end. `0` is not empty.
 */
export function stringToSign(fields: Fields, key: string): string {
  const signed = [...fields].filter(([name, value]) => name !== 'sign' && value !== '');
  signed.sort(([a], [b]) => (a < b ? -1 : 1));
  return `${signed.map(([name, value]) => `${name}=${value}`).join('&')}&key=${key}`;
}

/** The signature of a message, in upper-case hex: 32 digits for MD5, 64 for HMAC-SHA256. */
export function sign(fields: Fields, key: string, type: SignType): string {
  const hash = type === 'MD5' ? createHash('md5') : createHmac('sha256', key);
  return hash.update(stringToSign(fields, key), 'utf8').digest('hex').toUpperCase();
}

/** Whether a message carries the signature of this key and algorithm; without one it does not. */
export function isSigned(fields: Fields, key: string, type: SignType): boolean {
  const expected = Buffer.from(sign(fields, key, type));
  const given = Buffer.from(fields.get('sign') ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
