import type { Log } from '@saoma/platform/log';
import { Seldom } from '@saoma/platform/seldom';
import { BillFile } from '../bill/bill-file';
import { logCall } from '../call-log';
import { errCodeOf, isUndecided } from '../err-codes';
import { foreignWords } from '../foreign-words';
import { payMetrics, type WechatMethod } from '../metrics';
import { unknown, unlessOurs } from '../unknown';
import type { Account, No, Unknown } from '../wechat-channel';
import type { HttpAnswer } from '../wechat-http';
import type { Connection } from './connection';
import { type Json, readJson, textOf } from './json';
import type { SignedParts } from './sign';
import { wordsOf } from './verify';

/** One call to WeChat: which, whose, with what, and how its success is read. */
export interface WechatV3Call<Success> {
  /** Its name in the log. */
  readonly method: WechatMethod;
  /** For whom the payment was opened. */
  readonly account: Account;
  readonly request: SignedParts;
  /** Our numbers, for the log. */
  readonly about: Readonly<Record<string, string>>;
  /** Reads the answer, and makes sure that it speaks of what was asked; of a 204 it is empty. */
  readonly read: (answer: Json) => Success | Unknown;
  /** What an err_code means here, where that differs from what it means elsewhere. */
  readonly errCodeHere?: (err_code: string) => string;
  readonly deadline?: AbortSignal | undefined;
}

type Judged<Success> = Pick<WechatV3Call<Success>, 'method' | 'read' | 'errCodeHere'>;
type WechatV3Download = Pick<WechatV3Call<unknown>, 'method' | 'request' | 'about' | 'errCodeHere'>;
const refusalBytesMax = 65_536;

/** Asks WeChat in its v3 dialect, judges the answer, and logs who, what and how it ended. */
export class WechatV3Caller {
  private readonly seldom = new Seldom();

  constructor(
    private readonly connection: Connection,
    private readonly log: Log,
  ) {}

  /** Never throws for what WeChat or the network does: that is unknown. */
  async ask<Success extends { outcome: 'success' }>(
    call: WechatV3Call<Success>,
  ): Promise<Success | No | Unknown> {
    const about = { method: call.method, ...call.about };
    const foreign = unlessOurs(call.account, this.connection.merchant);
    if (foreign) return logCall(this.log, about, foreign);
    const startedMs = performance.now();
    const answer = await this.connection.requests.ask(call.request, { deadline: call.deadline });
    const verdict = await this.judge(answer, call);
    return this.told(call, answer, { verdict, startedMs });
  }

  /** Asks for a file, which WeChat does not sign; where it says no instead, it does. */
  async download(call: WechatV3Download) {
    const startedMs = performance.now();
    const answer = await this.connection.requests.download(call.request);
    const verdict = await this.judgeDownload(answer, call);
    return this.told(call, answer, { verdict, startedMs });
  }

  /** Measures and logs how it ended. */
  private told<V extends { readonly outcome: 'success' | 'no' | 'unknown' }>(
    { method, about }: Pick<WechatV3Call<unknown>, 'method' | 'about'>,
    answer: HttpAnswer<unknown>,
    { verdict, startedMs }: { readonly verdict: V; readonly startedMs: number },
  ): V {
    const ms = Math.round(performance.now() - startedMs);
    const { outcome } = verdict;
    payMetrics.wechatCalls.observe(ms / 1_000, { method, dialect: 'v3', outcome });
    const { hosts } = answer;
    const facts = { method, ...about, request_id: requestIdOf(answer), hosts, ms };
    return logCall(this.log, facts, verdict);
  }

  private async judgeDownload(answer: HttpAnswer<Uint8Array[]>, call: WechatV3Download) {
    if (answer.status === null) return unknown(answer.reason);
    const file = new BillFile(answer.body);
    if (answer.status === 200) return { outcome: 'success', file } as const;
    const read = () => unknown('neither a file nor a refusal');
    return this.judge({ ...answer, body: file.head(refusalBytesMax) }, { ...call, read });
  }

  /** Success and no are only what WeChat signed; anything else could be anybody's. */
  private async judge<Success>(answer: HttpAnswer, call: Judged<Success>) {
    if (answer.status === null) return unknown(answer.reason);
    const { status, headers, body } = answer;
    const json = readJson(body);
    const code = foreignWords(json?.code, codeCharsMax);
    if (status === 401) this.tellWhichKey(json ?? {}, call);
    if (!isFinal(status)) return unknown(`HTTP ${status} ${code}`.trim());
    const refusal = await this.connection.keys.refusalOf(headers, body);
    if (refusal) return unknown(`HTTP ${status}: ${wordsOf(refusal)}`);
    if (status === 204) return call.read({});
    if (!json) return unknown(`HTTP ${status}: unreadable answer`);
    if (status === 200) return call.read(json);
    const err_code = errCodeOf(code);
    if (!code || isUndecided(code) || undecidedInV3.includes(err_code)) {
      return unknown(`HTTP ${status} ${code}`.trim());
    }
    const no = { outcome: 'no', err_code_des: foreignWords(json.message) } as const;
    return { ...no, err_code: call.errCodeHere?.(err_code) ?? err_code };
  }

  /**
   * WeChat says what it has checked; with that an operator sees which key or serial is wrong. Every
   * call meets the same: it is told once a minute.
   */
  private tellWhichKey(json: Json, { method }: Pick<WechatV3Call<unknown>, 'method'>): void {
    const [code, message] = [foreignWords(json.code), foreignWords(json.message)];
    const left_out = this.seldom.turnOf(`${code} ${message}`);
    if (left_out === undefined) return;
    const detail = json.detail as { sign_information?: Json } | undefined;
    const information = Object.entries(detail?.sign_information ?? {}).slice(0, 6);
    const sign_information = Object.fromEntries(
      information.map(([name, value]) => [
        foreignWords(name, 32),
        typeof value === 'number' ? value : foreignWords(value, 256),
      ]),
    );
    const more = left_out > 0 ? { left_out } : {};
    this.log.error(
      { kind: 'signature.refused', method, code, message, sign_information, ...more },
      'WeChat refused our signature: WECHAT_CERT, WECHAT_CERT_KEY, WECHAT_MCH_ID or the clock',
    );
  }
}

/**
 * What only this dialect says when it decides nothing, whatever the status of the answer. Each is
 * known to `errCodeOf`, which gives one spelling of it.
 */
const undecidedInV3 = ['SIGNERROR', 'USERPAYING'];
/** As long as v2's are, and so the columns that hold them. */
const codeCharsMax = 32;

/** Statuses that say what WeChat did, if it signed them: not 202, 401, 408, 429 or 5xx. */
function isFinal(status: number): boolean {
  return status === 200 || status === 204 || [400, 403, 404].includes(status);
}

function requestIdOf(answer: HttpAnswer<unknown>): string | undefined {
  if (answer.status === null) return undefined;
  return textOf({ id: foreignWords(answer.headers['request-id']) }, 'id');
}
