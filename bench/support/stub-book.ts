/** The merchant as WeChat knows it. */
export interface StubMerchant {
  readonly WECHAT_APPID: string;
  readonly WECHAT_MCH_ID: string;
  readonly WECHAT_KEY: string;
  readonly WECHAT_V3_KEY: string;
}

/** A payment as WeChat keeps it; no transaction: nobody has paid it. */
export interface Trade {
  readonly dialect: 'v2' | 'v3';
  readonly total_fee: number;
  readonly notify_url: string;
  transaction_id: string;
}

export type Trades = Map<string, Trade>;

/** An answer, or a notice. */
export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
