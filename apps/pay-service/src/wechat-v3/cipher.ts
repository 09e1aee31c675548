import {
  constants,
  createDecipheriv,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
} from 'node:crypto';
import { z } from 'zod';

const nonceBytes = 12;
const tagBytes = 16;

/** What WeChat encrypts with the merchant's APIv3 key: notices and certificates. */
export const Sealed = z.object({
  algorithm: z.literal('AEAD_AES_256_GCM'),
  nonce: z.string(),
  /** Signed along with the text; absent or empty are the same. */
  associated_data: z.string().default(''),
  ciphertext: z.string(),
});
export type Sealed = z.output<typeof Sealed>;

/** It was not encrypted with this key, or was changed on its way. */
export class DecryptError extends Error {}

/**
 * The bytes of what WeChat has encrypted; throws a DecryptError for anything else. The tag stands
 * at the end of the ciphertext, and is checked by `final`: without it nothing is proved.
 */
export function decrypt(sealed: Sealed, apiV3Key: KeyObject): Buffer {
  const nonce = Buffer.from(sealed.nonce);
  if (nonce.length !== nonceBytes) throw new DecryptError('the nonce has not 12 bytes');
  const input = fromBase64(sealed.ciphertext);
  if (!input || input.length < tagBytes) throw new DecryptError('the ciphertext is not whole');
  const decipher = createDecipheriv('aes-256-gcm', apiV3Key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(sealed.associated_data));
  decipher.setAuthTag(input.subarray(-tagBytes));
  const start = decipher.update(input.subarray(0, -tagBytes));
  try {
    return Buffer.concat([start, decipher.final()]);
  } catch {
    throw new DecryptError('does not decrypt');
  }
}

/** Node reads over what is not Base64; only what is written back the same was whole. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** RSA-OAEP with SHA-1 for both of its hashes, which is what WeChat uses for single fields. */
const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };

/** A field that only the holder of the private key can read, in Base64; at most 214 bytes. */
export function encryptField(text: string, key: KeyObject): string {
  return publicEncrypt({ key, ...padding }, Buffer.from(text)).toString('base64');
}

/** Throws a DecryptError if it was not encrypted for this key. */
export function decryptField(text: string, key: KeyObject): string {
  try {
    return privateDecrypt({ key, ...padding }, Buffer.from(text, 'base64')).toString();
  } catch {
    throw new DecryptError('does not decrypt');
  }
}
