import { type KeyLike, sign as rsaSign, verify as rsaVerify } from 'node:crypto';

export const scheme = 'WECHATPAY2-SHA256-RSA2048';

export interface SignedRequest {
  readonly method: string;
  /** The request target as it came, query and all. */
  readonly target: string;
  /** Seconds since 1970. */
  readonly timestamp: string;
  readonly nonce: string;
  readonly body: Buffer;
}

/** What a merchant signs: five lines, each with its end. Header bytes are one character each. */
export function requestMessage({ method, target, timestamp, nonce, body }: SignedRequest): Buffer {
  const head = Buffer.from(`${method}\n${target}\n${timestamp}\n${nonce}\n`, 'latin1');
  return Buffer.concat([head, body, Buffer.from('\n')]);
}

export interface SignedAnswer {
  readonly timestamp: string;
  readonly nonce: string;
  readonly body: string | Buffer;
}

/** What WeChat signs, of an answer or a notice: three lines, each with its end. */
export function answerMessage({ timestamp, nonce, body }: SignedAnswer): Buffer {
  const head = Buffer.from(`${timestamp}\n${nonce}\n`);
  return Buffer.concat([head, Buffer.from(body), Buffer.from('\n')]);
}

/** RSA PKCS#1 v1.5 with SHA-256, in Base64. */
export const sign = (message: Buffer, privateKey: KeyLike): string =>
  rsaSign('sha256', message, privateKey).toString('base64');

export const isSignedBy = (message: Buffer, signature: string, publicKey: KeyLike): boolean =>
  rsaVerify('sha256', message, publicKey, Buffer.from(signature, 'base64'));
