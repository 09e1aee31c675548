import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { Output } from '@saoma/contracts/define';
import { AppError } from '@saoma/contracts/errors';
import type { orderService } from '@saoma/contracts/order';
import { within } from '@saoma/platform/within';
import { OrderClient, PayClient } from '../clients';

/** Whatever WeChat does, a page has its answer within 15 s. */
const answerMsMax = 14_000;
/** How often who lost the claim asks for the winner's code. */
const lookAgainMs = 250;
const keepTriesMax = 5;

type Search = Output<typeof orderService, 'searchPayLog'>;
type Unasked = Extract<Search, { state: 'no-code' }>;
type Claim = Extract<Output<typeof orderService, 'claimCode'>, { state: 'claimed' }>;
/** What an errand came back with; a code it brought is found by looking. */
type Outcome = 'look again' | 'nothing';

/** What a page draws: the code of a payment and its amount in fen. */
export interface Native {
  readonly code_url: string;
  readonly total_fee: number;
  readonly out_trade_no: string;
}

/**
 * Brings a payment's one live code: the order service's if it has one, else a new one of WeChat's.
 * Who may ask WeChat is decided by a claim in the order service, over all gateways; who did not get
 * it waits for the winner's code. Within one gateway all tabs share one errand.
 */
@Injectable()
export class NativeCode {
  private readonly logger = new Logger('native code');
  private readonly errands = new Map<string, Promise<Outcome>>();

  constructor(
    private readonly order: OrderClient,
    private readonly pay: PayClient,
  ) {}

  /**
   * The code of the named payment, or (null) of the user's newest unpaid one; undefined when there
   * is nothing to pay. May fail: payment/not-found, wechat/unavailable, service/unavailable.
   */
  createNative(user_id: string, named: string | null): Promise<Native | undefined> {
    const deadline = performance.now() + answerMsMax;
    return within(answerMsMax, this.bring(user_id, named, deadline), unavailable);
  }

  private async bring(user_id: string, named: string | null, deadline: number) {
    let out_trade_no = named;
    while (performance.now() < deadline) {
      const found = await this.order.searchPayLog({ user_id, out_trade_no });
      if (found.state === 'nothing') return undefined;
      if (found.state === 'code') return native(found);
      // From here on it is this payment, whatever the user orders meanwhile.
      out_trade_no = found.out_trade_no;
      if ((await this.errandFor(user_id, found)) === 'nothing') return undefined;
    }
    return unavailable();
  }

  /** It goes on when its askers have left: the code it brings is kept for the next ones. */
  private errandFor(user_id: string, payment: Unasked): Promise<Outcome> {
    const { out_trade_no } = payment;
    const underWay = this.errands.get(out_trade_no);
    if (underWay) return underWay;
    const errand = this.run(user_id, payment).finally(() => this.errands.delete(out_trade_no));
    errand.catch(() => undefined);
    this.errands.set(out_trade_no, errand);
    return errand;
  }

  /** Asks WeChat if the claim becomes ours. */
  private async run(user_id: string, payment: Unasked): Promise<Outcome> {
    const { out_trade_no } = payment;
    const claim = await this.claim(user_id, payment);
    if (typeof claim === 'string') return claim;
    const end = { out_trade_no, attempt: claim.attempt, code_url: null, err_code: null };
    const answer = await this.pay.createNative(claim.request).catch(async (error) => {
      await this.keep(end);
      throw error;
    });
    if (answer.outcome === 'success') return this.keep({ ...end, code_url: answer.code_url });
    if (answer.outcome === 'no') {
      // It may be paid or closed on WeChat's side: the order service finds out, we look again.
      this.logger.warn(`WeChat gives no code for ${out_trade_no}: ${answer.err_code}`);
      return this.keep({ ...end, err_code: answer.err_code });
    }
    this.logger.warn(`no code for ${out_trade_no} from WeChat: ${answer.reason}`);
    await this.keep(end);
    return unavailable();
  }

  /** Waits until nobody else holds the claim; without it if there is a code by then, or no need. */
  private async claim(
    user_id: string,
    { state: _, ...payment }: Unasked,
  ): Promise<Claim | Outcome> {
    const { out_trade_no } = payment;
    const deadline = performance.now() + answerMsMax;
    const request = await this.pay.prepareNative(payment);
    while (performance.now() < deadline) {
      const claim = await this.order.claimCode({ request });
      if (claim.state === 'claimed') return claim;
      if (claim.state === 'nothing') return 'nothing';
      await pause(lookAgainMs);
      const found = await this.order.searchPayLog({ user_id, out_trade_no });
      if (found.state !== 'no-code') break;
    }
    return 'look again';
  }

  /** A code that is not kept is lost, so this is tried again; to repeat it is safe. */
  private async keep(end: Parameters<OrderClient['keepCode']>[0]): Promise<Outcome> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.order.keepCode(end);
        return 'look again';
      } catch (error) {
        if (tries >= keepTriesMax) throw error;
        await pause(lookAgainMs * tries);
      }
    }
  }
}

const native = ({ code_url, total_fee, out_trade_no }: Native): Native => ({
  code_url,
  total_fee,
  out_trade_no,
});

function unavailable(): never {
  throw new AppError('wechat/unavailable');
}
