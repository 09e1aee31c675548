import { type KeyObject, randomBytes, sign } from 'node:crypto';

/** The one algorithm that this dialect signs with: RSA PKCS#1 v1.5 over SHA-256. */
export const signatureType = 'WECHATPAY2-SHA256-RSA2048';

/** Who signs: the merchant, the serial number of its certificate, and the key of that. */
export interface Signer {
  readonly mchid: string;
  readonly serial_no: string;
  readonly privateKey: KeyObject;
}

/** A request as it goes over the wire; `target` is path and query, exactly as they are sent. */
export interface SignedParts {
  readonly method: 'GET' | 'POST';
  readonly target: string;
  /** Empty for a GET. */
  readonly body: string;
}

export const get = (target: string): SignedParts => ({ method: 'GET', target, body: '' });
export const post = (target: string, body: object): SignedParts => ({
  method: 'POST',
  target,
  body: JSON.stringify(body),
});

/** When a message is signed (Unix seconds), and its random characters. */
interface Stamp {
  readonly timestamp: string;
  readonly nonce: string;
}

/** What is signed of a request: five lines, each ended by a line feed, the last one too. */
export function requestToSign({ method, target, body }: SignedParts, stamp: Stamp): string {
  return `${method}\n${target}\n${stamp.timestamp}\n${stamp.nonce}\n${body}\n`;
}

/** What WeChat signs of an answer or a notice: three lines, over the bytes as they came. */
export function messageToSign(body: Uint8Array, { timestamp, nonce }: Stamp): Buffer {
  return Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), body, Buffer.from('\n')]);
}

export function signatureOf(text: string, privateKey: KeyObject): string {
  return sign('sha256', Buffer.from(text), privateKey).toString('base64');
}

/** The header `Authorization` of a request. */
export function authorization(
  request: SignedParts,
  { mchid, serial_no, privateKey }: Signer,
  { timestamp, nonce }: Stamp,
): string {
  const signature = signatureOf(requestToSign(request, { timestamp, nonce }), privateKey);
  const fields = Object.entries({ mchid, nonce_str: nonce, signature, timestamp, serial_no });
  return `${signatureType} ${fields.map(([name, value]) => `${name}="${value}"`).join(',')}`;
}

/** A stamp for a new message. */
export function stampOf(nowMs: number): Stamp {
  return { timestamp: String(Math.floor(nowMs / 1_000)), nonce: randomBytes(16).toString('hex') };
}
