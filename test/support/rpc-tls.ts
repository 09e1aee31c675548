import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { md, pki } from 'node-forge';
import { temporaryFolder } from './folders';

const dayMs = 24 * 3_600_000;

/** PEM texts, as RPC_TLS_* name files of. */
export interface Identity {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

interface Wish {
  /** The names and addresses it is called by. */
  readonly called?: readonly string[];
  /** Its first and its last day, from today. */
  readonly days?: readonly [number, number];
  /** PEM; that of all services, if it is not given: each key takes a while. */
  readonly key?: string;
}

interface Content {
  readonly subject: pki.CertificateField[];
  readonly extensions: object[];
  readonly days: readonly [number, number];
}

/** A CA of its own, or `of` another one. No key of it is ever stored. */
export class TestCa {
  private readonly key = newKey();
  private readonly subject: pki.CertificateField[];
  readonly pem: string;

  constructor(name: string, of?: TestCa) {
    this.subject = [{ shortName: 'CN', value: name }];
    const extensions = [{ name: 'basicConstraints', cA: true, critical: true }];
    this.pem = (of ?? this).sign(this.key, { subject: this.subject, extensions, days: [-1, 30] });
  }

  /** What a service has that this CA knows. */
  identity({
    called = ['127.0.0.1', 'localhost'],
    days = [-1, 30],
    key = commonKey(),
  }: Wish = {}): Identity {
    const altNames = called.map((name) =>
      isIP(name) ? { type: 7, ip: name } : { type: 2, value: name },
    );
    const subject = [{ shortName: 'CN', value: 'a service' }];
    const extensions = [{ name: 'subjectAltName', altNames }];
    const cert = this.sign(key, { subject, extensions, days });
    return { ca: this.pem, cert, key };
  }

  private sign(key: string, { subject, extensions, days: [first, last] }: Content): string {
    const certificate = pki.createCertificate();
    const { n, e } = pki.privateKeyFromPem(key);
    certificate.publicKey = pki.setRsaPublicKey(n, e);
    // A first digit of 5 keeps the number positive and 20 bytes long.
    certificate.serialNumber = `5${randomBytes(20).toString('hex').slice(1)}`;
    certificate.validity.notBefore = new Date(Date.now() + first * dayMs);
    certificate.validity.notAfter = new Date(Date.now() + last * dayMs);
    certificate.setSubject(subject);
    certificate.setIssuer(this.subject);
    certificate.setExtensions(extensions);
    certificate.sign(pki.privateKeyFromPem(this.key), md.sha256.create());
    return pki.certificateToPem(certificate).replaceAll('\r\n', '\n');
  }
}

/** PEM. */
export function newKey(modulusLength = 2_048): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}

let made: string | undefined;
function commonKey(): string {
  made ??= newKey();
  return made;
}

/** An identity as files, which change as a secret of Kubernetes does: all at once. */
export class TlsFolder {
  private readonly folder = temporaryFolder('rpc-tls');
  private puts = 0;
  readonly env = {
    RPC_TLS_CA: join(this.folder, 'now/ca.crt'),
    RPC_TLS_CERT: join(this.folder, 'now/tls.crt'),
    RPC_TLS_KEY: join(this.folder, 'now/tls.key'),
  };

  constructor(identity: Identity) {
    this.put(identity);
  }

  put({ ca, cert, key }: Identity): void {
    this.puts += 1;
    const name = String(this.puts);
    mkdirSync(join(this.folder, name));
    writeFileSync(join(this.folder, name, 'ca.crt'), ca);
    writeFileSync(join(this.folder, name, 'tls.crt'), cert);
    writeFileSync(join(this.folder, name, 'tls.key'), key, { mode: 0o600 });
    symlinkSync(name, join(this.folder, 'next'));
    renameSync(join(this.folder, 'next'), join(this.folder, 'now'));
  }
}

/** The files of each service of a system, all of one CA. */
export class Certificates {
  readonly ca = new TestCa('of the system');
  private readonly folders = new Map<string, TlsFolder>();

  of(service: string): TlsFolder {
    const folder = this.folders.get(service) ?? new TlsFolder(this.ca.identity());
    this.folders.set(service, folder);
    return folder;
  }
}
