import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { attempt } from '../attempt';

export const tlsFileNames = ['RPC_TLS_CA', 'RPC_TLS_CERT', 'RPC_TLS_KEY'] as const;
type TlsFileName = (typeof tlsFileNames)[number];
/** Paths of PEM files. */
export type TlsFiles = Readonly<Record<TlsFileName, string>>;
type Pem = Readonly<Record<TlsFileName, string>>;

/** A certificate and those that lead from it to a CA. */
export type Chain = readonly X509Certificate[];

/** What is in the files, and it is good. */
export interface Credentials {
  readonly cas: readonly X509Certificate[];
  readonly certificate: X509Certificate;
  /** The same for a `createSecureContext`. */
  readonly options: SecureContextOptions;
}

interface Fault {
  readonly name: TlsFileName;
  readonly message: string;
}

/** What is in those files that are named, and what is wrong with each. */
export interface Reading {
  /** The texts, whatever is in them. */
  readonly text: string;
  readonly faults: readonly Fault[];
  /** It is there if there are all files, and no faults. */
  readonly credentials: Credentials | undefined;
}

/** Reads the files. What does not fit together is found here rather than by the first call. */
export function readTlsFiles(files: Partial<TlsFiles>): Reading {
  const faults: Fault[] = [];
  const pem: Partial<Record<TlsFileName, string>> = {};
  for (const name of tlsFileNames) {
    const path = files[name];
    if (path === undefined) continue;
    pem[name] = attempt(() => readFileSync(path, 'utf8'));
    if (pem[name] !== undefined) continue;
    faults.push({ name, message: 'must be the path of a file that can be read' });
  }
  faults.push(...faultsIn(pem));
  const isWhole = tlsFileNames.every((name) => pem[name] !== undefined) && faults.length === 0;
  const credentials = isWhole ? credentialsOf(pem as Pem, faults) : undefined;
  return { text: tlsFileNames.map((name) => pem[name] ?? '').join('\n'), faults, credentials };
}

/** What each text must be, and what they must be together. */
function* faultsIn(pem: Partial<Pem>): Generator<Fault> {
  const { RPC_TLS_CA: ca, RPC_TLS_CERT: cert, RPC_TLS_KEY: key } = pem;
  const cas = certificatesIn(ca);
  const chain = certificatesIn(cert);
  const [certificate] = chain;
  const secret = key === undefined ? undefined : attempt(() => createPrivateKey(key));
  if (ca !== undefined && (cas.length === 0 || cas.some((each) => !each.ca))) {
    yield { name: 'RPC_TLS_CA', message: 'must be a file with PEM certificates of CAs' };
  }
  if (cert !== undefined && !certificate) {
    yield { name: 'RPC_TLS_CERT', message: 'must be a file with a PEM certificate' };
  }
  if (key !== undefined && !secret) {
    yield { name: 'RPC_TLS_KEY', message: 'must be a file with a PEM key without a passphrase' };
  }
  if (secret && certificate && !certificate.checkPrivateKey(secret)) {
    const message = 'must be the key of the certificate in RPC_TLS_CERT';
    yield { name: 'RPC_TLS_KEY', message };
  }
  if (certificate && !isOfNow(certificate)) {
    const { validFrom, validTo } = certificate;
    yield {
      name: 'RPC_TLS_CERT',
      message: `must be valid now, not from ${validFrom} to ${validTo}`,
    };
  } else if (certificate && cas.length > 0 && !isSigned(chain, cas)) {
    yield {
      name: 'RPC_TLS_CERT',
      message: 'must be signed by a CA in RPC_TLS_CA that is valid now',
    };
  }
}

/** As OpenSSL takes it, which may refuse for instance a short key. */
function credentialsOf(pem: Pem, faults: Fault[]): Credentials | undefined {
  const { RPC_TLS_CA: ca, RPC_TLS_CERT: cert, RPC_TLS_KEY: key } = pem;
  // A CA that is named is believed, also if another one has signed it.
  const options = { ca, cert, key, allowPartialTrustChain: true, minVersion: 'TLSv1.3' } as const;
  const [certificate] = certificatesIn(cert);
  try {
    createSecureContext(options);
    return certificate && { cas: certificatesIn(ca), certificate, options };
  } catch (error) {
    const { reason = 'unknown' } = error as { reason?: string };
    faults.push({ name: 'RPC_TLS_CERT', message: `must be one that OpenSSL takes: ${reason}` });
    return undefined;
  }
}

/** All certificates of a text; none if one of them cannot be read. */
function certificatesIn(pem = ''): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return attempt(() => blocks.map((block) => new X509Certificate(block))) ?? [];
}

/** Whether a CA has signed the first certificate, or one that leads to it from there. */
export function isSigned([first, ...others]: Chain, cas: readonly X509Certificate[]): boolean {
  if (!first) return false;
  const hasSigned = (issuer: X509Certificate) =>
    isOfNow(issuer) && first.checkIssued(issuer) && first.verify(issuer.publicKey);
  if (cas.some(hasSigned)) return true;
  const next = others.find((each) => each.ca && hasSigned(each));
  if (!next) return false;
  return isSigned([next, ...others.filter((each) => each !== next)], cas);
}

function isOfNow({ validFrom, validTo }: X509Certificate): boolean {
  const now = Date.now();
  return Date.parse(validFrom) <= now && now <= Date.parse(validTo);
}
