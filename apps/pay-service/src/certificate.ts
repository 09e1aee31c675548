import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { fileText } from '@saoma/platform/config';

/** The merchant's client certificate and its private key, both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

// What does not fit is found at the start rather than by the first refund.

/** A variable that names the file of a private key. */
export const keyFile = fileText.refine(
  readKey,
  'must be a file with a PEM key without a passphrase',
);

/** Whether a readable key is that of a readable certificate; whatever cannot be read may be so. */
export function isPair(cert: string | undefined, key: string | undefined): boolean {
  const known = readCertificate(cert);
  const secret = readKey(key);
  return !known || !secret || known.checkPrivateKey(secret);
}

function readCertificate(pem: string | undefined): X509Certificate | undefined {
  return attempt(() => new X509Certificate(pem ?? ''));
}

function readKey(pem: string | undefined): KeyObject | undefined {
  return attempt(() => createPrivateKey(pem ?? ''));
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
