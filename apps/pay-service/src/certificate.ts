import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The merchant's client certificate and its private key, both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const file = z.string().optional();

/**
 * Reads the files that WECHAT_CERT and WECHAT_CERT_KEY name: both or neither. What does not fit is
 * found at the start rather than by the first refund.
 */
export const certificate = z
  .object({ WECHAT_CERT: file, WECHAT_CERT_KEY: file })
  .transform((env, context): { certificate: Certificate | undefined } => {
    if (!env.WECHAT_CERT && !env.WECHAT_CERT_KEY) return { certificate: undefined };
    const refuse = (name: keyof typeof env, message: string) =>
      context.addIssue({ code: 'custom', path: [name], message });
    const cert = read(env.WECHAT_CERT);
    const key = read(env.WECHAT_CERT_KEY);
    const known = attempt(() => new X509Certificate(cert));
    const secret = attempt((): KeyObject => createPrivateKey(key));
    if (!known) refuse('WECHAT_CERT', 'a readable file with a PEM certificate');
    if (!secret) refuse('WECHAT_CERT_KEY', 'a readable file with a PEM key, no passphrase');
    if (known && secret && !known.checkPrivateKey(secret)) {
      refuse('WECHAT_CERT_KEY', 'the key of the certificate in WECHAT_CERT');
    }
    return { certificate: { cert, key } };
  });

function read(path: string | undefined): string {
  return attempt(() => readFileSync(path ?? '', 'utf8')) ?? '';
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
