import type { Input } from '@saoma/contracts/define';
import type { NativeRequest, payService } from '@saoma/contracts/pay';
import { CodeUrl } from '@saoma/contracts/values';
import type { Log } from '@saoma/platform/log';
import type { Config } from '../config';
import {
  type CloseVerdict,
  type CodeVerdict,
  type No,
  type StatusVerdict,
  type Trade,
  type Unknown,
  WechatChannel,
} from '../wechat-channel';
import type { WechatHttp } from '../wechat-http';
import { toBeijingTime } from './beijing-time';
import { noticeReply, processNotice } from './notice';
import { readPaid } from './paid';
import { processResponse, unknown } from './response';
import { generateNonceStr, generateSignedXml, type Merchant } from './sign';
import type { Fields } from './xml';

/** The states in which WeChat has received the payer's money, even if some of it went back. */
const paidStates = ['SUCCESS', 'REFUND'];

/** One call to WeChat: where, about which number, whose, with what, and how its success is read. */
interface WechatCall<Success> {
  readonly method: 'unifiedorder' | 'orderquery' | 'closeorder';
  readonly out_trade_no: string;
  readonly merchant: { readonly appid: string; readonly mch_id: string };
  readonly fields: Record<string, string | undefined>;
  readonly read: (fields: Fields) => Success | Unknown;
}

/** WeChat Pay's APIv2: XML, signed with the merchant's API key. */
export class WechatV2Channel extends WechatChannel {
  readonly #merchant: Merchant;

  constructor(
    private readonly config: Config,
    private readonly http: WechatHttp,
    private readonly log: Log,
  ) {
    super();
    this.#merchant = {
      appid: config.WECHAT_APPID,
      mch_id: config.WECHAT_MCH_ID,
      key: config.WECHAT_KEY,
      sign_type: config.WECHAT_SIGN_TYPE,
    };
  }

  override prepareNative(payment: Input<typeof payService, 'prepareNative'>): NativeRequest {
    const { out_trade_no, total_fee, create_time, expire_time } = payment;
    return {
      appid: this.#merchant.appid,
      mch_id: this.#merchant.mch_id,
      device_info: 'WEB',
      body: this.config.WECHAT_BODY,
      out_trade_no,
      fee_type: 'CNY',
      total_fee: String(total_fee),
      spbill_create_ip: this.config.WECHAT_SERVER_IP,
      time_start: toBeijingTime(create_time),
      ...(expire_time && { time_expire: toBeijingTime(expire_time) }),
      notify_url: this.config.WECHAT_NOTIFY_URL,
      trade_type: 'NATIVE',
      product_id: out_trade_no,
    };
  }

  override createNative(request: NativeRequest): Promise<CodeVerdict> {
    const { appid, mch_id, out_trade_no } = request;
    return this.#call({
      method: 'unifiedorder',
      out_trade_no,
      merchant: { appid, mch_id },
      fields: request,
      read: (fields) => {
        const { data } = CodeUrl.safeParse(fields.get('code_url'));
        return data ? { outcome: 'success', code_url: data } : unknown('answer without a code_url');
      },
    });
  }

  override queryPayStatus({ out_trade_no, merchant }: Trade): Promise<StatusVerdict> {
    return this.#call({
      method: 'orderquery',
      out_trade_no,
      merchant: merchant ?? this.#merchant,
      fields: { out_trade_no },
      read: (fields) => {
        const trade_state = fields.get('trade_state');
        if (!trade_state || !fields.get('out_trade_no')) return unknown('answer about no payment');
        if (!paidStates.includes(trade_state))
          return { outcome: 'success', trade_state, paid: null };
        const paid = readPaid(fields);
        return paid ? { outcome: 'success', trade_state, paid } : unknown('paid, but unreadable');
      },
    });
  }

  override closeOrder({ out_trade_no, merchant }: Trade): Promise<CloseVerdict> {
    return this.#call({
      method: 'closeorder',
      out_trade_no,
      merchant: merchant ?? this.#merchant,
      fields: { out_trade_no },
      read: () => ({ outcome: 'success' }),
    });
  }

  override readNotice(body: Uint8Array) {
    const notice = processNotice(body, this.#merchant);
    if (notice.paid) this.log.info({ out_trade_no: notice.paid.out_trade_no }, 'payment notice');
    else this.log.warn({ reason: notice.reason }, 'payment notice refused');
    return { paid: notice.paid, reply: noticeReply(notice) };
  }

  async #call<Success extends { outcome: 'success' }>(
    call: WechatCall<Success>,
  ): Promise<Success | No | Unknown> {
    const { appid, mch_id } = this.#merchant;
    // Asked with other ids, WeChat would say that there is no such payment, and be right.
    if (call.merchant.appid !== appid || call.merchant.mch_id !== mch_id) {
      return this.#logged(call, unknown('the payment belongs to another appid or mch_id'));
    }
    const fields = new Map([
      ['appid', appid],
      ['mch_id', mch_id],
    ]);
    for (const [name, value] of Object.entries(call.fields)) if (value) fields.set(name, value);
    fields.set('nonce_str', generateNonceStr()).set('sign_type', this.#merchant.sign_type);

    const startedMs = performance.now();
    const xml = generateSignedXml(fields, this.#merchant);
    const answer = await this.http.post(`/pay/${call.method}`, xml);
    const verdict = answer.body ? this.#judge(answer.body, call) : unknown(answer.reason);
    return this.#logged(call, verdict, {
      hosts: answer.hosts,
      ms: Math.round(performance.now() - startedMs),
    });
  }

  #judge<Success>(body: Uint8Array, { out_trade_no, read }: WechatCall<Success>) {
    const answer = processResponse(body, { merchant: this.#merchant, out_trade_no });
    return answer.outcome === 'success' ? read(answer.fields) : answer;
  }

  /** Who, what and how it ended; never keys, signatures, codes or whole messages. */
  #logged<Verdict extends { outcome: string }>(
    { method, out_trade_no }: Pick<WechatCall<unknown>, 'method' | 'out_trade_no'>,
    verdict: Verdict,
    more: object = {},
  ): Verdict {
    const { outcome } = verdict;
    const why = 'reason' in verdict ? { reason: verdict.reason } : {};
    const no = 'err_code' in verdict ? { err_code: verdict.err_code } : {};
    const level = outcome === 'unknown' ? 'warn' : 'info';
    this.log[level]({ method, out_trade_no, outcome, ...why, ...no, ...more }, 'asked WeChat');
    return verdict;
  }
}
