import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { PlatformCertificate, PlatformKey } from './platform-keys';

const isRsaKey = (pem: string): boolean => {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
};

const SavedKey = z.strictObject({
  serial: z.string(),
  /** PEM. */
  private_key: z.string().refine(isRsaKey, 'must be a PEM key of RSA'),
});

const SavedCertificate = SavedKey.extend({
  certificate: z.string(),
  effective_ms: z.number(),
  expire_ms: z.number(),
});

const share = z.number().min(0).max(1);

/** WeChat's own keys as they are kept in a file: a client knows them by their serials. */
export const SavedPlatform = z.strictObject({
  public_key: SavedKey,
  /** The oldest first. */
  certificates: z.array(SavedCertificate).min(1),
  probe_share: share,
  public_key_share: share,
  new_certificate_share: share,
});
export type SavedPlatform = z.output<typeof SavedPlatform>;

/** A key never changes, and its text takes a while to write. */
const texts = new WeakMap<KeyObject, string>();

function textOf(privateKey: KeyObject): string {
  const known = texts.get(privateKey);
  if (known !== undefined) return known;
  const text = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  texts.set(privateKey, text);
  return text;
}

export const savedKey = ({ serial, privateKey }: PlatformKey): z.output<typeof SavedKey> => ({
  serial,
  private_key: textOf(privateKey),
});

export function savedCertificate(each: PlatformCertificate): z.output<typeof SavedCertificate> {
  const { certificate, effective_ms, expire_ms } = each;
  return { ...savedKey(each), certificate, effective_ms, expire_ms };
}

export function readKey({ serial, private_key }: z.output<typeof SavedKey>): PlatformKey {
  const privateKey = createPrivateKey(private_key);
  return { serial, privateKey, publicKey: createPublicKey(privateKey) };
}

export function readCertificate(saved: z.output<typeof SavedCertificate>): PlatformCertificate {
  const { certificate, effective_ms, expire_ms } = saved;
  return { ...readKey(saved), certificate, effective_ms, expire_ms };
}
