import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import type { Payment } from '@saoma/contracts/payments';
import { GatewayConfig } from '../config';
import { gatewayMetrics } from '../metrics';
import { News, type Waiter } from './waiter';

/** More waiting at once than this are sent away with 503. */
const placesMax = 20_000;
/** How exactly a waiter's time runs out. */
const clockMs = 100;
/** So many are told in one turn of the event loop; what else has to be done comes between. */
const toldPerTurnMax = 200;

/**
 * Where payers wait for their payments. A place holds memory only: no timer, no promise, no call to
 * another service.
 */
@Injectable()
export class WaitingRoom implements BeforeApplicationShutdown {
  private readonly waitersByPayment = new Map<string, Set<Waiter>>();
  /** How many places somebody has: `Waiter.whose`. */
  private readonly placesOf = new Map<string, number>();
  /**
   * Those whose time runs out, and when: in that order, since all of them may wait equally long.
   * By the process's own clock; never the wall's, which may jump.
   */
  private readonly deadlinesMs = new Map<Waiter, number>();
  private readonly untold: (readonly [Waiter, News])[] = [];
  private readonly clock = setInterval(() => this.sendLateHome(), clockMs);
  private telling = false;
  private size = 0;
  private closed = false;

  constructor(private readonly config: GatewayConfig) {
    gatewayMetrics.waiting.read(() => this.size);
  }

  /** Everybody is sent home, so that the shutdown need not wait for payers. */
  beforeApplicationShutdown(): void {
    this.closed = true;
    clearInterval(this.clock);
    const all = [...this.waitersByPayment.values()].flatMap((some) => [...some]);
    for (const waiter of all) this.sendHome(waiter);
  }

  /** The payments that somebody waits for. */
  get numbers(): string[] {
    return [...this.waitersByPayment.keys()];
  }

  has(out_trade_no: string): boolean {
    return this.waitersByPayment.has(out_trade_no);
  }

  /**
   * Enters the room; the caller leaves it when done, however that ends. Enter first, so
   * that no news is missed until it is admitted. `waitMsMax` must be the same for all who give one.
   * Fails with payment/too-many-waiting when the user has as many places as one may have, and with
   * service/unavailable when the room is full.
   */
  enter(waiter: Waiter, waitMsMax?: number): void {
    const places = this.placesOf.get(waiter.whose) ?? 0;
    if (places >= this.config.WAITING_PER_USER_MAX) throw new AppError('payment/too-many-waiting');
    if (this.size >= placesMax) {
      throw new AppError('service/unavailable', { detail: 'too many pages are waiting already' });
    }
    const others = this.waitersByPayment.get(waiter.out_trade_no);
    if (others) others.add(waiter);
    else this.waitersByPayment.set(waiter.out_trade_no, new Set([waiter]));
    if (waitMsMax !== undefined) this.deadlinesMs.set(waiter, performance.now() + waitMsMax);
    this.placesOf.set(waiter.whose, places + 1);
    this.size += 1;
    if (this.closed) this.sendHome(waiter);
  }

  /** Safe to repeat. */
  leave(waiter: Waiter): void {
    const others = this.waitersByPayment.get(waiter.out_trade_no);
    if (!others?.delete(waiter)) return;
    if (others.size === 0) this.waitersByPayment.delete(waiter.out_trade_no);
    this.deadlinesMs.delete(waiter);
    waiter.markGone();
    const places = (this.placesOf.get(waiter.whose) ?? 0) - 1;
    if (places > 0) this.placesOf.set(waiter.whose, places);
    else this.placesOf.delete(waiter.whose);
    this.size -= 1;
  }

  /**
   * Tells all who wait for a payment and may see it: the order service has shown it to their user,
   * and whose it is never changes. Who is not admitted yet is shown it anew.
   */
  announce(payment: Payment): void {
    const news = new News(payment);
    for (const waiter of this.waitersByPayment.get(payment.out_trade_no) ?? []) {
      if (waiter.state === 'admitted') this.untold.push([waiter, news]);
      else waiter.missNews();
    }
    if (!this.telling) this.tellSome();
  }

  /** Those who wait for one of these payments although it could not be shown to them. */
  blindAmong(numbers: readonly string[]): Waiter[] {
    const waiting = numbers.flatMap((number) => [...(this.waitersByPayment.get(number) ?? [])]);
    return waiting.filter(({ state }) => state === 'blind');
  }

  private tellSome(): void {
    for (const [waiter, news] of this.untold.splice(0, toldPerTurnMax)) {
      if (waiter.state === 'admitted') waiter.tell(news);
    }
    this.telling = this.untold.length > 0;
    if (this.telling) setImmediate(() => this.tellSome());
  }

  private sendLateHome(): void {
    const now = performance.now();
    for (const [waiter, deadlineMs] of this.deadlinesMs) {
      if (deadlineMs > now) return;
      this.sendHome(waiter);
    }
  }

  private sendHome(waiter: Waiter): void {
    this.leave(waiter);
    waiter.sayGoodbye();
  }
}
