import { generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { md, pki } from 'node-forge';
import { digits } from '../book/numbers';

/** A key that WeChat signs with, and what it is called in `Wechatpay-Serial`. */
export interface PlatformKey {
  /** 40 hex digits of a certificate, or `PUB_KEY_ID_` and digits. */
  readonly serial: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export interface PlatformCertificate extends PlatformKey {
  /** PEM. */
  readonly certificate: string;
  readonly effective_ms: number;
  readonly expire_ms: number;
}

const pair = promisify(generateKeyPair);
const newPair = () => pair('rsa', { modulusLength: 2_048 });
const dayMs = 24 * 3_600_000;
const certificateLifeMs = 5 * 365 * dayMs;

/** 微信支付公钥: a bare public key with an id, and no end. */
async function makePublicKey(): Promise<PlatformKey> {
  return { serial: `PUB_KEY_ID_01${digits(32)}`, ...(await newPair()) };
}

/** A platform certificate, valid in real time since yesterday and for five years. */
export async function makeCertificate(): Promise<PlatformCertificate> {
  const keys = await newPair();
  // A first digit of 1 to 7 keeps the number positive and 20 bytes long.
  const serial = `5${randomBytes(20).toString('hex').slice(1)}`.toUpperCase();
  const effective_ms = Math.floor((Date.now() - dayMs) / 1_000) * 1_000;
  const expire_ms = effective_ms + certificateLifeMs;
  const certificate = pki.createCertificate();
  certificate.publicKey = pki.publicKeyFromPem(pemOf(keys.publicKey));
  certificate.serialNumber = serial.toLowerCase();
  certificate.validity.notBefore = new Date(effective_ms);
  certificate.validity.notAfter = new Date(expire_ms);
  const name = [
    { shortName: 'C', value: 'CN' },
    { shortName: 'O', value: 'WeChat Pay sandbox' },
    { shortName: 'CN', value: 'WeChat Pay sandbox sign' },
  ];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  const privatePem = keys.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  certificate.sign(pki.privateKeyFromPem(privatePem), md.sha256.create());
  const pem = pki.certificateToPem(certificate).replaceAll('\r\n', '\n');
  return { serial, ...keys, certificate: pem, effective_ms, expire_ms };
}

export const pemOf = (publicKey: KeyObject): string =>
  publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** Made once in a process, when it is needed first: it takes a while, and v2 needs none. */
function once<Key>(make: () => Promise<Key>): () => Promise<Key> {
  let made: Promise<Key> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

export const firstPublicKey = once(makePublicKey);
export const firstCertificate = once(makeCertificate);
/** The key of nobody: forged messages are signed with it. */
export const strangersKey = once(makePublicKey);
