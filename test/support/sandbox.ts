import { z } from 'zod';
import { ask, expected } from './http';

/** What the sandbox's book says of one order; more than this is there. */
const Trade = z.looseObject({
  out_trade_no: z.string(),
  trade_state: z.string(),
  total_fee: z.int(),
  code_url: z.string(),
});
export type Trade = z.output<typeof Trade>;

export interface Merchant {
  readonly WECHAT_APPID: string;
  readonly WECHAT_MCH_ID: string;
  readonly WECHAT_KEY: string;
}

/** The sandbox from outside: its control plane, and WeChat's own hand for notices. */
export class Sandbox {
  constructor(
    readonly url: string,
    readonly merchant: Merchant,
  ) {}

  /** The payer pays: by code, as with a phone. */
  async pay(code_url: string): Promise<void> {
    expected(200, await ask('POST', `${this.url}/_sandbox/pay`, { body: { code_url } }));
  }

  async trade(out_trade_no: string): Promise<Trade> {
    const answer = await ask('GET', `${this.url}/_sandbox/trades/${out_trade_no}`);
    return Trade.parse(expected(200, answer));
  }

  async fault(body: unknown): Promise<void> {
    const { status, text } = await ask('POST', `${this.url}/_sandbox/faults`, { body });
    if (status >= 300) throw new Error(`the sandbox refused the fault: ${status} ${text}`);
  }
}
