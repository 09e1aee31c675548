import { randomInt, randomUUID } from 'node:crypto';
import type { Payment } from '@saoma/contracts/payments';
import type { Answer } from '../../support/http';
import { rice, type Shopper, tea } from '../../support/shopper';
import type { Lane } from './lane';

/** One customer of a lane, with one payment. */
export class Customer {
  out_trade_no = '';
  total_fee = 0;
  code_url = '';
  order_ids: readonly string[] = [];
  /** Every payment that there was, the newest last. */
  readonly out_trade_nos: string[] = [];
  /** Who looks at it and pays. */
  protected payer!: Shopper;
  /** Who may close it. */
  protected opener!: Shopper;

  constructor(readonly lane: Lane) {}

  get user_id(): string {
    return this.payer.user_id;
  }

  /** Two orders of two sellers, 6810 fen, and one payment over both. */
  async buys(): Promise<void> {
    const { lane } = this;
    this.payer ??= await lane.persist(() => lane.system.shopper());
    this.opener = this.payer;
    await lane.persist(() => this.payer.putItem(tea));
    await lane.persist(() => this.payer.putItem(rice));
    const key = randomUUID();
    const bought = await lane.persist(() => this.payer.checkout(key));
    const again = await lane.persist(() => this.payer.checkout(key));
    if (JSON.stringify(bought) !== JSON.stringify(again)) {
      throw new Error(`INV-21: one key was answered twice: ${JSON.stringify([bought, again])}`);
    }
    this.order_ids = bought.order_ids;
    this.has(bought);
  }

  /** The same goods anew, when the payment before was closed unpaid. */
  buysAgain(): Promise<void> {
    return this.buys();
  }

  /** From now on it is about this payment. */
  protected has(payment: Pick<Payment, 'out_trade_no' | 'total_fee'>): void {
    this.out_trade_no = payment.out_trade_no;
    this.total_fee = payment.total_fee;
    this.out_trade_nos.push(payment.out_trade_no);
  }

  /** Whatever is answered. */
  asksForCode(): Promise<Answer> {
    return this.payer.ask('GET', `/pay/createNative?out_trade_no=${this.out_trade_no}`);
  }

  async getsCode(): Promise<void> {
    const { out_trade_no } = this;
    const code = await this.lane.persist(() => this.payer.createNative(out_trade_no));
    this.code_url = code.code_url;
  }

  /** With a phone: WeChat is another world and does not die with ours. */
  async pays(): Promise<void> {
    const { sandbox } = this.lane.system;
    const { status, text } = await sandbox.tryToPay(this.code_url);
    // The code may have been replaced by the repeat of a request whose answer was lost.
    if (status !== 409) return;
    const { code_url, trade_state } = await sandbox.trade(this.out_trade_no);
    if (trade_state !== 'NOTPAY') throw new Error(`cannot pay: ${text}`);
    await sandbox.pay(code_url);
  }

  losesNotices(): Promise<void> {
    return this.lane.system.sandbox.loseNotices(this.out_trade_no);
  }

  /** The answer of a close: 200 closed, 202 it waits, 409 it was paid. */
  async closes(): Promise<number> {
    return this.lane.persist(async () => {
      const { status, text } = await this.opener.close(this.out_trade_no);
      if (![200, 202, 409].includes(status)) throw new Error(`${status} ${text}`);
      return status;
    });
  }

  sees(...states: string[]): Promise<void> {
    const isThere = ({ trade_state }: Payment) => states.includes(trade_state);
    return this.lane.reaches(this.payer, this.out_trade_no, isThere);
  }

  /** Money that came after the close is back, and the payment is closed as before. */
  hasAllBack(out_trade_no = this.out_trade_no): Promise<void> {
    const isBack = ({ trade_state, refund_fee, total_fee }: Payment) =>
      trade_state === 'CLOSED' && refund_fee === total_fee;
    return this.lane.reaches(this.opener, out_trade_no, isBack);
  }

  /** The payer pays at the very moment at which WeChat is asked to close. */
  async paysWhenClosed(): Promise<void> {
    const { out_trade_no } = this;
    const match = { call: 'closeorder', out_trade_no };
    await this.lane.system.sandbox.fault({ kind: 'pay', phase: 'before', match });
  }

  /** The operator gives a part back; the same key is the same refund. */
  async isRefunded(refund_fee: number, order_id?: string): Promise<void> {
    const headers = { 'idempotency-key': randomUUID() };
    await this.lane.persist(async () => {
      const { status, text } = await this.wishesBack({ refund_fee, order_id }, headers);
      if (status !== 201) throw new Error(`${status} ${text}`);
    });
  }

  /** An operator wishes more back than is left, of this order if one is named. */
  async isRefused(refund_fee: number, order_id?: string): Promise<void> {
    const headers = { 'idempotency-key': randomUUID() };
    await this.lane.persist(async () => {
      const { status, text } = await this.wishesBack({ refund_fee, order_id }, headers);
      if (!text.includes('refund/too-much')) throw new Error(`${status} ${text}`);
    });
  }

  private wishesBack(refund: object, headers: Record<string, string>): Promise<Answer> {
    const path = `/api/payments/${this.out_trade_no}/refunds`;
    const body = { ...refund, reason: '质量问题' };
    return this.lane.operator.ask('POST', path, { body, headers });
  }

  /** The merchant gives a part back in WeChat's console: only WeChat's notice tells of it. */
  isRefundedInConsole(refund_fee: number): Promise<void> {
    const { lane, out_trade_no } = this;
    return lane.refundInConsole({ out_trade_no, refund_fee });
  }

  /** Money for this payment under a number that the sandbox's book does not know. */
  async hasMoneyBrought(total_fee = this.total_fee): Promise<void> {
    const { out_trade_no } = this;
    const digits = String(randomInt(1_000_000_000)).padStart(14, '0');
    await this.lane.bringMoney({
      out_trade_no,
      total_fee,
      transaction_id: `42009999999999${digits}`,
    });
  }
}
