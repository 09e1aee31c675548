import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { attempt } from '@saoma/platform/attempt';
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

/** A variable that names the file of WeChat's public key, as it is downloaded. */
export const publicKeyFile = fileText.refine(
  (pem) => isRsa2048(readPublicKey(pem)),
  'must be a file with a PEM public key, RSA with 2048 bits (pub_key.pem of the merchant platform)',
);

/** Whether a readable key is that of a readable certificate; whatever cannot be read may be so. */
export function isPair(cert: string | undefined, key: string | undefined): boolean {
  const known = readCertificate(cert);
  const secret = readKey(key);
  return !known || !secret || known.checkPrivateKey(secret);
}

/** Whether WeChat can have made it: the key of a readable certificate has the right kind. */
export function isRsaCertificate(cert: string | undefined): boolean {
  const known = readCertificate(cert);
  return !known || isRsa2048(known.publicKey);
}

/** Whether both are readable, and the public key is only the merchant's own. */
export function isOwnKey(publicKey: string | undefined, cert: string | undefined): boolean {
  const key = readPublicKey(publicKey);
  return key !== undefined && readCertificate(cert)?.publicKey.equals(key) === true;
}

function isRsa2048(key: KeyObject | undefined): boolean {
  return key?.asymmetricKeyType === 'rsa' && key.asymmetricKeyDetails?.modulusLength === 2048;
}

function readCertificate(pem: string | undefined): X509Certificate | undefined {
  return attempt(() => new X509Certificate(pem ?? ''));
}

function readKey(pem: string | undefined): KeyObject | undefined {
  return attempt(() => createPrivateKey(pem ?? ''));
}

/** Node would make a public key of a private one or of a certificate too. */
function readPublicKey(pem = ''): KeyObject | undefined {
  return attempt(() =>
    pem.trimStart().startsWith('-----BEGIN PUBLIC KEY-----') ? createPublicKey(pem) : undefined,
  );
}
