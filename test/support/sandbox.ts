import { z } from 'zod';
import { type Answer, ask, expected } from './http';

/** All notices and looks of the time that passes are made meanwhile, one after the other. */
const turnMsMax = 120_000;
const callNames = ['unifiedorder', 'orderquery', 'closeorder', 'refund', 'refundquery'] as const;

/** What the sandbox's book says of one order, as far as the tests look at it. */
const Trade = z.looseObject({
  out_trade_no: z.string(),
  trade_state: z.enum(['NOTPAY', 'SUCCESS', 'REFUND', 'CLOSED']),
  total_fee: z.int(),
  transaction_id: z.string().nullable(),
  code_url: z.string(),
  /** Every code that was given out, the latest last. */
  codes: z.array(z.string()),
  /** How often each call reached this order. */
  calls: z.partialRecord(z.enum(callNames), z.int()),
  /** Every attempt to tell of the payment. */
  notices: z.array(z.looseObject({ accepted: z.boolean(), fault: z.string().optional() })),
});
export type Trade = z.output<typeof Trade>;

const PublicKey = z.looseObject({
  public_key: z.string().nullable(),
  public_key_id: z.string().nullable(),
});

const Time = z.strictObject({ now: z.iso.datetime() });
const Signed = z.looseObject({ headers: z.record(z.string(), z.string()) });

export interface Merchant {
  readonly WECHAT_APPID: string;
  readonly WECHAT_MCH_ID: string;
  readonly WECHAT_KEY: string;
}

/** The sandbox from outside, by its control plane. */
export class Sandbox {
  constructor(
    readonly url: string,
    readonly merchant: Merchant,
  ) {}

  /** The payer pays, as with a phone. */
  async pay(code_url: string): Promise<void> {
    expected(200, await this.tryToPay(code_url));
  }

  /** 409: the code is dead, or the order is paid or closed. */
  tryToPay(code_url: string): Promise<Answer> {
    return ask('POST', `${this.url}/_sandbox/pay`, { body: { code_url } });
  }

  async trade(out_trade_no: string): Promise<Trade> {
    const answer = await ask('GET', `${this.url}/_sandbox/trades/${out_trade_no}`);
    return Trade.parse(expected(200, answer));
  }

  /** Every notice about this order is lost on its way. */
  async loseNotices(out_trade_no: string): Promise<void> {
    await this.fault({ kind: 'drop', times: 1_000, match: { notice: 'pay', out_trade_no } });
  }

  /** What shall go wrong, in the control plane's words; gives what forgets it. */
  async fault(fault: Record<string, unknown>): Promise<() => Promise<void>> {
    const faults = `${this.url}/_sandbox/faults`;
    const { id } = expected(201, await ask('POST', faults, { body: fault })) as { id: number };
    return async () => {
      expected(204, await ask('DELETE', `${faults}/${id}`));
    };
  }

  async forgetFaults(): Promise<void> {
    expected(204, await ask('DELETE', `${this.url}/_sandbox/faults`));
  }

  /** The time at WeChat, in milliseconds since 1970. */
  async now(): Promise<number> {
    return timeIn(await ask('GET', `${this.url}/_sandbox/clock`));
  }

  /** How far its clock was turned ahead of this machine's. */
  async aheadMs(): Promise<number> {
    return Math.max(0, (await this.now()) - Date.now());
  }

  /** WeChat's clock goes ahead by so much, and what falls due meanwhile is done; its time then. */
  async turnClock(advance_ms: number): Promise<number> {
    const options = { body: { advance_ms }, limitMs: turnMsMax };
    return timeIn(await ask('POST', `${this.url}/_sandbox/clock`, options));
  }

  /** Which of its keys WeChat signs with in APIv3, towards this merchant. */
  async signsWith(platform_mode: string): Promise<void> {
    await this.changeMerchant({ platform_mode });
  }

  /** In its console the merchant changes `key`, `v3_key` or `certificate`. */
  async changeMerchant(some: Readonly<Record<string, string>>): Promise<void> {
    const { WECHAT_APPID: appid, WECHAT_MCH_ID: mch_id } = this.merchant;
    const body = { appid, mch_id, ...some };
    expected(200, await ask('POST', `${this.url}/_sandbox/merchants`, { body }));
  }

  /** WeChat makes a certificate for itself (`rotate`), or signs so much with its newest one. */
  async changePlatform(body: {
    readonly rotate?: true;
    readonly new_certificate_share: number;
  }): Promise<void> {
    expected(200, await ask('POST', `${this.url}/_sandbox/platform`, { body }));
  }

  /** The public key with which WeChat signs towards this merchant, if it does. */
  async publicKey(): Promise<z.output<typeof PublicKey>> {
    const path = `/_sandbox/platform?mch_id=${this.merchant.WECHAT_MCH_ID}`;
    return PublicKey.parse(expected(200, await ask('GET', this.url + path)));
  }

  /** The merchant refunds in WeChat's console; its notice goes to this address. */
  async refundInConsole(refund: {
    readonly out_trade_no: string;
    readonly refund_fee: number;
    readonly notify_url: string;
  }): Promise<void> {
    expected(201, await ask('POST', `${this.url}/_sandbox/refunds`, { body: refund }));
  }

  /** WeChat tells of the latest refund once more; gives whether the merchant accepted it. */
  notifyOfRefund(out_trade_no: string): Promise<boolean> {
    return this.send({ out_trade_no, notice: 'refund' });
  }

  /** Sends one more notice now, true or spoilt; gives whether the merchant accepted it. */
  notify(out_trade_no: string, fault?: Record<string, unknown>): Promise<boolean> {
    return this.send({ out_trade_no, fault });
  }

  private async send(body: Record<string, unknown>): Promise<boolean> {
    const answer = await ask('POST', `${this.url}/_sandbox/notices`, { body });
    return z.looseObject({ accepted: z.boolean() }).parse(expected(200, answer)).accepted;
  }

  /** WeChat's signature of APIv3 over any text, as headers. */
  async sign(body: string, age_ms = 0): Promise<Record<string, string>> {
    const signed = await ask('POST', `${this.url}/_sandbox/sign`, { body: { body, age_ms } });
    return Signed.parse(expected(200, signed)).headers;
  }
}

const timeIn = (answer: Answer) => Date.parse(Time.parse(expected(200, answer)).now);
