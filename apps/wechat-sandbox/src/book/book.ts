import { z } from 'zod';
import type { Clock } from '../clock';
import type { Merchant } from '../merchant';
import type { Settings } from '../settings';
import { type No, no } from './no';
import { codeUrl, prepayId, transactionId } from './numbers';
import { acceptRefund, type RefundRequest, refusesRefund } from './refund';
import {
  aLife,
  move,
  type OrderRequest,
  orderLifeMs,
  type Refund,
  SavedTrade,
  type Standing,
  standing,
  type Trade,
} from './trade';

/** How to find an order: WeChat's number wins over the merchant's. */
export interface TradeName {
  readonly mch_id: string;
  readonly out_trade_no?: string;
  readonly transaction_id?: string;
}

/** Codes of one order that are still known; all but the latest are dead. */
const codesMax = 100;

/** The payers of the sandbox; the first pays where nobody says who. */
export const payers = ['oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', 'oUpF8uN95-Ptaags6E_roPHg7AG0'] as const;

/** What a payer did with a code. */
export interface Scan {
  readonly trade: Trade;
  readonly standing: Standing;
}

/** Every order, and what else the book knows by their numbers (`mch_id/out_trade_no`). */
export const SavedBook = z.strictObject({
  /** The first opened first. */
  trades: z.array(SavedTrade),
  /** Paid and closed ones, in the order in which they leave a full book. */
  finished: z.array(z.string()),
  /** Numbers that nobody can use any more. */
  burnt: z.array(z.string()),
});

const named = (mch_id: string, number: string) => `${mch_id}/${number}`;

/**
 * WeChat's ledger: every order of every merchant, its code, its payment and its refunds. It is
 * the only truth about money here. It keeps `tradesMax` orders: the first finished leave first.
 */
export class Book {
  private readonly byNumber = new Map<string, Trade>();
  private readonly byCode = new Map<string, Trade>();
  private readonly byTransaction = new Map<string, Trade>();
  private readonly refunds = new Map<string, { refund: Refund; trade: Trade }>();
  private readonly refundsById = new Map<string, { refund: Refund; trade: Trade }>();
  private readonly finished = new Set<Trade>();
  /** Numbers that were closed without an order: nobody can open one under them any more. */
  private readonly burnt = new Set<string>();

  constructor(
    readonly clock: Clock,
    readonly settings: Settings,
    private readonly tradesMax = 10_000,
  ) {}

  /**
   * Opens an order, or gives an unpaid one a fresh code that kills the one before. A repeat must
   * say what the first request said, and in the same dialect.
   */
  order(merchant: Merchant, request: OrderRequest): Trade | No {
    const { mch_id } = merchant;
    const { out_trade_no } = request;
    const known = this.find({ mch_id, out_trade_no });
    if (known?.paid) return no('alreadyPaid');
    if (known?.trade_state === 'CLOSED') return no('closed');
    const isOther =
      known && (known.request.api !== request.api || known.request.identity !== request.identity);
    if (isOther || this.burnt.has(named(mch_id, out_trade_no))) return no('otherParameters');

    const trade = known ?? this.open(merchant, request);
    trade.request = request;
    this.giveCode(trade, this.clock.now());
    return trade;
  }

  find({ mch_id, out_trade_no, transaction_id }: TradeName): Trade | undefined {
    const trade = transaction_id
      ? this.byTransaction.get(named(mch_id, transaction_id))
      : this.byNumber.get(named(mch_id, out_trade_no ?? ''));
    return trade && this.aged(trade);
  }

  /** After it nobody can pay. Paid or closed is told before "too early". */
  close(trade: Trade, { ageMsMin }: { readonly ageMsMin: number }): No | undefined {
    if (trade.paid) return no('closeLost');
    if (trade.trade_state === 'CLOSED') return no('closed');
    const ageMs = this.clock.now() - trade.create_ms;
    if (ageMs < ageMsMin) return no('closeTooEarly');
    this.finish(trade, 'close');
    return undefined;
  }

  /** Closes a number that no order has: it can never be used. The oldest are forgotten first. */
  burn(mch_id: string, out_trade_no: string): void {
    this.burnt.add(named(mch_id, out_trade_no));
    const [oldest] = this.burnt;
    if (this.burnt.size > this.tradesMax && oldest) this.burnt.delete(oldest);
  }

  /**
   * What the payer sees who scans this code now; undefined for a code that nobody gave out. The
   * first payer who scans a payable order is the only one who can pay it.
   */
  scan(code_url: string, openid?: string): Scan | undefined {
    const trade = this.byCode.get(code_url);
    if (!trade) return undefined;
    const found = standing(this.aged(trade), { code_url, openid }, this.clock.now());
    if (found === 'payable' && openid) trade.openid = openid;
    return { trade, standing: found };
  }

  /** The payer pays the order behind this code; only a payable one moves. */
  pay(code_url: string, openid?: string): (Scan & { moved: boolean }) | undefined {
    const scan = this.scan(code_url, openid);
    if (scan?.standing !== 'payable') return scan && { ...scan, moved: false };
    const { trade } = scan;
    const pay_ms = this.clock.now();
    trade.openid ??= payers[0];
    const transaction_id = transactionId(pay_ms);
    trade.paid = { transaction_id, openid: trade.openid, pay_ms, coupons: [] };
    this.byTransaction.set(named(trade.mch_id, trade.paid.transaction_id), trade);
    this.finish(trade, 'pay');
    return { trade, standing: 'paid', moved: true };
  }

  /** WeChat accepts a refund. The same `out_refund_no` again is the same refund, no new one. */
  refund(trade: Trade, request: RefundRequest): { refund: Refund; isNew: boolean } | No {
    const known = this.refunds.get(named(trade.mch_id, request.out_refund_no));
    if (known) {
      const { refund } = known;
      const same = known.trade === trade && refund.refund_fee === request.refund_fee;
      return same && refund.total_fee === request.total_fee
        ? { refund, isNew: false }
        : no('refundOtherFee');
    }
    const at = { now: this.clock.now(), settings: this.settings };
    const refusal = refusesRefund(trade, request, at);
    if (refusal) return refusal;
    const refund = acceptRefund(trade, request, at);
    this.takeRefund(refund, trade);
    return { refund, isNew: true };
  }

  /** One refund, by WeChat's number or else the merchant's. */
  findRefund(mch_id: string, number: { refund_id?: string; out_refund_no?: string }) {
    return number.refund_id
      ? this.refundsById.get(named(mch_id, number.refund_id))
      : this.refunds.get(named(mch_id, number.out_refund_no ?? ''));
  }

  /** Every order, the first opened first. */
  trades(): Trade[] {
    return [...this.byNumber.values()].map((trade) => this.aged(trade));
  }

  /** All that is in it, as JSON can tell it; times that never come are null there. */
  saved() {
    return {
      trades: [...this.byNumber.values()].map(({ life: _, ...trade }) => trade),
      finished: [...this.finished].map((trade) => named(trade.mch_id, trade.out_trade_no)),
      burnt: [...this.burnt],
    };
  }

  /** Takes in what an earlier process has saved; where it was larger, the first finished leave. */
  restore({ trades, finished, burnt }: z.output<typeof SavedBook>): void {
    for (const saved of trades) this.take({ ...saved, life: aLife() });
    for (const name of finished) {
      const trade = this.byNumber.get(name);
      if (trade) this.finished.add(trade);
    }
    for (const name of burnt) this.burnt.add(name);
    while (this.byNumber.size > this.tradesMax) this.forgetOldest();
  }

  /** Forgets everything, and ends what still goes on for it. */
  forget(): void {
    for (const trade of this.byNumber.values()) this.forgetTrade(trade);
    this.burnt.clear();
  }

  private open(merchant: Merchant, request: OrderRequest): Trade {
    if (this.byNumber.size >= this.tradesMax) this.forgetOldest();
    const now = this.clock.now();
    const trade: Trade = {
      appid: merchant.appid,
      mch_id: merchant.mch_id,
      out_trade_no: request.out_trade_no,
      total_fee: request.total_fee,
      request,
      create_ms: now,
      expire_ms: request.expire_ms,
      trade_state: 'NOTPAY',
      code_url: '',
      codes: [],
      prepay_id: '',
      code_ms: now,
      calls: {},
      notices: [],
      refunds: [],
      life: aLife(),
    };
    this.byNumber.set(named(trade.mch_id, trade.out_trade_no), trade);
    return trade;
  }

  private take(trade: Trade): void {
    const { mch_id, paid } = trade;
    this.byNumber.set(named(mch_id, trade.out_trade_no), trade);
    for (const code of trade.codes) this.byCode.set(code, trade);
    if (paid) this.byTransaction.set(named(mch_id, paid.transaction_id), trade);
    for (const refund of trade.refunds) this.takeRefund(refund, trade);
  }

  private takeRefund(refund: Refund, trade: Trade): void {
    this.refunds.set(named(trade.mch_id, refund.out_refund_no), { refund, trade });
    this.refundsById.set(named(trade.mch_id, refund.refund_id), { refund, trade });
  }

  private giveCode(trade: Trade, now: number): void {
    trade.code_url = codeUrl();
    trade.prepay_id = prepayId(now);
    trade.code_ms = now;
    trade.codes.push(trade.code_url);
    if (trade.codes.length > codesMax) this.byCode.delete(trade.codes.shift() ?? '');
    this.byCode.set(trade.code_url, trade);
  }

  /** WeChat closes an order that nobody paid for seven days. */
  private aged(trade: Trade): Trade {
    const old = this.clock.now() - trade.create_ms >= orderLifeMs;
    if (old && trade.trade_state === 'NOTPAY') this.finish(trade, 'close');
    return trade;
  }

  private finish(trade: Trade, event: 'pay' | 'close'): void {
    move(trade, event);
    this.finished.add(trade);
  }

  private forgetOldest(): void {
    const [finished] = this.finished;
    const [oldest] = this.byNumber.values();
    const trade = finished ?? oldest;
    if (trade) this.forgetTrade(trade);
  }

  private forgetTrade(trade: Trade): void {
    trade.life.abort();
    this.byNumber.delete(named(trade.mch_id, trade.out_trade_no));
    for (const code of trade.codes) this.byCode.delete(code);
    if (trade.paid) this.byTransaction.delete(named(trade.mch_id, trade.paid.transaction_id));
    for (const { mch_id, out_refund_no, refund_id } of trade.refunds) {
      this.refunds.delete(named(mch_id, out_refund_no));
      this.refundsById.delete(named(mch_id, refund_id));
    }
    this.finished.delete(trade);
  }
}
