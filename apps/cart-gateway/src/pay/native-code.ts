import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { AppError, isUnavailable } from '@saoma/contracts/errors';
import type { OrderInput, OrderOutput } from '@saoma/contracts/order';
import { Complaints } from '@saoma/platform/complaints';
import { within } from '@saoma/platform/within';
import { OrderClient, PayClient } from '../clients';
import { gatewayMetrics } from '../metrics';

/** Whatever WeChat does, a page has its answer within 15 s. */
const answerMsMax = 14_000;
/** How often who has to wait searches for the other's code. */
const lookAgainMs = 250;
const searchTriesMax = 3;
const keepTriesMax = 5;

type Search = OrderOutput<'searchPayLog'>;
type Claim = Extract<Search, { state: 'claimed' }>;
type Codeless = Exclude<Search, { state: 'code' | 'nothing' }>;
type Wanted = Omit<OrderInput<'searchPayLog'>, 'attempt'> & { readonly attempt: string };
/** Who wants to pay. */
type Asker = Omit<Wanted, 'attempt' | 'out_trade_no'>;

/** What a page draws: the code of a payment and its amount in fen. */
export interface Native {
  readonly code_url: string;
  readonly total_fee: number;
  readonly out_trade_no: string;
}

/**
 * Brings a payment's one live code: the order service's if it has one, else a new one of WeChat's.
 * Who may ask WeChat is decided by a claim in the order service, over all gateways; who did not get
 * it waits for the other's code. Within one gateway all tabs share one errand.
 */
@Injectable()
export class NativeCode {
  private readonly complaints = new Complaints(new Logger('native code'));
  private readonly errands = new Map<string, Promise<Native | undefined>>();

  constructor(
    private readonly order: OrderClient,
    private readonly pay: PayClient,
  ) {}

  /**
   * The code of the named payment, or (null) of the user's newest unpaid one; undefined when there
   * is nothing to pay. May fail: payment/not-found, wechat/refused, wechat/unavailable,
   * service/unavailable.
   */
  async createNative(asker: Asker, out_trade_no: string | null): Promise<Native | undefined> {
    const startedMs = performance.now();
    const count = (outcome: 'code' | 'nothing to pay' | 'failed') =>
      gatewayMetrics.codeWait.observe((performance.now() - startedMs) / 1_000, { outcome });
    try {
      const bringing = this.bring(asker, out_trade_no);
      const brought = await within(answerMsMax, bringing, () => this.tooLate());
      count(brought ? 'code' : 'nothing to pay');
      return brought;
    } catch (error) {
      count('failed');
      throw error;
    }
  }

  private async bring({ user_id, shop, pay_key_hash }: Asker, out_trade_no: string | null) {
    // The contract knows no `operator` here: nobody gets a code by that role.
    const asker = { user_id, ...(shop && { shop }), ...(pay_key_hash && { pay_key_hash }) };
    const wanted = { ...asker, out_trade_no, attempt: newAttempt() };
    const found = await this.search(wanted);
    if (found.state === 'nothing') return undefined;
    if (found.state === 'code') return native(found);
    return this.errandFor(wanted, found);
  }

  /**
   * A search that nobody answered may have claimed the right to ask WeChat: it is repeated under
   * the number of its claim, or nobody would have that right until the claim runs out.
   */
  private async search(wanted: Wanted): Promise<Search> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.order.searchPayLog(wanted);
      } catch (error) {
        if (tries >= searchTriesMax || !isUnavailable(error)) throw error;
        await pause(lookAgainMs);
      }
    }
  }

  /** It goes on when its askers have left: the code it brings is kept for the next ones. */
  private errandFor(wanted: Wanted, found: Codeless): Promise<Native | undefined> {
    const { out_trade_no } = found;
    const underWay = this.errands.get(out_trade_no);
    if (underWay && found.state === 'wait') return underWay;
    const errand = this.run({ ...wanted, out_trade_no }, found).finally(() => {
      if (this.errands.get(out_trade_no) === errand) this.errands.delete(out_trade_no);
    });
    this.errands.set(out_trade_no, errand);
    return errand;
  }

  /** Searches this payment, whatever the user orders meanwhile, and asks WeChat if it may. */
  private async run(first: Wanted, firstFound: Codeless): Promise<Native | undefined> {
    const deadline = performance.now() + answerMsMax;
    let wanted = first;
    let found: Search = firstFound;
    for (;;) {
      if (found.state === 'nothing') return undefined;
      if (found.state === 'code') return native(found);
      const brought = await (found.state === 'wait' ? pause(lookAgainMs) : this.askWechat(found));
      if (brought) return brought;
      // Not later: what a search claims has to be asked for.
      if (performance.now() >= deadline) return this.tooLate();
      // What ends a claim late must not end the next one.
      if (found.state === 'claimed') wanted = { ...wanted, attempt: newAttempt() };
      found = await this.search(wanted);
    }
  }

  /** What was claimed. Undefined: the order service finds out, or knows, what is to be done. */
  private async askWechat({ out_trade_no, total_fee, attempt, request }: Claim) {
    const end = { out_trade_no, attempt, code_url: null, no: null };
    const answer = await this.pay.createNative(request).catch(async (error) => {
      await this.keep({ ...end, why: (error as Error).message });
      throw error;
    });
    if (answer.outcome === 'success') {
      const { code_url } = answer;
      const kept = await this.keep({ ...end, code_url });
      return kept ? { code_url, total_fee, out_trade_no } : undefined;
    }
    if (answer.outcome === 'no') {
      // The order service judges it: the next search says what it found.
      const { err_code, err_code_des } = answer;
      await this.keep({ ...end, no: { err_code, err_code_des } });
      return undefined;
    }
    this.complaints.tell('WeChat gives no code', { message: answer.reason }, { out_trade_no });
    await this.keep({ ...end, why: answer.reason });
    throw new AppError('wechat/unavailable');
  }

  private tooLate(): never {
    this.complaints.tell(`no code came within ${answerMsMax} ms`, undefined);
    throw new AppError('wechat/unavailable');
  }

  /** A code that is not kept is lost, so this is tried again; to repeat it is safe. */
  private async keep(end: OrderInput<'keepCode'>): Promise<boolean> {
    for (let tries = 1; ; tries += 1) {
      try {
        return (await this.order.keepCode(end)).kept;
      } catch (error) {
        if (tries >= keepTriesMax) throw error;
        await pause(lookAgainMs * tries);
      }
    }
  }
}

/** The number of a claim: of 64 random bits, so that no two gateways draw the same one. */
const newAttempt = () => String(randomBytes(8).readBigUInt64BE());

const native = ({ code_url, total_fee, out_trade_no }: Native): Native => ({
  code_url,
  total_fee,
  out_trade_no,
});
