import type { CallFault } from '../faults/fault';
import type { Parcel } from '../faults/send';
import type { Merchant } from '../merchant';
import { withSpoiltTag } from './cipher';
import type { Platform } from './platform';
import type { Refusal } from './refusal';
import { isObject } from './rules';
import { requestId, signSpoilt } from './signed-headers';

/** The merchant that showed its key, and the `Wechatpay-Serial` that it asks for. */
export interface Reader {
  readonly merchant: Merchant;
  readonly asked: string | undefined;
  /** What was asked, for the probes. */
  readonly subject: string;
}

/** A file that is neither JSON nor signed. */
export interface BillFile {
  readonly file: Buffer;
  readonly type: string;
}

/** One answer before it is written. */
export interface Told {
  readonly status: number;
  /** Undefined for an empty answer. */
  readonly content?: { readonly json: unknown } | BillFile;
  /** The end of its Request-ID; an answer may have none. */
  readonly internal?: number | undefined;
  /** Answers are signed for whoever has shown the merchant's key, refusals too. */
  readonly reader?: Reader;
}

export const success = (json: unknown, reader: Reader): Told => ({
  status: 200,
  content: { json },
  internal: 0,
  reader,
});

export const done = (reader: Reader, status: 202 | 204 = 204): Told => ({
  status,
  internal: 0,
  reader,
});

export function refused(
  { status, internal, code, message, detail }: Refusal,
  reader?: Reader,
): Told {
  return { status, internal, content: { json: { code, detail, message } }, reader };
}

/** Members in the order of their names, as on WeChat's wire. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}

const json = { 'Content-Type': 'application/json; charset=utf-8' };

function commonHeaders(internal: number | undefined): Record<string, string> {
  return {
    Server: 'nginx',
    Connection: 'keep-alive',
    'Keep-Alive': 'timeout=8',
    'Cache-Control': 'no-cache, must-revalidate',
    'X-Content-Type-Options': 'nosniff',
    'Content-Language': 'zh-CN',
    ...(internal !== undefined && { 'Request-ID': requestId(internal) }),
  };
}

/** Writes an answer, and signs it, spoilt where the fault says so. */
export async function writeTold(
  { status, content, internal, reader }: Told,
  platform: Platform,
  fault: CallFault | undefined,
): Promise<Parcel> {
  // An unknown path or method has nothing to say.
  if (!content && !reader) return { status, headers: {}, body: Buffer.alloc(0) };
  const headers = commonHeaders(internal);
  if (content && 'file' in content) {
    const { file, type } = content;
    const body = fault?.kind === 'truncated' ? file.subarray(0, file.length / 2) : file;
    return { status, headers: { ...headers, 'Content-Type': type }, body };
  }
  const text = content ? spoiltText(JSON.stringify(sorted(content.json)), fault) : '';
  if (!reader || (fault?.kind === 'err_code' && !fault.signed)) {
    return { status, headers: { ...headers, ...json }, body: Buffer.from(text) };
  }
  const key = await platform.keyOfAnswer(reader.merchant, reader.asked);
  const isProbe = !fault && platform.drawsProbe(`${reader.merchant.mch_id} ${reader.subject}`);
  const signed = await signSpoilt(text, key, isProbe ? { kind: 'probe' } : fault);
  const bytes = Buffer.from(signed.body);
  return {
    status,
    headers: { ...headers, ...json, ...signed.headers },
    body: fault?.kind === 'truncated' ? bytes.subarray(0, bytes.length / 2) : bytes,
  };
}

/** What is wrong in the text itself, under a true signature. */
function spoiltText(text: string, fault: CallFault | undefined): string {
  if (fault?.kind === 'malformed') return text.replace('{', '{&');
  return text.replace(/("ciphertext":")([^"]+)/g, (_, name: string, ciphertext: string) => {
    return name + withSpoiltTag(ciphertext, fault?.kind);
  });
}
