import { createHash, createHmac, randomInt, timingSafeEqual } from 'node:crypto';
import { type Fields, mapToXml } from './xml';

export const signTypes = ['MD5', 'HMAC-SHA256'] as const;
export type SignType = (typeof signTypes)[number];

/** Who we are to WeChat: what every message names, and the key and algorithm that sign it. */
export interface Merchant {
  readonly appid: string;
  readonly mch_id: string;
  readonly key: string;
  readonly sign_type: SignType;
}

/** What a signature needs to know of the merchant. */
export type Signer = Pick<Merchant, 'key' | 'sign_type'>;

const nonceCharacters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const nonceLength = 32;

/** 32 random letters and digits, which WeChat asks for in every request. */
export function generateNonceStr(): string {
  const draw = () => nonceCharacters[randomInt(nonceCharacters.length)];
  return Array.from({ length: nonceLength }, draw).join('');
}

/**
 * What WeChat signs: every element but `sign` and the empty ones (`0` is not empty), sorted by name
 * in ASCII order, values raw, the key at the end. Elements that nobody knows take part too.
 */
export function stringToSign(fields: Fields, key: string): string {
  const pairs = [...fields].filter(([name, value]) => name !== 'sign' && value !== '');
  const sorted = pairs.sort(([one], [other]) => (one < other ? -1 : 1));
  return `${sorted.map(([name, value]) => `${name}=${value}`).join('&')}&key=${key}`;
}

/** Upper-case hexadecimal: 32 digits for MD5, 64 for HMAC-SHA256 (keyed with the API key). */
export function digest(text: string, { key, sign_type }: Signer): string {
  const hash = sign_type === 'MD5' ? createHash('md5') : createHmac('sha256', key);
  return hash.update(text).digest('hex').toUpperCase();
}

export function generateSignature(fields: Fields, signer: Signer): string {
  return digest(stringToSign(fields, signer.key), signer);
}

/**
 * Whether the fields carry the signature that `signer` would give them. A message without `sign` is
 * never valid, nor one signed with the other algorithm, whatever its own `sign_type` says.
 */
export function isSignatureValid(fields: Fields, signer: Signer): boolean {
  const given = Buffer.from(fields.get('sign') ?? '');
  const expected = Buffer.from(generateSignature(fields, signer));
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** The message as WeChat takes it: the fields in their order, then `sign`. */
export function generateSignedXml(fields: Fields, signer: Signer): string {
  const signed = new Map(fields);
  signed.delete('sign');
  return mapToXml(signed.set('sign', generateSignature(fields, signer)));
}
