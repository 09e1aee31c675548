import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Checkout } from '@saoma/contracts/orders';
import { Payment } from '@saoma/contracts/payments';
import { z } from 'zod';
import { beijingTime } from '../../support/beijing-time';
import { type Answer, type Ask, ask } from '../../support/http';
import type { NoticeFields } from '../../support/notice';
import type { Shopper } from '../../support/shopper';
import { isTaken, trueNotice } from '../../support/true-notice';
import { liveness, safety, told } from '../invariants/oracle';
import { wronglyShown } from '../invariants/shares';
import { type Money, type Snapshot, snapshot, type Told } from '../invariants/snapshot';
import type { Lane } from '../lane/lane';
import { ShopNumbers } from './shop-numbers';

const restMsMax = 40_000;
const restPauseMs = 80;
const turnedMsMax = 120_000;
const Transaction = z.string().nullable();

/** A payment as its customer knows it. */
export interface Known {
  readonly out_trade_no: string;
  readonly total_fee: number;
  /** Who looks at it and pays, and who may close it. */
  readonly payer: Shopper;
  readonly opener: Shopper;
  /** None, if it is for an order of a shop's own. */
  readonly order_ids: readonly string[];
  /** The keys of its refunds, with what was asked. */
  readonly refundKeys: { key: string; refund_fee: number; order_id: string | undefined }[];
}

/**
 * What one run of the model knows: WeChat's book (asked for whenever it matters) and the answers
 * that clients got. It is no copy of the product: the oracle judges.
 */
export class World {
  readonly payments: Known[] = [];
  readonly orderKeys: string[] = [];
  readonly numbers = new ShopNumbers(this);
  readonly liedAbout = new Set<string>();
  /** What no answer may be, in words. */
  readonly broken: string[] = [];
  /** Answers that overlap may come in any order. */
  isRacing = false;
  private turnedMs = 0;
  private readonly heard: Told[] = [];
  private readonly money: (Omit<Money, 'refunded_fee'> & { said: NoticeFields })[] = [];
  /** Of each key the first answer that said yes, byte for byte. */
  private readonly answers = new Map<string, string>();

  constructor(
    readonly lane: Lane,
    readonly shopper: Shopper,
    /** Opens payments for orders of its own. */
    readonly shop: Shopper,
  ) {}

  get out_trade_nos(): string[] {
    return this.payments.map(({ out_trade_no }) => out_trade_no);
  }

  /** Asks as the shopper, or as an operator. Undefined: no answer came. */
  async ask(who: Shopper, what: string, options: Ask = {}): Promise<Answer | undefined> {
    const [method = '', path = ''] = what.split(' ');
    try {
      const answer = await who.ask(method, path, options);
      if (answer.status === 500) this.broken.push(`${what}: ${answer.text}`);
      return answer;
    } catch (error) {
      this.broken.push(`${what}: no answer: ${error}`);
      return undefined;
    }
  }

  /** INV-21: the same key is answered the same, to the byte. */
  keyed(key: string, { status, text }: Answer): void {
    if (status !== 201) return;
    const before = this.answers.get(key);
    if (before !== undefined && before !== text) {
      this.broken.push(`INV-21: ${key} was answered ${before} and ${text}`);
    }
    this.answers.set(key, before ?? text);
  }

  ordered(answer: Answer | undefined): void {
    if (answer?.status !== 201) return;
    const { order_ids, ...payment } = Checkout.required().parse(answer.json());
    this.knows({ ...payment, order_ids, payer: this.shopper, opener: this.shopper });
  }

  knows(payment: Omit<Known, 'refundKeys'>): void {
    if (this.out_trade_nos.includes(payment.out_trade_no)) return;
    this.payments.push({ ...payment, refundKeys: [] });
  }

  /** INV-14: who hears that it is paid, hears the truth; the oracle looks for a later "unpaid". */
  async hear(out_trade_no: string, trade_state: string): Promise<void> {
    if (trade_state === 'NOTPAY' && this.isRacing) return;
    this.heard.push({ out_trade_no, trade_state });
    if (trade_state !== 'SUCCESS' && trade_state !== 'REFUND') return;
    const known = this.payments.find((payment) => payment.out_trade_no === out_trade_no);
    const own = this.money.some(
      (money) => money.out_trade_no === out_trade_no && money.total_fee === known?.total_fee,
    );
    if (own || (await this.hasMoneyThere(out_trade_no))) return;
    this.broken.push(`INV-14: ${out_trade_no} was told ${trade_state}, and WeChat has no money`);
  }

  hearPayment(answer: Answer | undefined): Promise<void> {
    if (!answer || ![200, 202].includes(answer.status)) return Promise.resolve();
    const { out_trade_no, trade_state } = Payment.parse(answer.json());
    return this.hear(out_trade_no, trade_state);
  }

  /** Whether WeChat's book has received money for it. */
  async hasMoneyThere(out_trade_no: string): Promise<boolean> {
    const { sandbox } = this.lane.system;
    const answer = await ask('GET', `${sandbox.url}/_sandbox/trades/${out_trade_no}`);
    // WeChat was never asked about it.
    if (answer.status === 404) return false;
    return (
      z.looseObject({ transaction_id: Transaction }).parse(answer.json()).transaction_id !== null
    );
  }

  /** A signed notice of money that the sandbox's book lacks. */
  async bringMoney(out_trade_no: string, total_fee: number): Promise<void> {
    const transaction_id = `4200${String(randomInt(2 ** 47)).padStart(24, '0')}`;
    const money = { out_trade_no, transaction_id, total_fee };
    const said = { ...money, time_end: beijingTime(Date.now()) };
    const entry = { ...money, fee_type: 'CNY', acknowledged: false, said };
    this.money.push(entry);
    entry.acknowledged = await this.tell(said);
  }

  /** Turns WeChat's clock; not so far that its payments seem to come from the future. */
  async turnClock(ms: number): Promise<void> {
    if (this.turnedMs + ms > turnedMsMax) return;
    this.turnedMs += ms;
    await this.lane.system.sandbox.turnClock(ms);
  }

  /** The payment's life is over, as if an hour had passed. */
  async growOld(out_trade_no: string): Promise<void> {
    const older = 'create_time = create_time - INTERVAL 1 HOUR';
    const due = 'next_look_time = UTC_TIMESTAMP(3)';
    await this.lane.system.rows(
      `UPDATE tb_paylog SET ${older}, ${due} WHERE out_trade_no = '${out_trade_no}'
        AND trade_state = '0'`,
    );
  }

  /** What is broken right now. */
  async unsafe(): Promise<string[]> {
    return [...this.broken, ...safety(await this.look()).map(told)];
  }

  /** Everything works again: the books come to rest in time, or what is left is broken. */
  async rest(): Promise<string[]> {
    const deadline = Date.now() + restMsMax;
    await this.tellAgain();
    for (;;) {
      await this.lane.passTime(this.out_trade_nos);
      const books = await this.look();
      const unsafe = [...this.broken, ...safety(books).map(told)];
      if (unsafe.length > 0) return unsafe;
      const restless = liveness(books).map(told);
      if (restless.length === 0) return this.wronglyShown(books);
      if (Date.now() > deadline) return restless;
      await pause(restPauseMs);
    }
  }

  /** Nobody looks at this run's payments any more, and WeChat forgets them. */
  async leave(): Promise<void> {
    const { system } = this.lane;
    const these = this.out_trade_nos.map((number) => `'${number}'`).join(',') || 'NULL';
    for (const table of ['tb_paylog', 'tb_refund']) {
      await system.rows(
        `UPDATE ${table} SET next_look_time = NULL WHERE out_trade_no IN (${these})`,
      );
    }
    await ask('DELETE', `${system.sandbox.url}/_sandbox`);
  }

  private async wronglyShown(books: Snapshot): Promise<string[]> {
    const show = (order_id: string) => this.lane.operator.order(order_id);
    return (await wronglyShown(books, this.out_trade_nos, show)).map(told);
  }

  private look() {
    const { system } = this.lane;
    const name = new URL(system.order.env.DATABASE_URL ?? '').pathname;
    return snapshot({
      databaseUrl: `mysql://root@127.0.0.1:${system.mariadb?.port}${name}`,
      sandboxUrl: system.sandbox.url,
      money: this.money.map((each) => ({ ...each })),
      liedAbout: this.liedAbout,
      told: this.heard,
      opened: this.numbers.opened,
      hasWebhook: true,
      only: this.out_trade_nos,
    });
  }

  /**
   * WeChat repeats its notices for a day. Without other money the watcher has to do without them;
   * a payment that other money has paid is not asked about any more.
   */
  private async tellAgain(): Promise<void> {
    for (const { out_trade_no, said } of this.money) {
      if (await this.hasMoneyThere(out_trade_no)) {
        await this.lane.system.sandbox.notify(out_trade_no);
      }
      await this.tell(said);
    }
  }

  /** Whether it is taken, as it is said in the way that is spoken now. */
  private async tell(said: NoticeFields): Promise<boolean> {
    const { system } = this.lane;
    return isTaken(await ask('POST', `${system.url()}/pay/notify`, await trueNotice(system, said)));
  }
}

export const newKey = (): string => randomUUID();
