import { type KeyObject, randomBytes, sign } from 'node:crypto';
import { sealNotice } from '../../test/support/seal-notice';
import type { Message, StubMerchant, Trade, Trades } from './stub-book';

/** WeChat's own key, and the id by which the merchant knows it. */
export interface StubKey {
  readonly id: string;
  readonly privateKey: KeyObject;
}

/** WeChat's APIv3 as far as a checkout meets it. */
export class StubV3 {
  constructor(
    private readonly merchant: StubMerchant,
    private readonly key: StubKey,
    private readonly trades: Trades,
  ) {}

  answer(path: string, text: string): Message | undefined {
    if (path === '/v3/pay/transactions/native') return this.order(text);
    const out_trade_no = /^\/v3\/pay\/transactions\/out-trade-no\/(\w+)\?/.exec(path)?.[1];
    return out_trade_no === undefined ? undefined : this.query(out_trade_no);
  }

  notice(out_trade_no: string, trade: Trade): Message {
    const paid = this.paid(out_trade_no, trade);
    return this.signed(sealNotice(this.merchant.WECHAT_V3_KEY, paid));
  }

  private order(text: string): Message {
    const { out_trade_no, amount, notify_url } = JSON.parse(text);
    const total_fee = amount.total as number;
    this.trades.set(out_trade_no, { dialect: 'v3', total_fee, notify_url, transaction_id: '' });
    return this.said({ code_url: `weixin://wxpay/bizpayurl?pr=${out_trade_no}` });
  }

  private query(out_trade_no: string): Message {
    const trade = this.trades.get(out_trade_no);
    if (trade?.transaction_id) return this.said(this.paid(out_trade_no, trade));
    return this.said({ ...this.named(out_trade_no), trade_state: 'NOTPAY' });
  }

  private named(out_trade_no: string) {
    const { WECHAT_APPID: appid, WECHAT_MCH_ID: mchid } = this.merchant;
    return { appid, mchid, out_trade_no };
  }

  private paid(out_trade_no: string, { total_fee, transaction_id }: Trade) {
    return {
      ...this.named(out_trade_no),
      transaction_id,
      trade_type: 'NATIVE',
      trade_state: 'SUCCESS',
      trade_state_desc: '支付成功',
      bank_type: 'OTHERS',
      success_time: '2026-11-25T12:00:00+08:00',
      payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
      amount: { total: total_fee, payer_total: total_fee, currency: 'CNY', payer_currency: 'CNY' },
    };
  }

  private said(json: object): Message {
    return this.signed(JSON.stringify(json));
  }

  private signed(body: string): Message {
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const nonce = randomBytes(16).toString('hex');
    const signed = Buffer.from(`${timestamp}\n${nonce}\n${body}\n`);
    const headers = {
      'content-type': 'application/json',
      'request-id': nonce,
      'wechatpay-serial': this.key.id,
      'wechatpay-timestamp': timestamp,
      'wechatpay-nonce': nonce,
      'wechatpay-signature': sign('sha256', signed, this.key.privateKey).toString('base64'),
      'wechatpay-signature-type': 'WECHATPAY2-SHA256-RSA2048',
    };
    return { headers, body };
  }
}
