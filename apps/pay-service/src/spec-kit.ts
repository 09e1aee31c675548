import assert from 'node:assert/strict';
import { createCipheriv, createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Merchant, SignType } from './wechat-v2/sign';

const vectorsPath = join(process.cwd(), 'test/vectors/wechat-v2');

/** The merchant of the golden samples. */
export const merchant: Merchant = {
  appid: 'wx2421b1c4370ec43b',
  mch_id: '10000100',
  key: '192006250b4c09247ec02edce69f6a2d',
  sign_type: 'MD5',
};

/** The bytes of a golden sample, by its number: `golden('G01')`, or of a file by its name. */
export function golden(number: string): Buffer {
  const file = readdirSync(vectorsPath).find((name) => name.startsWith(`${number}-`));
  return readFileSync(join(vectorsPath, file ?? number));
}

/** Certificates of nobody, made for the tests: `ca.pem`, and `host` and `merchant` signed by it. */
export const certificateFile = (name: string) =>
  join(process.cwd(), 'test/vectors/certificates', name);

/** A golden sample with one piece of its text replaced. */
export function altered(number: string, from: string, to: string): Buffer {
  const text = golden(number).toString();
  assert.ok(text.includes(from), `${number} has ${from}`);
  return Buffer.from(text.replace(from, to));
}

interface RefundNoticeVectors {
  readonly aes: { key: string; plain: string; cipher: string };
  readonly req_info: { api_key: string; aes_key: string; plain: string; cipher: string };
}

export function refundNoticeVectors(): RefundNoticeVectors {
  return JSON.parse(readFileSync(join(vectorsPath, 'refund-notices.json'), 'utf8'));
}

/** WeChat's side of a refund notice's secret part, written without the code under test. */
export function encrypted(plain: string | Uint8Array, apiKey = merchant.key): string {
  const key = createHash('md5').update(apiKey).digest('hex');
  const cipher = createCipheriv('aes-256-ecb', key, null);
  return Buffer.concat([cipher.update(plain), cipher.final()]).toString('base64');
}

interface Vectors {
  readonly digests: { text: string; md5: string }[];
  readonly signatures: {
    name: string;
    fields: Record<string, string>;
    key: string;
    sign_type: SignType;
    string_to_sign?: string;
    sign: string;
    /** What a wrong recipe gives. */
    wrong?: string;
  }[];
}

export function signatureVectors(): Vectors {
  return JSON.parse(readFileSync(join(vectorsPath, 'signatures.json'), 'utf8'));
}

/** WeChat's side of a signed message, written without the code under test. */
export function signed(fields: Record<string, string>, sign_type: SignType = 'MD5'): Buffer {
  const names = Object.keys(fields).sort();
  const pairs = names
    .filter((name) => fields[name] !== '')
    .map((name) => `${name}=${fields[name]}`);
  const hash =
    sign_type === 'MD5' ? createHash('md5') : createHmac('sha256', Buffer.from(merchant.key));
  hash.update(`${[...pairs, 'key='].join('&')}${merchant.key}`);
  return plain({ ...fields, sign: hash.digest('hex').toUpperCase() });
}

/** A message as it stands, without a signature of its own. */
export function plain(fields: Record<string, string>): Buffer {
  const elements = Object.entries(fields).map(([name, value]) => {
    return `<${name}><![CDATA[${value}]]></${name}>`;
  });
  return Buffer.from(`<xml>${elements.join('\n')}</xml>`);
}

/** The head of every answer that WeChat signs. */
export const answerHead = {
  return_code: 'SUCCESS',
  return_msg: 'OK',
  appid: merchant.appid,
  mch_id: merchant.mch_id,
  nonce_str: 'IITRi8Iabbblz1Jc',
};

export const paidFields = {
  result_code: 'SUCCESS',
  out_trade_no: '1234567890123456789',
  transaction_id: '4200002345202609306543210987',
  total_fee: '101',
  fee_type: 'CNY',
  time_end: '20260930101733',
};

/** A payment notice's elements; a value of undefined leaves the element out. */
export function aNotice(change: Record<string, string | undefined> = {}): Record<string, string> {
  const fields: Record<string, string | undefined> = { ...answerHead, ...paidFields, ...change };
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Record<string, string>;
}

type Handler = (body: Buffer, response: ServerResponse, request: IncomingMessage) => void;

/** A real HTTP server on this machine for one test; `bodies` is what it was sent. */
export async function aHost(t: TestContext, handler: Handler) {
  const bodies: string[] = [];
  const requests: IncomingMessage[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    bodies.push(body.toString());
    requests.push(request);
    handler(body, response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, requests };
}

/** An address at which nobody listens any more. */
export async function aDeadHost(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}
