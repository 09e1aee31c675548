import { type KeyObject, verify } from 'node:crypto';
import { foreignWords } from '../foreign-words';
import { fromBase64 } from './cipher';
import { messageToSign, signatureType } from './sign';

/** Headers of an answer or a notice by lower-case name; one that came twice is none. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** How far WeChat's clock and ours may be apart: an older message may be somebody's copy. */
const windowSecondsMax = 300;
const headerLengthMax = 1_024;
/** Of a serial number that is told to people; real ones are shorter. */
export const serialCharsMax = 64;

/** WeChat tests its merchants with signatures that begin so; whoever believes one fails. */
const probePrefix = 'WECHATPAY/SIGNTEST/';

/** What a message says of its signature: all four headers, as they came. */
export interface Signature {
  readonly timestamp: string;
  readonly nonce: string;
  readonly serial: string;
  readonly signature: string;
}

/** Why a message is not believed. `probe`: WeChat has only looked whether we check. */
export interface Refusal {
  /** In our own words, of which there are few. */
  readonly reason: string;
  /** What the message says instead, in one line. */
  readonly detail?: string;
  readonly probe?: true;
}

/** All of it in one line. */
export const wordsOf = ({ reason, detail }: Refusal): string =>
  detail === undefined ? reason : `${reason} (${detail})`;

/** The four headers; or why they cannot be those of WeChat, whichever key it used. */
export function readSignature(headers: Headers, nowMs: number): Signature | Refusal {
  const [timestamp, nonce, serial, signature] = ['timestamp', 'nonce', 'serial', 'signature'].map(
    (name) => headerOf(headers, `wechatpay-${name}`),
  );
  if (!timestamp || !nonce || !serial || !signature) return { reason: 'not signed' };
  // WeChat may leave it out. Where it is, it names the algorithm.
  const type = headers['wechatpay-signature-type'];
  if (type !== undefined && type !== signatureType) return { reason: 'another signature type' };
  if (!/^[0-9]{1,12}$/.test(timestamp)) return { reason: 'a timestamp that is none' };
  const offSeconds = Math.round(nowMs / 1_000) - Number(timestamp);
  if (Math.abs(offSeconds) > windowSecondsMax) {
    return { reason: 'our clock and its timestamp are apart', detail: `${offSeconds} s` };
  }
  return { timestamp, nonce, serial, signature };
}

/** Whether this key made the signature over these bytes; undefined if so. */
export function whyNotSigned(
  body: Uint8Array,
  { signature, serial, ...stamp }: Signature,
  key: KeyObject,
): Refusal | undefined {
  const given = fromBase64(signature);
  if (given && verify('sha256', messageToSign(body, stamp), key, given)) return undefined;
  if (signature.startsWith(probePrefix)) return { reason: 'a signature probe', probe: true };
  return { reason: 'wrong signature', detail: `of ${foreignWords(serial, serialCharsMax)}` };
}

function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value.length <= headerLengthMax ? value : undefined;
}
