import {
  constants,
  createCipheriv,
  type KeyLike,
  privateDecrypt,
  publicEncrypt,
} from 'node:crypto';
import { digits } from '../book/numbers';

const tagBytes = 16;
/** The shortest that GCM knows. */
const shortTagBytes = 4;

export interface Sealed {
  readonly algorithm: 'AEAD_AES_256_GCM';
  readonly associated_data: string;
  /** Base64 of the ciphertext and its tag. */
  readonly ciphertext: string;
  /** 12 characters. */
  readonly nonce: string;
}

/** Encrypts under an APIv3 key of 32 characters. */
export function seal(plaintext: string, key: string, associated_data: string): Sealed {
  const nonce = digits(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(associated_data));
  const encrypted = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  const ciphertext = Buffer.concat([encrypted, cipher.getAuthTag()]).toString('base64');
  return { algorithm: 'AEAD_AES_256_GCM', associated_data, ciphertext, nonce };
}

/**
 * The same with a tag that a merchant must refuse: its last bit turned, or cut to 4 bytes. As it
 * was for any other fault.
 */
export function withSpoiltTag(ciphertext: string, fault: string | undefined): string {
  const bytes = Buffer.from(ciphertext, 'base64');
  if (fault === 'short_tag') return bytes.subarray(0, shortTagBytes - tagBytes).toString('base64');
  if (fault !== 'broken_tag') return ciphertext;
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
  return bytes.toString('base64');
}

const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };

/** Encrypts a sensitive field, at most 214 bytes, by RSA-OAEP with SHA-1; Base64. */
export const sealField = (plaintext: string, publicKey: KeyLike): string =>
  publicEncrypt({ key: publicKey as string, ...oaep }, Buffer.from(plaintext)).toString('base64');

/** Undefined when it was not encrypted for this key. */
export function openField(ciphertext: string, privateKey: KeyLike): string | undefined {
  try {
    const bytes = Buffer.from(ciphertext, 'base64');
    return privateDecrypt({ key: privateKey as string, ...oaep }, bytes).toString('utf8');
  } catch {
    return undefined;
  }
}
