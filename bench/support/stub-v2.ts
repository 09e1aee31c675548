import { createHash } from 'node:crypto';
import type { Message, StubMerchant, Trade, Trades } from './stub-book';

type Fields = Readonly<Record<string, string>>;

/** WeChat's APIv2 as far as a checkout meets it. */
export class StubV2 {
  constructor(
    private readonly merchant: StubMerchant,
    private readonly trades: Trades,
  ) {}

  answer(path: string, xml: string): Message | undefined {
    const out_trade_no = fieldOf(xml, 'out_trade_no');
    if (path === '/pay/unifiedorder') return this.order(out_trade_no, xml);
    if (path === '/pay/orderquery') return this.query(out_trade_no);
    return path === '/pay/closeorder' ? this.signed({}) : undefined;
  }

  notice(out_trade_no: string, trade: Trade): Message {
    return this.signed(paidFields(out_trade_no, trade));
  }

  private order(out_trade_no: string, xml: string): Message {
    const total_fee = Number(fieldOf(xml, 'total_fee'));
    const notify_url = fieldOf(xml, 'notify_url');
    this.trades.set(out_trade_no, { dialect: 'v2', total_fee, notify_url, transaction_id: '' });
    const code_url = `weixin://wxpay/bizpayurl?pr=${out_trade_no}`;
    return this.signed({ trade_type: 'NATIVE', prepay_id: 'wx26', code_url });
  }

  private query(out_trade_no: string): Message {
    const trade = this.trades.get(out_trade_no);
    if (!trade?.transaction_id) return this.signed({ out_trade_no, trade_state: 'NOTPAY' });
    return this.signed({ ...paidFields(out_trade_no, trade), trade_state: 'SUCCESS' });
  }

  private signed(more: Fields): Message {
    const fields: Record<string, string> = {
      return_code: 'SUCCESS',
      result_code: 'SUCCESS',
      appid: this.merchant.WECHAT_APPID,
      mch_id: this.merchant.WECHAT_MCH_ID,
      nonce_str: 'benchbenchbenchbenchbenchbench00',
      ...more,
    };
    const headers = { 'content-type': 'text/xml' };
    return { headers, body: signedXml(fields, this.merchant.WECHAT_KEY) };
  }
}

/** Both ends sign alike: the bare process uses it too. */
export function signedXml(fields: Fields, key: string): string {
  const names = Object.keys(fields).sort();
  const text = names.map((name) => `${name}=${fields[name]}`).join('&');
  const sign = createHash('md5').update(`${text}&key=${key}`).digest('hex').toUpperCase();
  const elements = names.map((name) => `<${name}><![CDATA[${fields[name]}]]></${name}>`);
  return `<xml>${elements.join('')}<sign><![CDATA[${sign}]]></sign></xml>`;
}

export function fieldOf(xml: string, name: string): string {
  return new RegExp(`<${name}>(?:<!\\[CDATA\\[)?([^<\\]]*)`).exec(xml)?.[1] ?? '';
}

function paidFields(out_trade_no: string, { total_fee, transaction_id }: Trade): Fields {
  return {
    out_trade_no,
    transaction_id,
    total_fee: String(total_fee),
    cash_fee: String(total_fee),
    fee_type: 'CNY',
    bank_type: 'OTHERS',
    openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
    is_subscribe: 'N',
    trade_type: 'NATIVE',
    time_end: '20261125120000',
  };
}
