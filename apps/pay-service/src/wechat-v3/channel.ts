import type { Input } from '@saoma/contracts/define';
import {
  type NativeRequest,
  paidStates,
  type payService,
  type RefundRequest,
} from '@saoma/contracts/pay';
import { bodyOf } from '../payer-text';
import { refundRequestOf } from '../refund-request';
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
  type RefundQuery,
  type RefundStatusVerdict,
  type RefundVerdict,
  type StatusVerdict,
  type Trade,
  type Unknown,
  WechatChannel,
  type WechatFinding,
} from '../wechat-channel';
import { WechatV3Bills } from './bills';
import { WechatV3Caller } from './caller';
import type { Connection } from './connection';
import { Echoes } from './echoes';
import { type Json, textOf } from './json';
import { toRfc3339 } from './moment';
import { NoticeReader } from './notice-reader';
import { readPaid } from './paid';
import { readRefund, readRefunded } from './refunded';
import { SelfTest } from './self-test';
import { get, post } from './sign';

/** WeChat raises an earlier end to this, and cuts a later one: we say what will be. */
const expireMsMin = 60_000;
const expireMsMax = 7 * 86_400_000;
/** A close and the query after it end within what a caller of the pay service waits. */
const closeMsMax = 8_000;

/** What requests say of the shop. */
export interface Shop {
  /** What the payer reads of a payment, at most 127 bytes. */
  readonly description: string;
  readonly payer_client_ip: string;
  readonly notify_url: string;
  readonly refund_notify_url: string;
}

/** WeChat Pay's APIv3: JSON, signed with the key of the merchant's certificate. */
export class WechatV3Channel extends WechatChannel {
  override readonly mch_id: string;
  private readonly wechat: WechatV3Caller;
  private readonly bills: WechatV3Bills;
  private readonly notices: NoticeReader;
  private readonly selfTest: SelfTest;

  constructor(
    private readonly connection: Connection,
    private readonly shop: Shop,
    private readonly shared: Shared,
  ) {
    super();
    this.mch_id = connection.merchant.mch_id;
    this.wechat = new WechatV3Caller(connection, shared.log);
    this.bills = new WechatV3Bills(this.wechat, connection.merchant);
    const echoes = new Echoes();
    this.notices = new NoticeReader(connection, echoes, shared.log);
    this.selfTest = new SelfTest(connection, echoes, shop.notify_url);
  }

  override prepareNative(payment: Input<typeof payService, 'prepareNative'>): NativeRequest {
    const { out_trade_no, total_fee, expire_time, now, body } = payment;
    const { appid, mch_id: mchid } = this.connection.merchant;
    return {
      dialect: 'v3',
      appid,
      mchid,
      description: bodyOf(body) || this.shop.description,
      out_trade_no,
      ...(expire_time && { time_expire: endOf(Date.parse(expire_time), Date.parse(now)) }),
      notify_url: this.shop.notify_url,
      amount: { total: total_fee, currency: 'CNY' },
      scene_info: { payer_client_ip: this.shop.payer_client_ip },
    };
  }

  override async createNative(request: NativeRequest): Promise<CodeVerdict> {
    if (request.dialect !== 'v3') return dialectGone;
    const { dialect, ...body } = request;
    const { appid, mchid: mch_id, out_trade_no } = request;
    return this.wechat.ask({
      method: 'native',
      account: { appid, mch_id },
      request: post('/v3/pay/transactions/native', body),
      about: { out_trade_no },
      read: (answer) => this.shared.codes.read(answer.code_url, out_trade_no),
    });
  }

  override queryPayStatus(trade: Trade): Promise<StatusVerdict> {
    return this.query(trade);
  }

  /**
   * A 204 proves nothing: WeChat gives it for a number that it does not know too, and nobody can
   * use that one afterwards. So it is asked what became of the payment.
   */
  override async closeOrder({ out_trade_no, account }: Trade): Promise<CloseVerdict> {
    const { mch_id: mchid } = this.connection.merchant;
    const deadline = AbortSignal.timeout(closeMsMax);
    const closed = await this.wechat.ask({
      method: 'close',
      account: account ?? this.connection.merchant,
      request: post(`${tradePath(out_trade_no)}/close`, { mchid }),
      about: { out_trade_no },
      read: () => ({ outcome: 'success' }),
      deadline,
    });
    if (closed.outcome !== 'success') return closed;
    const after = await this.query({ out_trade_no, account }, deadline);
    if (after.outcome === 'unknown') return after;
    if (after.outcome === 'no') {
      return after.err_code === 'ORDERNOTEXIST' ? closed : unknown(`after it: ${after.err_code}`);
    }
    if (paidStates.includes(after.trade_state)) return paidAlready;
    return after.trade_state === 'CLOSED' ? closed : unknown(`after it: ${after.trade_state}`);
  }

  override readNotice(notice: Notice): Promise<NoticeVerdict> {
    return this.notices.read(notice);
  }

  override prepareRefund(refund: Input<typeof payService, 'prepareRefund'>): RefundRequest {
    const own = { ...this.connection.merchant, ...this.shop, dialect: 'v3' as const };
    return refundRequestOf(refund, own);
  }

  override refund(request: RefundRequest): Promise<RefundVerdict> {
    const { out_trade_no, transaction_id, out_refund_no, reason, notify_url } = request;
    const { total_fee: total, refund_fee: refund } = request;
    const body = {
      // Not our own number: a payment may have been paid twice, and this names one of the two.
      transaction_id,
      out_refund_no,
      ...(reason && { reason }),
      notify_url,
      amount: { refund, total, currency: 'CNY' },
    };
    return this.wechat.ask({
      method: 'refund',
      account: request,
      request: post(refundsPath, body),
      about: { out_trade_no, transaction_id, out_refund_no },
      read: (answer) => {
        const asked = { out_trade_no, transaction_id, out_refund_no, total, refund };
        const accepted = readRefund(answer, asked);
        if ('outcome' in accepted) return accepted;
        return { outcome: 'success', refund_id: accepted.refund_id };
      },
    });
  }

  override queryRefund(refund: RefundQuery): Promise<RefundStatusVerdict> {
    const { out_trade_no, out_refund_no, account } = refund;
    const about = { ...(out_trade_no && { out_trade_no }), out_refund_no };
    return this.wechat.ask({
      method: 'refund query',
      account: account ?? this.connection.merchant,
      request: get(`${refundsPath}/${encodeURIComponent(out_refund_no)}`),
      about,
      read: (answer) => readRefunded(answer, about),
      errCodeHere: (code) => (code === 'RESOURCE_NOT_EXISTS' ? 'REFUNDNOTEXIST' : code),
    });
  }

  override downloadBill(bill: BillRequest): Promise<BillVerdict> {
    return this.bills.download(bill);
  }

  override check(): Promise<WechatFinding[]> {
    return this.selfTest.run();
  }

  private query({ out_trade_no, account }: Trade, deadline?: AbortSignal): Promise<StatusVerdict> {
    const { mch_id } = this.connection.merchant;
    return this.wechat.ask({
      method: 'query',
      account: account ?? this.connection.merchant,
      request: get(`${tradePath(out_trade_no)}?mchid=${mch_id}`),
      about: { out_trade_no },
      read: (answer) => this.readTrade(answer, out_trade_no),
      deadline,
    });
  }

  private readTrade(answer: Json, out_trade_no: string) {
    const { appid, mch_id } = this.connection.merchant;
    const trade_state = textOf(answer, 'trade_state');
    if (!trade_state) return unknown('answer about no payment');
    const other = whichOther(answer, { appid, mchid: mch_id, out_trade_no });
    if (other) return other;
    const paid = paidStates.includes(trade_state) ? readPaid(answer) : undefined;
    return { outcome: 'success', trade_state, paid: paid ?? null } as const;
  }
}

const paidAlready = { outcome: 'no', err_code: 'ORDERPAID', err_code_des: '' } as const;
const refundsPath = '/v3/refund/domestic/refunds';
const tradePath = (out_trade_no: string) => `/v3/pay/transactions/out-trade-no/${out_trade_no}`;

function whichOther(answer: Json, asked: Readonly<Record<string, string>>): Unknown | undefined {
  const other = Object.keys(asked).find((name) => answer[name] !== asked[name]);
  return other === undefined ? undefined : unknown(`answer with another ${other}`);
}

/** When a payment ends: as it was asked for, as far as WeChat takes that. */
function endOf(expireMs: number, nowMs: number): string {
  return toRfc3339(Math.min(Math.max(expireMs, nowMs + expireMsMin), nowMs + expireMsMax));
}
