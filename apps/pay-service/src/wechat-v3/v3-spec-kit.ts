import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, createSecretKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { GivenCodes } from '../given-codes';
import { aHost } from '../spec-kit';
import { WechatHttp } from '../wechat-http';
import { WechatV3Channel } from './channel';
import { Connection, type MerchantKeys } from './connection';

type KeyName = 'merchant' | 'platform1' | 'platform2' | 'wxpub';

interface Message {
  readonly name: string;
  readonly body: string;
  readonly message: string;
  readonly headers: Record<string, string>;
}
interface RequestVector extends Message {
  readonly method: 'GET' | 'POST';
  readonly target: string;
  readonly timestamp: string;
  readonly nonce: string;
  readonly signature: string;
}
export interface AnswerVector extends Message {
  readonly status: number;
  readonly verifyWith: KeyName;
}
export interface NoticeVector extends Message {
  readonly verifyWith: KeyName;
  readonly plaintext: string;
  /** Of one that must fail: what is wrong with it. */
  readonly why?: string;
}
interface Vectors {
  readonly identities: Record<
    'mchid' | 'appid' | 'apiV3Key' | 'merchantSerial' | 'platformSerial1' | 'platformSerial2',
    string
  > & { readonly publicKeyId: string };
  readonly keys: Record<
    KeyName,
    { serial: string; privateKey: string; publicKey: string; certificate: string }
  >;
  readonly requests: RequestVector[];
  readonly answers: AnswerVector[];
  readonly unsignedAnswers: AnswerVector[];
  readonly notices: NoticeVector[];
  readonly mustFail: { notices: NoticeVector[]; requests: RequestVector[] };
  readonly oaep: { plaintext: string; ciphertext: string };
}

const read = (name: string) =>
  JSON.parse(readFileSync(join(process.cwd(), 'test/vectors/wechat-v3', name), 'utf8'));

/** The keys of both sides, and messages signed with them, as WeChat would. */
export const vectors: Vectors = read('v3-more.json');
/** An older, smaller set of the same kind; its platform's private key is not known. */
export const olderVectors = read('v3.json');
export const olderApiV3Key = createSecretKey(Buffer.from('a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb'));

const { identities } = vectors;
export const { keys } = vectors;
export const { mchid, appid } = identities;
export const account = { dialect: 'v3', appid, mch_id: mchid } as const;
export const apiV3Key = createSecretKey(Buffer.from(identities.apiV3Key));
export const publicKeyOf = (name: KeyName) => createPublicKey(keys[name].publicKey);
export const privateKeyOf = (name: KeyName) => createPrivateKey(keys[name].privateKey);
const wechatPublicKey = { id: identities.publicKeyId, key: publicKeyOf('wxpub') };

/** The moment of most vectors: 12 October 2026, 09:35:13 in Beijing. */
export const nowMs = 1_791_768_913_000;

export const merchantKeys: MerchantKeys = {
  appid,
  mch_id: mchid,
  apiV3Key,
  privateKey: privateKeyOf('merchant'),
  serial_no: identities.merchantSerial,
  expires: new Date('2031-01-01T00:00:00Z'),
  publicKey: wechatPublicKey,
};

/** The vector with this name. */
export function vector<T extends Message>(list: readonly T[], name: string): T {
  const found = list.find((each) => each.name === name);
  assert.ok(found, `there is a vector ${name}`);
  return found;
}

/** Headers as Node gives them: names in lower case. */
export function lowered(headers: Record<string, string>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return Object.fromEntries(entries);
}

/** WeChat's side of a signed message, written without the code under test. */
export function signedHeaders(
  body: string | Uint8Array,
  { by = 'wxpub', atMs = nowMs }: { by?: KeyName; atMs?: number } = {},
): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1_000));
  const nonce = '31c4c0133dc36cd9fcec7473fc703511';
  const text = Buffer.concat([
    Buffer.from(`${timestamp}\n${nonce}\n`),
    Buffer.from(body as string),
    Buffer.from('\n'),
  ]);
  return {
    'wechatpay-timestamp': timestamp,
    'wechatpay-nonce': nonce,
    'wechatpay-serial': keys[by].serial,
    'wechatpay-signature': sign('sha256', text, privateKeyOf(by)).toString('base64'),
    'wechatpay-signature-type': 'WECHATPAY2-SHA256-RSA2048',
    'request-id': '08EDF2D3CE061028-0',
  };
}

/** An answer of WeChat's, its body as it is signed and sent. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Record<string, string>;
}

export function answer(status: number, json: object | '', by: KeyName = 'wxpub'): Answer {
  const body = json === '' ? '' : JSON.stringify(json);
  return { status, body, headers: signedHeaders(body, { by }) };
}

export const no = (status: number, code: string) => answer(status, { code, message: '原因' });

type Given = Answer | ((body: Buffer) => Answer);
type Wechat = Readonly<Record<string, Given | readonly Given[] | undefined>>;

/**
 * The channel of the vectors' merchant before a WeChat that answers by target, without query; the
 * answers of a list one after the other, the last one again and again.
 */
export async function aChannel(
  t: TestContext,
  {
    wechat = {},
    keys: changed = {},
    atMs = nowMs,
    codes = new GivenCodes(),
  }: {
    wechat?: Wechat;
    keys?: Partial<MerchantKeys>;
    atMs?: number;
    codes?: GivenCodes;
  } = {},
) {
  const clock = { ms: atMs };
  const times = new Map<string, number>();
  const host = await aHost(t, (body, response, request) => {
    const target = (request.url ?? '').replace(/\?.*/, '');
    const time = times.get(target) ?? 0;
    times.set(target, time + 1);
    const answers = [wechat[target] ?? []].flat();
    const given = answers[Math.min(time, answers.length - 1)];
    give(response, typeof given === 'function' ? given(body) : given);
  });
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
  const http = new WechatHttp({ url: host.url });
  const now = () => clock.ms;
  const connection = new Connection({ ...merchantKeys, ...changed }, http, { log, now });
  t.after(() => {
    connection.keys.stop();
    return http.close();
  });
  const channel = new WechatV3Channel(connection, shop, { log, codes });
  return { channel, connection, log, lines, clock, close: () => http.close(), ...host };
}

function give(response: ServerResponse, given: Answer | undefined): void {
  if (!given) response.writeHead(404).end();
  else response.writeHead(given.status, given.headers).end(given.body);
}

export const shop = {
  description: '收银台-测试商品',
  payer_client_ip: '123.12.12.123',
  notify_url: 'https://pay.example.com/wxpay/v3/notify',
  refund_notify_url: 'https://pay.example.com/wxpay/v3/refundNotify',
};
