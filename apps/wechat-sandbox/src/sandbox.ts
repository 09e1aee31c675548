import type { Log } from '@saoma/platform/log';
import { Book, payers, type Scan } from './book/book';
import { transactionId } from './book/numbers';
import { later, type NoticeAttempt, type Refund, type Trade } from './book/trade';
import type { TurnableClock } from './clock';
import type { SandboxSetup } from './config';
import type { NoticeFault } from './faults/fault';
import { Faults } from './faults/faults';
import type { Merchant } from './merchant';
import { Courier } from './notices/courier';
import { type Letter, payLetter, refundLetter } from './notices/letter';
import { Notifier } from './notices/notifier';
import { Settings } from './settings';
import { Desk } from './v2/desk';

/** One WeChat of its own: its clock, book and merchants, and what can be done to them. */
export class Sandbox {
  readonly settings: Settings;
  readonly book: Book;
  readonly faults: Faults;
  readonly desk: Desk;
  private readonly courier = new Courier();
  private readonly notifier: Notifier;

  constructor(
    readonly config: SandboxSetup,
    readonly clock: TurnableClock,
    readonly log: Log,
  ) {
    this.settings = new Settings(config.settings);
    this.book = new Book(clock, this.settings, config.tradesMax);
    this.faults = new Faults(log);
    this.notifier = new Notifier(clock, this.faults, this.courier, log);
    this.desk = new Desk(config.merchants, {
      book: this.book,
      refunded: (trade, refund) => this.refunded(trade, refund),
    });
  }

  merchantOf(trade: Trade): Merchant {
    const merchant = this.config.merchants.find(({ mch_id }) => mch_id === trade.mch_id);
    if (!merchant) throw new Error(`no merchant ${trade.mch_id}`);
    return merchant;
  }

  /** The orders of this number: more than one when several merchants use it. */
  tradesNamed(out_trade_no: string, mch_id?: string): Trade[] {
    return this.config.merchants
      .filter((merchant) => (mch_id ?? merchant.mch_id) === merchant.mch_id)
      .map((merchant) => this.book.find({ mch_id: merchant.mch_id, out_trade_no }))
      .filter((trade) => trade !== undefined);
  }

  /** The payer pays; `told` is there when the merchant was told a first time. */
  pay(
    code_url: string,
    openid?: string,
  ): (Scan & { moved: boolean; told: Promise<void> }) | undefined {
    const scan = this.book.pay(code_url, openid);
    if (!scan) return undefined;
    const { trade, moved } = scan;
    if (!moved || !trade.paid) return { ...scan, told: Promise.resolve() };
    this.log.info({ out_trade_no: trade.out_trade_no, total_fee: trade.total_fee }, 'paid');
    const letter = payLetter(trade, trade.paid, this.merchantOf(trade));
    return { ...scan, told: this.notifier.begin(letter) };
  }

  /**
   * Sends one more notice now, spoilt or not; undefined when there is nothing to tell. An unpaid
   * order has only a forged notice: it tells of a payment that never was.
   */
  async sendNotice(
    trade: Trade,
    { notice, fault }: { notice: 'pay' | 'refund'; fault?: NoticeFault | undefined },
  ): Promise<NoticeAttempt | undefined> {
    const letter = notice === 'pay' ? this.payLetterFor(trade, fault) : this.refundLetterFor(trade);
    return letter && this.notifier.sendOnce(letter, fault);
  }

  /** Forgets every order, refund and fault; settings and clock are as at the start. */
  forget(): void {
    this.book.forget();
    this.faults.forget();
    this.settings.reset();
    this.clock.reset();
  }

  async close(): Promise<void> {
    this.forget();
    await this.courier.close();
  }

  private refundLetterFor(trade: Trade): Letter | undefined {
    const refund = trade.refunds.at(-1);
    return refund && refundLetter(trade, refund, this.merchantOf(trade));
  }

  private payLetterFor(trade: Trade, fault: NoticeFault | undefined): Letter | undefined {
    const pay_ms = this.clock.now();
    const imagined =
      fault?.kind === 'forged'
        ? { transaction_id: transactionId(pay_ms), openid: payers[0], pay_ms, coupons: [] }
        : undefined;
    const paid = trade.paid ?? imagined;
    return paid && payLetter(trade, paid, this.merchantOf(trade));
  }

  private refunded(trade: Trade, refund: Refund): void {
    const waitMs = refund.success_ms - this.clock.now();
    later(trade, { clock: this.clock, waitMs }, () => {
      const letter = refundLetter(trade, refund, this.merchantOf(trade));
      return letter && this.notifier.begin(letter);
    });
  }
}
