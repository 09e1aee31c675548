import type { Log } from '@saoma/platform/log';
import { logCall } from '../call-log';
import { payMetrics } from '../metrics';
import { unknown, unlessOurs } from '../unknown';
import type { Account, BillVerdict, No, Unknown } from '../wechat-channel';
import type { HttpAnswer, Message, WechatHttp } from '../wechat-http';
import { billVerdictOf } from './bill';
import { processResponse } from './response';
import { generateNonceStr, generateSignedXml, type Merchant } from './sign';
import type { Fields } from './xml';

const paths = {
  unifiedorder: '/pay/unifiedorder',
  orderquery: '/pay/orderquery',
  closeorder: '/pay/closeorder',
  refund: '/secapi/pay/refund',
  refundquery: '/pay/refundquery',
  downloadbill: '/pay/downloadbill',
} as const;

/** One call to WeChat: which, whose, with what, and how its success is read. */
export interface WechatCall<Success> {
  readonly method: Exclude<keyof typeof paths, 'downloadbill'>;
  /** For whom the payment was opened. */
  readonly account: Account;
  /** What is sent besides the head; what is empty or undefined is not sent. */
  readonly fields: Readonly<Record<string, string | undefined>>;
  /** Our numbers and amounts, which the answer must not contradict. They are logged. */
  readonly echo: Readonly<Record<string, string>>;
  readonly read: (fields: Fields) => Success | Unknown;
}

/** Asks WeChat in its v2 dialect, judges the answer, and logs who, what and how it ended. */
export class WechatV2Caller {
  constructor(
    private readonly merchant: Merchant,
    private readonly http: WechatHttp,
    private readonly log: Log,
  ) {}

  /** Never throws for what WeChat or the network does: that is unknown. */
  async ask<Success extends { outcome: 'success' }>(
    call: WechatCall<Success>,
  ): Promise<Success | No | Unknown> {
    const about = { method: call.method, ...call.echo };
    const foreign = unlessOurs(call.account, this.merchant);
    if (foreign) return logCall(this.log, about, foreign);
    const startedMs = performance.now();
    const answer = await this.http.ask(this.message(call.method, call.fields));
    return this.told(about, answer, { verdict: this.verdictOf(answer, call), startedMs });
  }

  /** @param day yyyyMMdd */
  async downloadBill(day: string): Promise<BillVerdict> {
    const startedMs = performance.now();
    const fields = { bill_date: day, bill_type: 'ALL', tar_type: 'GZIP' };
    const answer = await this.http.download(this.message('downloadbill', fields));
    const about = { method: 'downloadbill', day } as const;
    return this.told(about, answer, { verdict: billVerdictOf(answer), startedMs });
  }

  /** Measures and logs how it ended. */
  private told<V extends { readonly outcome: BillVerdict['outcome'] }>(
    about: { readonly method: keyof typeof paths },
    { hosts }: HttpAnswer<unknown>,
    { verdict, startedMs }: { readonly verdict: V; readonly startedMs: number },
  ): V {
    const ms = Math.round(performance.now() - startedMs);
    const { method } = about;
    const { outcome: said } = verdict;
    // That there is no file, or not yet, is a no, as it is in v3.
    const outcome = said === 'success' || said === 'unknown' ? said : 'no';
    payMetrics.wechatCalls.observe(ms / 1_000, { method, dialect: 'v2', outcome });
    return logCall(this.log, { ...about, hosts, ms }, verdict);
  }

  private message(method: keyof typeof paths, given: WechatCall<unknown>['fields']): Message {
    const { appid, mch_id, sign_type } = this.merchant;
    const fields = new Map(Object.entries({ appid, mch_id }));
    for (const [name, value] of Object.entries(given)) if (value) fields.set(name, value);
    fields.set('nonce_str', generateNonceStr()).set('sign_type', sign_type);
    return {
      method: 'POST',
      path: paths[method],
      headers: { 'content-type': 'text/xml; charset=utf-8' },
      body: generateSignedXml(fields, this.merchant),
    };
  }

  private verdictOf<Success>(http: HttpAnswer, { echo, read }: WechatCall<Success>) {
    if (http.status === null) return unknown(http.reason);
    if (http.status !== 200) return unknown(`HTTP ${http.status}`);
    const answer = processResponse(http.body, { merchant: this.merchant, echo });
    return answer.outcome === 'success' ? read(answer.fields) : answer;
  }
}
