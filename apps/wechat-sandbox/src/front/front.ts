import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Api } from '../book/trade';
import type { CallName } from '../call-name';
import { CallFault } from '../faults/fault';
import { type Parcel, reset, sendDripping, sendHuge, sendWhole, swallow } from '../faults/send';
import type { Sandbox } from '../sandbox';
import type { About } from './about';
import { webFault } from './web-page';

const noFaults = [
  'system_error',
  'err_code',
  'frequency_limited',
  'accepted',
  'no_content',
] as const;

/** The faults in which WeChat itself says something else than what the call comes to. */
export type NoFault = Extract<CallFault, { kind: (typeof noFaults)[number] }>;

/** One call at WeChat's door, in either dialect; `T` is an answer that is not written yet. */
export interface Caller<T> {
  readonly api: Api;
  readonly name: CallName;
  readonly about: About;
  /** Checks the call and does what it says. */
  serve(): T | Promise<T>;
  /** Checks the call, but does nothing. */
  refuse(fault: NoFault): T | Promise<T>;
  /** Writes and signs an answer, spoilt where the fault says so. */
  write(told: T, fault: CallFault | undefined): Parcel | Promise<Parcel>;
  /** Whether the answer was given to somebody who had shown the merchant's key. */
  isToMerchant(told: T): boolean;
}

const systemError = CallFault.parse({ match: {}, kind: 'system_error' }) as NoFault;

const isNoFault = (fault: CallFault | undefined): fault is NoFault =>
  noFaults.some((kind) => kind === fault?.kind);

interface Visitor<T> {
  readonly caller: Caller<T>;
  readonly fault: CallFault | undefined;
  readonly out: ServerResponse;
}

/** What stands between WeChat's desks and the network: faults happen here. */
export class Front<T> {
  /** The latest answers of each merchant and call, about two orders: what `swapped` hands out. */
  private readonly answered = new Map<string, { out_trade_no: string; told: T }[]>();

  constructor(private readonly sandbox: Sandbox) {}

  async serve(caller: Caller<T>, out: ServerResponse): Promise<void> {
    const { api, about, name } = caller;
    const fault = this.sandbox.faults.atCall(name, { ...about, api });
    const visitor = { caller, fault, out };
    if (fault?.phase === 'before') await this.before(visitor, fault);
    else await this.after(visitor);
  }

  /** The fault comes first; only a delay and a payment let the call through. */
  private async before(visitor: Visitor<T>, fault: CallFault): Promise<void> {
    const { caller, out } = visitor;
    switch (fault.kind) {
      case 'pay':
        await this.pay(caller.about);
        return this.after({ ...visitor, fault: undefined });
      case 'delay':
        await wait(fault.delay_ms, undefined, { ref: false });
        return this.after({ ...visitor, fault: undefined });
      case 'black_hole':
        return swallow(out);
      case 'reset':
        return reset(out);
    }
    const page = webFault(fault);
    if (page) return sendWhole(out, page);
    const no: NoFault = isNoFault(fault) ? fault : { ...fault, kind: 'system_error' };
    return sendWhole(out, await caller.write(await caller.refuse(no), fault));
  }

  /** The call has its effect; then the fault comes. */
  private async after(visitor: Visitor<T>): Promise<void> {
    const { caller, fault, out } = visitor;
    const told = await caller.serve();
    if (fault?.kind === 'refund_ending') this.endRefund(caller.about, fault.ending);
    const written = await this.parcel(visitor, told);
    if (fault?.kind === 'pay') await this.pay(caller.about);
    const parcel = await this.kept(caller, written);
    switch (fault?.kind) {
      case 'delay':
        await wait(fault.delay_ms, undefined, { ref: false });
        return sendWhole(out, parcel);
      case 'black_hole':
        return swallow(out);
      case 'reset':
        return reset(out);
      case 'slow_drip':
        return sendDripping(out, parcel, fault.drip_ms);
      case 'huge_body':
        return sendHuge(out, parcel, fault.bytes);
      default:
        return sendWhole(out, parcel);
    }
  }

  /** Nothing is told that the book's file does not have: then WeChat does not know what became. */
  private async kept(caller: Caller<T>, parcel: Parcel): Promise<Parcel> {
    this.sandbox.keeper.changed();
    if (await this.sandbox.keeper.kept()) return parcel;
    return caller.write(await caller.refuse(systemError), undefined);
  }

  private async parcel({ caller, fault }: Visitor<T>, told: T): Promise<Parcel> {
    const page = fault && webFault(fault);
    if (page) return page;
    const said = isNoFault(fault) ? await caller.refuse(fault) : told;
    const swapped = this.remembered({ caller, said, fault });
    return swapped === undefined ? caller.write(said, fault) : caller.write(swapped, undefined);
  }

  /** Keeps the answer for later calls; `swapped` gets what was kept of another order. */
  private remembered(given: { caller: Caller<T>; said: T; fault: CallFault | undefined }) {
    const { caller, said, fault } = given;
    if (!caller.isToMerchant(said)) return undefined;
    const key = `${caller.about.mch_id}/${caller.name}`;
    const out_trade_no = caller.about.out_trade_no ?? '';
    const others = (this.answered.get(key) ?? []).filter(
      (each) => each.out_trade_no !== out_trade_no,
    );
    if (!fault) this.answered.set(key, [...others.slice(-1), { out_trade_no, told: said }]);
    return fault?.kind === 'swapped' ? others.at(-1)?.told : undefined;
  }

  /** The payer pays what the call is about, and the merchant hears of it. */
  private async pay({ mch_id, transaction_id = '', out_trade_no = '' }: About): Promise<void> {
    const trade = this.sandbox.book.find({ mch_id, transaction_id, out_trade_no });
    if (trade) await this.sandbox.pay(trade.code_url)?.told;
  }

  private endRefund({ mch_id, out_refund_no = '' }: About, ending: 'REFUNDCLOSE' | 'CHANGE'): void {
    const known = this.sandbox.book.findRefund(mch_id, { out_refund_no });
    if (known) known.refund.ending = ending;
  }
}
