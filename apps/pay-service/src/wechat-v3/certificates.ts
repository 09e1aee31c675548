import { type KeyObject, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { DecryptError, decrypt, Sealed } from './cipher';
import { readJson } from './json';

/** A certificate by which WeChat signs, and until when. */
export interface PlatformCertificate {
  /** In upper case, as WeChat names it. */
  readonly serial: string;
  readonly key: KeyObject;
  readonly expires: Date;
}

/** Why a list of certificates is not taken. */
export class CertificatesError extends Error {}

/** While one is replaced by another there are two. */
const certificatesMax = 10;

const List = z.object({
  data: z
    .array(z.object({ serial_no: z.string(), encrypt_certificate: Sealed }))
    .max(certificatesMax),
});

/**
 * The certificates of an answer to `/v3/certificates`. That they decrypt with our APIv3 key proves
 * where they come from; whether the answer is signed by one of them is for the caller to check.
 * Throws a CertificatesError that says what is wrong, in words for an operator.
 */
export function readCertificates(body: Uint8Array, apiV3Key: KeyObject): PlatformCertificate[] {
  const { data: list } = List.safeParse(readJson(body));
  if (!list) throw new CertificatesError('the answer is no list of certificates');
  return list.data.map(({ serial_no, encrypt_certificate }) => {
    const certificate = open(encrypt_certificate, apiV3Key);
    const serial = certificate.serialNumber.toUpperCase();
    if (serial !== serial_no.toUpperCase()) {
      throw new CertificatesError('a certificate with another serial number than its name');
    }
    if (certificate.publicKey.asymmetricKeyType !== 'rsa') {
      throw new CertificatesError('a certificate whose key is not RSA');
    }
    return { serial, key: certificate.publicKey, expires: new Date(certificate.validTo) };
  });
}

function open(sealed: Sealed, apiV3Key: KeyObject): X509Certificate {
  try {
    return new X509Certificate(decrypt(sealed, apiV3Key));
  } catch (error) {
    throw new CertificatesError(
      error instanceof DecryptError
        ? 'a certificate does not decrypt with WECHAT_V3_KEY: is it the key of this merchant?'
        : 'a certificate that is none',
    );
  }
}
