import { ConfigError } from '@saoma/platform/config';
import type { Log } from '@saoma/platform/log';
import { Book, payers, type Scan } from './book/book';
import { isNo, type No } from './book/no';
import { transactionId } from './book/numbers';
import type { NoticeAttempt, Payment, Refund, Trade } from './book/trade';
import type { TurnableClock } from './clock';
import type { SandboxSetup } from './config';
import { isUnbelievable, type NoticeFault } from './faults/fault';
import { Faults } from './faults/faults';
import { Keeper } from './file/keeper';
import { KeptFile } from './file/kept-file';
import { accountUrl, type Merchant } from './merchant';
import { Merchants } from './merchants';
import { Courier } from './notices/courier';
import type { SavedDue } from './notices/due';
import type { Letter } from './notices/letter';
import { Notifier } from './notices/notifier';
import { v2PayLetter, v2RefundLetter } from './notices/v2-letter';
import { v3IsReceived, v3PayLetter, v3Post, v3RefundLetter } from './notices/v3-letter';
import type { Wording } from './notices/wording';
import { headed, readSaved, type Saved } from './saved';
import { Settings } from './settings';
import { Desk as V2Desk } from './v2/desk';
import { Desk as V3Desk } from './v3/desk';
import type { Event } from './v3/event';
import { Platform } from './v3/platform';
import { Tickets } from './v3/tickets';

/** One WeChat of its own: its clock, book and merchants, and what can be done to them. */
export class Sandbox {
  readonly settings: Settings;
  readonly book: Book;
  readonly faults: Faults;
  readonly merchants: Merchants;
  readonly platform: Platform;
  readonly v2Desk: V2Desk;
  readonly v3Desk: V3Desk;
  readonly keeper: Keeper;
  private readonly file: KeptFile | undefined;
  private readonly tickets: Tickets;
  private readonly courier = new Courier();
  private readonly life = new AbortController();
  private readonly notifier: Notifier;

  constructor(
    readonly config: SandboxSetup,
    readonly clock: TurnableClock,
    readonly log: Log,
  ) {
    this.file = config.file === undefined ? undefined : KeptFile.open(config.file);
    this.keeper = new Keeper(this.file, () => this.saved(), log);
    this.settings = new Settings(config.settings);
    this.book = new Book(clock, this.settings, config.tradesMax);
    this.faults = new Faults(log);
    const { faults, courier, keeper } = this;
    this.notifier = new Notifier({ clock, faults, courier, keeper, log });
    this.merchants = new Merchants(config.merchants);
    this.platform = new Platform(config.platformMode, config.platformKey);
    this.tickets = new Tickets(clock);
    const office = {
      book: this.book,
      tickets: this.tickets,
      platform: this.platform,
      refunded: (trade: Trade, refund: Refund) => this.refunded(trade, refund),
      echoed: (merchant: Merchant, url: string, event: Event) => this.echoed(merchant, url, event),
    };
    this.v2Desk = new V2Desk(this.merchants, office);
    this.v3Desk = new V3Desk(this.merchants, office);
  }

  /**
   * Takes in the book of its file, and writes it once. Throws a ConfigError where that is no book,
   * or cannot be written.
   */
  async open(): Promise<void> {
    if (!this.file || this.config.file === undefined) return;
    const text = this.file.read();
    const saved = text === undefined ? undefined : readSaved(text, this.config.file);
    await this.platform.keepKeys(saved?.platform);
    if (saved) this.restore(saved);
    await this.file.write(JSON.stringify(this.saved())).catch(({ message }: Error) => {
      throw new ConfigError(`SANDBOX_FILE: ${this.config.file} cannot be written: ${message}`);
    });
  }

  /** Goes on with the notices of an earlier process: a merchant may ask back at once. */
  resume(): void {
    if (this.file) this.notifier.resume(this.book.trades());
  }

  merchantOf(trade: Trade): Merchant {
    const merchant = this.merchants.of(trade.mch_id);
    if (!merchant) throw new Error(`no merchant ${trade.mch_id}`);
    return merchant;
  }

  /** The orders of this number: more than one when several merchants use it. */
  tradesNamed(out_trade_no: string, mch_id?: string): Trade[] {
    return this.merchants
      .all()
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
    const letter = this.paidLetter(trade, trade.paid);
    return { ...scan, told: letter ? this.notifier.begin(letter) : Promise.resolve() };
  }

  /** The merchant refunds by hand, in WeChat's console: under a number that is none of its own. */
  refundInConsole(
    trade: Trade,
    { refund_fee, notify_url }: { refund_fee: number; notify_url?: string | undefined },
  ): Refund | No {
    const made = this.book.refund(trade, {
      out_refund_no: transactionId(this.clock.now()),
      refund_fee,
      total_fee: trade.total_fee,
      notify_url: notify_url ?? accountUrl(this.merchantOf(trade)),
      notify_api: 'v2',
    });
    if (isNo(made)) return made;
    this.refunded(trade, made.refund);
    return made.refund;
  }

  /**
   * Sends one more notice now, spoilt or not; undefined when there is nothing to tell. An unpaid
   * order has only a forged notice: it tells of a payment that never was.
   */
  async sendNotice(
    trade: Trade,
    { notice, fault }: { notice: 'pay' | 'refund'; fault?: NoticeFault | undefined },
  ): Promise<NoticeAttempt | undefined> {
    const letter =
      notice === 'pay' ? this.payLetterFor(trade, fault) : this.latestRefundLetter(trade);
    return letter && this.notifier.sendOnce(letter, fault);
  }

  /** Forgets every order, refund and fault; settings and clock are as at the start. */
  forget(): void {
    this.book.forget();
    this.faults.forget();
    this.settings.reset();
    this.platform.reset();
    this.tickets.forget();
    this.clock.reset();
  }

  async close(): Promise<void> {
    this.life.abort();
    try {
      await this.keeper.close();
    } finally {
      this.forget();
      await this.courier.close();
    }
  }

  private saved(): object {
    return headed({
      clock: { ahead_ms: this.clock.turnedMs },
      settings: this.settings.changed,
      merchants: this.merchants.saved(),
      platform: this.platform.saved(),
      book: this.book.saved(),
      due: this.notifier.saved(this.book.trades()),
    });
  }

  private restore({ clock, settings, merchants, book, due }: Saved): void {
    this.merchants.restore(merchants);
    const stranger = book.trades.find(({ mch_id }) => !this.merchants.of(mch_id));
    if (stranger) {
      throw new ConfigError(
        `SANDBOX_FILE: ${this.config.file} has orders of merchant ${stranger.mch_id}, which is ` +
          'none of those that are set up: set it up, or name another file.',
      );
    }
    this.clock.restore(clock.ahead_ms);
    this.settings.change(settings);
    this.book.restore(book);
    for (const each of due) this.restoreDue(each);
  }

  /** News of an order that the book has no place for any more is not told. */
  private restoreDue({ wording, ...saved }: SavedDue): void {
    const trade = this.book.find(saved);
    if (!trade) return;
    const write = (said?: Wording) => this.letterAbout(trade, saved.out_refund_no, said);
    const letter = wording && write(wording);
    this.notifier.restore({ ...saved, trade, letter, write: () => write() });
  }

  private letterAbout(trade: Trade, out_refund_no?: string, said?: Wording): Letter | undefined {
    if (out_refund_no === undefined) return trade.paid && this.paidLetter(trade, trade.paid, said);
    const refund = trade.refunds.find((each) => each.out_refund_no === out_refund_no);
    return refund && this.refundLetter(trade, refund, said);
  }

  private latestRefundLetter(trade: Trade): Letter | undefined {
    const refund = trade.refunds.at(-1);
    return refund && this.refundLetter(trade, refund);
  }

  /** In the dialect in which the order was made. */
  private paidLetter(trade: Trade, paid: Payment, said?: Wording): Letter | undefined {
    const merchant = this.merchantOf(trade);
    return trade.request.api === 'v2'
      ? v2PayLetter(trade, paid, { merchant, said })
      : v3PayLetter(trade, paid, { merchant, platform: this.platform, said });
  }

  private refundLetter(trade: Trade, refund: Refund, said?: Wording): Letter | undefined {
    const merchant = this.merchantOf(trade);
    return refund.notify_api === 'v2'
      ? v2RefundLetter(trade, refund, { merchant, said })
      : v3RefundLetter(trade, refund, { merchant, platform: this.platform, said });
  }

  private payLetterFor(trade: Trade, fault: NoticeFault | undefined): Letter | undefined {
    const pay_ms = this.clock.now();
    const imagined =
      fault && isUnbelievable(fault, trade.request.api)
        ? { transaction_id: transactionId(pay_ms), openid: payers[0], pay_ms, coupons: [] }
        : undefined;
    const paid = trade.paid ?? imagined;
    return paid && this.paidLetter(trade, paid);
  }

  /** An echo belongs to no order, and is told once. */
  private echoed(merchant: Merchant, url: string, event: Event): void {
    this.clock.after(0, async () => {
      const post = await v3Post(event, { merchant, platform: this.platform });
      const to = { life: this.life.signal, isReceived: v3IsReceived };
      const receipt = await this.courier.deliver(url, post, to);
      this.log.info({ mch_id: merchant.mch_id, url, ...receipt }, 'an echo was sent');
    });
  }

  private refunded(trade: Trade, refund: Refund): void {
    this.notifier.beginAtEnd(trade, refund, () => this.refundLetter(trade, refund));
  }
}
