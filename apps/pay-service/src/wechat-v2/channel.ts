import type { Input } from '@saoma/contracts/define';
import {
  type NativeRequest,
  type NativeRequestV2,
  paidStates,
  type payService,
  type RefundRequest,
} from '@saoma/contracts/pay';
import { bodyOf } from '../payer-text';
import { refundRequestOf } from '../refund-request';
import { RefusedNotices } from '../refused-notices';
import type { Shared } from '../shared';
import { unknown } from '../unknown';
import {
  type BillRequest,
  type BillVerdict,
  type CloseVerdict,
  type CodeVerdict,
  dialectGone,
  type Notice,
  type NoticeVerdict,
  noFundFlow,
  type RefundQuery,
  type RefundStatusVerdict,
  type RefundVerdict,
  type StatusVerdict,
  type Trade,
  WechatChannel,
  type WechatFinding,
} from '../wechat-channel';
import type { WechatHttp } from '../wechat-http';
import { toBeijingTime } from './beijing-time';
import { WechatV2Caller } from './caller';
import { findingsOf, nobodysNo } from './check';
import { noticeReply, processNotice } from './notice';
import { readPaid } from './paid';
import { readRefunded } from './refunded';
import type { Merchant } from './sign';

/**
 * WeChat refuses a number that would expire within its first five minutes; the minute on top of
 * them is for the way there and for clocks that differ.
 */
const expireMsMin = 360_000;
/** WeChat's own numbers have at most so many characters. */
const refundIdLengthMax = 32;

/** The merchant, and what its requests say of the shop. */
export interface MerchantAccount extends Merchant {
  /** What the payer reads of a payment, at most 127 bytes. */
  readonly body: string;
  readonly spbill_create_ip: string;
  readonly notify_url: string;
  readonly refund_notify_url: string;
}

/** WeChat Pay's APIv2: XML, signed with the merchant's API key. */
export class WechatV2Channel extends WechatChannel {
  override readonly mch_id: string;
  private readonly wechat: WechatV2Caller;
  private readonly refused: RefusedNotices;

  constructor(
    private readonly merchant: MerchantAccount,
    http: WechatHttp,
    private readonly shared: Shared,
  ) {
    super();
    this.mch_id = merchant.mch_id;
    this.wechat = new WechatV2Caller(merchant, http, shared.log);
    this.refused = new RefusedNotices(shared.log);
  }

  override prepareNative(payment: Input<typeof payService, 'prepareNative'>): NativeRequestV2 {
    const { out_trade_no, total_fee, create_time, expire_time, now, body } = payment;
    return {
      dialect: 'v2',
      appid: this.merchant.appid,
      mch_id: this.merchant.mch_id,
      device_info: 'WEB',
      body: bodyOf(body) || this.merchant.body,
      out_trade_no,
      fee_type: 'CNY',
      total_fee: String(total_fee),
      spbill_create_ip: this.merchant.spbill_create_ip,
      time_start: toBeijingTime(create_time),
      ...(expire_time && { time_expire: timeExpire(expire_time, now) }),
      notify_url: this.merchant.notify_url,
      trade_type: 'NATIVE',
      product_id: out_trade_no,
    };
  }

  override async createNative(request: NativeRequest): Promise<CodeVerdict> {
    if (request.dialect !== 'v2') return dialectGone;
    const { dialect, ...fields } = request;
    return this.wechat.ask({
      method: 'unifiedorder',
      account: request,
      fields,
      echo: { out_trade_no: request.out_trade_no },
      read: (fields) => this.shared.codes.read(fields.get('code_url'), request.out_trade_no),
    });
  }

  override queryPayStatus({ out_trade_no, account }: Trade): Promise<StatusVerdict> {
    return this.wechat.ask({
      method: 'orderquery',
      account: account ?? this.merchant,
      fields: { out_trade_no },
      echo: { out_trade_no },
      read: (fields) => {
        const trade_state = fields.get('trade_state');
        if (!trade_state || !fields.get('out_trade_no')) return unknown('answer about no payment');
        const paid = paidStates.includes(trade_state) ? readPaid(fields) : undefined;
        return { outcome: 'success', trade_state, paid: paid ?? null };
      },
    });
  }

  override closeOrder({ out_trade_no, account }: Trade): Promise<CloseVerdict> {
    return this.wechat.ask({
      method: 'closeorder',
      account: account ?? this.merchant,
      fields: { out_trade_no },
      echo: { out_trade_no },
      read: () => ({ outcome: 'success' }),
    });
  }

  override async readNotice({ body }: Notice): Promise<NoticeVerdict> {
    const notice = processNotice(body, this.merchant);
    const { news } = notice;
    if (news === null) this.refused.tell(notice);
    else if (news.is === 'refund') this.shared.log.info(news, 'refund notice');
    else {
      const { out_trade_no, transaction_id } = news.paid;
      this.shared.log.info({ out_trade_no, transaction_id }, 'payment notice');
    }
    return { news, reply: noticeReply({ believed: news !== null }) };
  }

  override prepareRefund(refund: Input<typeof payService, 'prepareRefund'>): RefundRequest {
    return refundRequestOf(refund, { dialect: 'v2', ...this.merchant });
  }

  override refund(request: RefundRequest): Promise<RefundVerdict> {
    const { out_trade_no, transaction_id, out_refund_no, reason, notify_url } = request;
    const total_fee = String(request.total_fee);
    const refund_fee = String(request.refund_fee);
    return this.wechat.ask({
      method: 'refund',
      account: request,
      fields: {
        // Not our own number: a payment may have been paid twice, and this names one of the two.
        transaction_id,
        out_refund_no,
        total_fee,
        refund_fee,
        refund_fee_type: 'CNY',
        refund_desc: reason,
        notify_url,
      },
      echo: { out_trade_no, transaction_id, out_refund_no, total_fee, refund_fee },
      read: (fields) => {
        const refund_id = fields.get('refund_id');
        const isRefund = fields.get('out_refund_no') && fields.get('refund_fee');
        if (!refund_id || refund_id.length > refundIdLengthMax || !isRefund) {
          return unknown('answer about no refund');
        }
        return { outcome: 'success', refund_id };
      },
    });
  }

  override queryRefund(refund: RefundQuery): Promise<RefundStatusVerdict> {
    const { out_trade_no, out_refund_no, account } = refund;
    return this.wechat.ask({
      method: 'refundquery',
      account: account ?? this.merchant,
      fields: { out_refund_no },
      echo: { ...(out_trade_no && { out_trade_no }), out_refund_no },
      read: (fields) => readRefunded(fields, out_refund_no),
    });
  }

  override async downloadBill({ day, kind }: BillRequest): Promise<BillVerdict> {
    if (kind === 'fundflow') return noFundFlow;
    return this.wechat.downloadBill(day.replaceAll('-', ''));
  }

  override async check(): Promise<WechatFinding[]> {
    const verdict = await this.queryPayStatus({ out_trade_no: nobodysNo, account: null });
    return findingsOf(verdict, this.merchant);
  }
}

/** The end of a payment as WeChat takes it. Our own end stays exact: at it we ask for a close. */
function timeExpire(expire_time: string, now: string): string {
  const ms = Math.max(Date.parse(expire_time), Date.parse(now) + expireMsMin);
  return toBeijingTime(new Date(ms).toISOString());
}
