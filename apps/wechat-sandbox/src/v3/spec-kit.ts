import assert from 'node:assert/strict';
import { createDecipheriv, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { request } from 'undici';
import type { SandboxKit, SandboxOptions } from '../kit/create-sandbox';
import { exampleMerchant, type Merchant } from '../merchant';
import { aSandbox } from '../spec-kit';
import { answerMessage, isSignedBy, requestMessage, scheme, sign } from './sign';

interface Message {
  readonly name: string;
  readonly body: string;
  readonly message: string;
  readonly headers: Record<string, string>;
}
interface KeyVector {
  readonly serial: string;
  readonly privateKey: string;
  readonly publicKey: string;
  readonly certificate: string;
}
interface Vectors {
  readonly identities: Record<'mchid' | 'appid' | 'apiV3Key' | 'publicKeyId', string>;
  readonly keys: Record<'merchant' | 'platform1' | 'platform2' | 'wxpub', KeyVector>;
  readonly requests: (Message & { method: string; target: string; signature: string })[];
  readonly answers: (Message & { status: number; verifyWith: keyof Vectors['keys'] })[];
  readonly unsignedAnswers: (Message & { status: number })[];
  readonly notices: (Message & { plaintext: string; verifyWith: keyof Vectors['keys'] })[];
  readonly bill: { readonly csvBase64: string };
  readonly mustFail: { requests: (Message & { method: string; target: string })[] };
}

const vectorsPath = path.join(process.cwd(), 'test/vectors/wechat-v3/v3-more.json');
export const vectors: Vectors = JSON.parse(readFileSync(vectorsPath, 'utf8'));
const merchantKeys = vectors.keys.merchant;

/** The merchant of the vectors: it speaks both dialects. */
export const v3Merchant: Merchant & { key: string; v3_key: string } = {
  ...exampleMerchant,
  mch_id: vectors.identities.mchid,
  appid: vectors.identities.appid,
  v3_key: vectors.identities.apiV3Key,
  certificate: merchantKeys.certificate,
};

/** A sandbox that knows it. */
export const aV3Sandbox = (t: TestContext, some: SandboxOptions = {}): Promise<SandboxKit> =>
  aSandbox(t, { merchants: [v3Merchant], ...some });

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
}

/** How a call differs from a good one. */
export interface Twist {
  readonly mchid?: string;
  readonly serial_no?: string;
  readonly timestamp?: string;
  readonly privateKey?: string;
  /** Sent in place of the body that was signed. */
  readonly sent?: string;
  readonly headers?: Record<string, string>;
}

export function authorization(
  { method, target, body }: { method: string; target: string; body: string },
  twist: Twist = {},
): string {
  const timestamp = twist.timestamp ?? String(Math.floor(Date.now() / 1_000));
  const nonce = '593BEC0C930BF1AFEB40B4A08C8FB242';
  const message = requestMessage({ method, target, timestamp, nonce, body: Buffer.from(body) });
  const signature = sign(message, twist.privateKey ?? merchantKeys.privateKey);
  const { mchid = v3Merchant.mch_id, serial_no = merchantKeys.serial } = twist;
  return (
    `${scheme} mchid="${mchid}",nonce_str="${nonce}",signature="${signature}",` +
    `timestamp="${timestamp}",serial_no="${serial_no}"`
  );
}

/** Calls WeChat as the merchant does. */
export async function v3Call(
  kit: Pick<SandboxKit, 'url'>,
  [method, target]: readonly [method: 'GET' | 'POST', target: string],
  given: { readonly body?: object | string } & Twist = {},
): Promise<Answer> {
  const { body: said = '' } = given;
  const body = typeof said === 'string' ? said : JSON.stringify(said);
  return send(kit.url + target, method, {
    body: given.sent ?? body,
    headers: { authorization: authorization({ method, target, body }, given), ...given.headers },
  });
}

/** Sends what is given, with the headers that every client has. */
export async function send(
  url: string,
  method: string,
  { body, headers }: { readonly body: string; readonly headers: Record<string, string> },
): Promise<Answer> {
  const answer = await request(url, {
    method: method as 'GET',
    headers: {
      accept: 'application/json',
      'user-agent': 'spec',
      ...(body && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body || null,
  });
  const text = await answer.body.text();
  const json = text.startsWith('{') ? JSON.parse(text) : undefined;
  return { status: answer.statusCode, headers: answer.headers, text, json };
}

export const anOrder = (some: Record<string, unknown> = {}) => ({
  appid: v3Merchant.appid,
  mchid: v3Merchant.mch_id,
  description: '收银台-测试商品',
  out_trade_no: 'T20260930-0001',
  notify_url: 'http://127.0.0.1:9/notify',
  amount: { total: 101 },
  ...some,
});

export const native = ['POST', '/v3/pay/transactions/native'] as const;
export const refunds = ['POST', '/v3/refund/domestic/refunds'] as const;
export const query = (out_trade_no: string) =>
  ['GET', `/v3/pay/transactions/out-trade-no/${out_trade_no}?mchid=${v3Merchant.mch_id}`] as const;
export const close = (out_trade_no: string) =>
  ['POST', `/v3/pay/transactions/out-trade-no/${out_trade_no}/close`] as const;
export const refundQuery = (out_refund_no: string) =>
  ['GET', `/v3/refund/domestic/refunds/${out_refund_no}`] as const;

/** Opens an order and answers its code. */
export async function openV3Order(kit: SandboxKit, some: Record<string, unknown> = {}) {
  const answer = await v3Call(kit, native, { body: anOrder(some) });
  assert.equal(answer.status, 200, answer.text);
  return String(answer.json.code_url);
}

export interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A merchant's server: what it heard; it answers the nth notice from 0 with this status. */
export async function aV3Shop(t: TestContext, status: (n: number) => number = () => 204) {
  const heard: Heard[] = [];
  const server = createServer((incoming, answer) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      heard.push({ headers: incoming.headers, body: Buffer.concat(chunks).toString('utf8') });
      answer.statusCode = status(heard.length - 1);
      answer.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard };
}

/** The keys of this WeChat by their serials, as a client gets them. */
export async function platformKeys({ control }: SandboxKit): Promise<Map<string, string>> {
  const { public_key, public_key_id, certificates } = await control.platform();
  const keys = new Map(certificates.map((each) => [each.serial_no, each.certificate]));
  if (public_key && public_key_id) keys.set(public_key_id, public_key);
  return keys;
}

/** Whether an answer or a notice carries the signature of one of these keys, made just now. */
export function isVerified(
  { headers, ...message }: { headers: IncomingHttpHeaders; text?: string; body?: string },
  keys: ReadonlyMap<string, string>,
): boolean {
  const of = (name: string) => String(headers[`wechatpay-${name}`] ?? '');
  const key = keys.get(of('serial'));
  const timestamp = of('timestamp');
  if (!key || Math.abs(Date.now() / 1_000 - Number(timestamp)) > 300) return false;
  const body = message.text ?? message.body ?? '';
  const signed = answerMessage({ timestamp, nonce: of('nonce'), body });
  return isSignedBy(signed, of('signature'), createPublicKey(key));
}

/** What a notice tells, decrypted; throws when the tag is broken. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into notices of every shape
export function opened({ body }: Heard, key = v3Merchant.v3_key): any {
  const { nonce, ciphertext, associated_data } = JSON.parse(body).resource;
  return JSON.parse(openedText({ nonce, ciphertext, associated_data }, key));
}

export function openedText(
  sealed: { nonce: string; ciphertext: string; associated_data: string },
  key = v3Merchant.v3_key,
): string {
  const bytes = Buffer.from(sealed.ciphertext, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.nonce, { authTagLength: 16 });
  decipher.setAAD(Buffer.from(sealed.associated_data));
  decipher.setAuthTag(bytes.subarray(-16));
  return decipher.update(bytes.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8');
}
