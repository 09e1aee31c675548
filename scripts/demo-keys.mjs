// What a merchant of APIv3 has from WeChat, made once for the demo: the merchant's certificate and
// key, and the key of the sandbox with its public half. It owns no money.
// Run by itself it does what DEMO says: with true the files are made, else they are taken away, so
// that nobody sells with them.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import forge from 'node-forge';

const folder = 'data/demo-keys';
const dayMs = 24 * 3_600_000;
const lifeMs = 5 * 365 * dayMs;
const file = (name) => join(folder, name);

/** The merchant's own pair. */
export const merchantFiles = {
  WECHAT_CERT: file('apiclient_cert.pem'),
  WECHAT_CERT_KEY: file('apiclient_key.pem'),
};
/** WeChat's pair: the private half is the sandbox's. */
export const wechatFiles = {
  SANDBOX_PLATFORM_KEY: file('wechat_key.pem'),
  WECHAT_PUBLIC_KEY: file('pub_key.pem'),
  WECHAT_PUBLIC_KEY_ID: 'PUB_KEY_ID_0110000100202611250000000000000001',
};

/** All files appear at once, so that two first starts at the same time agree on one set. */
export function makeDemoKeys(mchid) {
  if (existsSync(folder)) return;
  mkdirSync('data', { recursive: true });
  const made = mkdtempSync(`${folder}-`);
  const write = (name, text) => writeFileSync(join(made, name), text, { mode: 0o600 });
  const merchant = makePair();
  write('apiclient_key.pem', merchant.privateKey);
  write('apiclient_cert.pem', certificateOf(merchant.privateKey, mchid));
  const wechat = makePair();
  write('wechat_key.pem', wechat.privateKey);
  write('pub_key.pem', wechat.publicKey);
  try {
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}

/** PEM texts. */
const makePair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });

function certificateOf(privatePem, mchid) {
  const privateKey = forge.pki.privateKeyFromPem(privatePem);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.setRsaPublicKey(privateKey.n, privateKey.e);
  // A first digit of 5 keeps the number positive and 20 bytes long.
  certificate.serialNumber = `5${randomBytes(20).toString('hex').slice(1)}`;
  certificate.validity.notBefore = new Date(Date.now() - dayMs);
  certificate.validity.notAfter = new Date(Date.now() + lifeMs);
  const name = [{ shortName: 'CN', value: mchid }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.sign(privateKey, forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.env.DEMO === 'true') makeDemoKeys(process.env.WECHAT_MCH_ID);
  else rmSync(folder, { recursive: true, force: true });
}
