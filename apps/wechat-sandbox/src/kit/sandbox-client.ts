import type { z } from 'zod';
import type {
  ClockInput,
  NoticeInput,
  PayInput,
  PlatformInput,
  RefundInput,
  SignInput,
} from '../control/inputs';
import type {
  FaultView,
  MerchantView,
  NoticeView,
  PlatformView,
  RefundView,
  TradeView,
} from '../control/views';
import type { CallFault, NoticeFault } from '../faults/fault';
import type { Merchant } from '../merchant';
import type { SettingsInput, SettingsValues } from '../settings';

/** A "no" of the control plane: HTTP's status and what the sandbox said. */
class SandboxError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

type Given<S extends z.ZodType> = z.input<S>;
type FaultOf = Given<typeof CallFault> | Given<typeof NoticeFault>;

/** The control plane of a sandbox, typed. Every method rejects with a SandboxError for a "no". */
export class SandboxClient {
  /** @param url where the sandbox is, without a slash at the end */
  constructor(readonly url: string) {}

  /** The payer pays; the notice is on its way when this answers. */
  pay(which: Given<typeof PayInput>): Promise<TradeView> {
    return this.call('POST', '/pay', which);
  }

  trade(out_trade_no: string, mch_id?: string): Promise<TradeView> {
    const query = mch_id ? `?${new URLSearchParams({ mch_id })}` : '';
    return this.call('GET', `/trades/${encodeURIComponent(out_trade_no)}${query}`);
  }

  async trades(): Promise<TradeView[]> {
    return (await this.call<{ trades: TradeView[] }>('GET', '/trades')).trades;
  }

  async refunds(): Promise<RefundView[]> {
    return (await this.call<{ refunds: RefundView[] }>('GET', '/refunds')).refunds;
  }

  /** The merchant refunds in WeChat's console; the notice comes when the money is back. */
  refund(which: Given<typeof RefundInput>): Promise<RefundView> {
    return this.call('POST', '/refunds', which);
  }

  /** Orders a fault; it fires at the nth occasion that matches. */
  fault(rule: FaultOf): Promise<FaultView> {
    return this.call('POST', '/faults', rule);
  }

  async faults(): Promise<FaultView[]> {
    return (await this.call<{ faults: FaultView[] }>('GET', '/faults')).faults;
  }

  forgetFaults(): Promise<void> {
    return this.call('DELETE', '/faults');
  }

  forgetFault(id: FaultView['id']): Promise<void> {
    return this.call('DELETE', `/faults/${id}`);
  }

  /** Sends one notice now, and tells what the merchant answered. */
  notice(which: Given<typeof NoticeInput>): Promise<NoticeView> {
    return this.call('POST', '/notices', which);
  }

  /**
   * Turns the clock, and does what falls due meanwhile; 0 only waits for what is under way.
   * Answers the sandbox's time.
   */
  async advance(advance_ms: Given<typeof ClockInput>['advance_ms']): Promise<string> {
    return (await this.call<{ now: string }>('POST', '/clock', { advance_ms })).now;
  }

  settings(some: Given<typeof SettingsInput>): Promise<SettingsValues> {
    return this.call('POST', '/settings', some);
  }

  /** What a client has to know to verify this WeChat, as one merchant or any sees it. */
  platform(mch_id?: string): Promise<PlatformView> {
    return this.call('GET', `/platform${mch_id ? `?${new URLSearchParams({ mch_id })}` : ''}`);
  }

  /** Adds a certificate, or sets how often probes and the public key are used. */
  changePlatform(some: Given<typeof PlatformInput>): Promise<PlatformView> {
    return this.call('POST', '/platform', some);
  }

  /** WeChat's five headers over any text: what a test has written in its name is then believed. */
  async sign(what: Given<typeof SignInput>): Promise<Record<string, string>> {
    return (await this.call<{ headers: Record<string, string> }>('POST', '/sign', what)).headers;
  }

  /** Adds a merchant, or changes one. */
  merchant(some: Given<typeof Merchant>): Promise<MerchantView> {
    return this.call('POST', '/merchants', some);
  }

  /** Forgets orders, refunds and faults; settings and clock are as at the start. */
  forget(): Promise<void> {
    return this.call('DELETE', '');
  }

  private async call<T>(method: string, path: string, input?: object): Promise<T> {
    const response = await fetch(`${this.url}/_sandbox${path}`, {
      method,
      ...(input && {
        body: JSON.stringify(input),
        headers: { 'content-type': 'application/json' },
      }),
    });
    const text = await response.text();
    const body = text ? JSON.parse(text) : undefined;
    if (!response.ok) throw new SandboxError(response.status, body?.error ?? text);
    return body;
  }
}
