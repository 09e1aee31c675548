// What a merchant has from WeChat, made for the demo: its own pair of key and certificate, once,
// and the public key of the sandbox, which the sandbox makes anew at each start.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import forge from 'node-forge';

const folder = 'data/wechat-demo';
const dayMs = 24 * 3_600_000;
const lifeMs = 5 * 365 * dayMs;
const answerMsMax = 10_000;

/** The files of the merchant's certificate and key: made at the first start, then kept. */
export function merchantFiles(mchid) {
  if (!existsSync(folder)) makeFiles(mchid);
  return {
    WECHAT_CERT: join(folder, 'apiclient_cert.pem'),
    WECHAT_CERT_KEY: join(folder, 'apiclient_key.pem'),
  };
}

/** Both files appear at once, so that two first starts at the same time agree on one pair. */
function makeFiles(mchid) {
  mkdirSync('data', { recursive: true });
  const made = mkdtempSync(`${folder}-`);
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  writeFileSync(join(made, 'apiclient_key.pem'), privateKey, { mode: 0o600 });
  writeFileSync(join(made, 'apiclient_cert.pem'), certificateOf(privateKey, mchid));
  try {
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}

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

/** The running sandbox's public key and its id; nothing where it signs with certificates. */
export async function wechatPublicKey(sandbox) {
  const url = new URL('/_sandbox/platform', sandbox);
  const answer = await fetch(url, { signal: AbortSignal.timeout(answerMsMax) });
  const { public_key, public_key_id } = await answer.json();
  if (!public_key) return {};
  mkdirSync('data', { recursive: true });
  const file = join('data', `wechat-public-key-${sandbox.port || 80}.pem`);
  writeFileSync(file, public_key);
  return { WECHAT_PUBLIC_KEY: file, WECHAT_PUBLIC_KEY_ID: public_key_id };
}
