import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Checkout } from '@saoma/contracts/orders';
import { Payment } from '@saoma/contracts/payments';
import { z } from 'zod';
import { expected, UnexpectedAnswer } from '../../support/http';
import { byLink, OpenedPayment, open } from '../../support/shop-order';
import { aReceiver, rice, type Shopper, tea } from '../../support/shopper';
import type { Seeded } from '../seeded';
import type { Town } from './town';

/** What becomes of a payment, in percent; all others are simply paid. */
const ways = [
  ['lost notice', 5],
  ['duplicate notice', 5],
  ['late notice', 2],
  ['cancel race', 3],
  ['second money', 2],
  ['refund', 5],
  ['late money', 2],
  ['cancelled', 3],
  ['left alone', 4],
] as const;
type Way = (typeof ways)[number][0] | 'paid';

const Native = z.looseObject({ code_url: z.string().optional() });
/** Which of the customers pay for an order of a shop's own, where both are served. */
const percentOfShops = 50;
const fees = [1_200, 1_300] as const;
const smallFee = 10;
const looksMax = 40;
const lookPauseMs = 250;

/**
 * Whose payments there are: those of our carts alone, and nothing is asked for that the latest
 * release does not know; or of orders of shops' own too.
 */
export type Origins = 'carts' | 'both';

interface Order {
  readonly merchant_order_no: string;
  readonly total_fee: number;
  readonly body: string;
}

/** One customer with one payment, who does one of the things that customers do. */
export class Customer {
  /** Who looks at it and pays, and who may close it. */
  private payer!: Shopper;
  private opener!: Shopper;
  private out_trade_no = '';
  private total_fee = 0;
  private order_ids: readonly string[] = [];
  /** Whether a refund may name its order. */
  private namesOrders = false;

  constructor(
    private readonly town: Town,
    private readonly random: Seeded,
  ) {}

  async live(origins: Origins): Promise<string> {
    const way = this.draw();
    const isOfShop = origins === 'both' && this.random.chance(percentOfShops);
    this.namesOrders = origins === 'both';
    if (isOfShop) await this.comeToShop();
    else await this.buy();
    await this.livesBy(way);
    return isOfShop ? `${way} at a shop` : way;
  }

  private async livesBy(way: Way): Promise<void> {
    if (way === 'left alone') return;
    const code_url = await this.askCode();
    await this.prepare(way);
    await (this.lives[way as keyof typeof this.lives] ?? this.lives.paid)(code_url);
  }

  private readonly lives = {
    paid: async (code_url: string) => {
      await this.pay(code_url);
      await this.look('SUCCESS', 'REFUND');
    },
    cancelled: async () => {
      await this.cancel();
    },
    'cancel race': async (code_url: string) => {
      await Promise.all([this.pay(code_url), this.cancel()]);
      await this.look('SUCCESS', 'CLOSED');
    },
    'second money': async (code_url: string) => {
      const { out_trade_no, total_fee } = this;
      const digits = `${this.random.below(1_000_000_000)}`.padStart(24, '0');
      const second = { out_trade_no, total_fee, transaction_id: `4200${digits}` };
      await Promise.all([this.pay(code_url), this.town.bringMoney(second)]);
      await this.look('SUCCESS');
    },
    refund: async (code_url: string) => {
      await this.pay(code_url);
      await this.look('SUCCESS');
      const parts = this.random.chance(50)
        ? [this.total_fee]
        : [smallFee, this.total_fee - smallFee];
      const operator = await this.town.newShopper(['operator']);
      for (const part of parts) await this.refund(operator, part);
    },
    'late money': async (code_url: string) => {
      await this.cancel();
      await this.pay(code_url);
    },
  } as const;

  private draw(): Way {
    let left = this.random.below(100);
    for (const [way, percent] of ways) {
      if (left < percent) return way;
      left -= percent;
    }
    return 'paid';
  }

  private async prepare(way: Way): Promise<void> {
    const { out_trade_no } = this;
    const { sandbox } = this.town.system;
    const match = { notice: 'pay', out_trade_no };
    if (way === 'lost notice') await sandbox.loseNotices(out_trade_no);
    if (way === 'duplicate notice') await sandbox.fault({ match, kind: 'duplicate', copies: 2 });
    if (way === 'late notice') await sandbox.fault({ match, kind: 'delay', delay_ms: 5_000 });
    if (way !== 'late money') return;
    this.town.liedAbout.add(out_trade_no);
    await sandbox.fault({
      match: { call: 'closeorder', out_trade_no },
      phase: 'before',
      kind: 'err_code',
      err_code: 'ORDERCLOSED',
      times: 100,
    });
  }

  private async buy(): Promise<void> {
    this.payer = await this.town.newShopper();
    this.opener = this.payer;
    const items = this.random.chance(50) ? [tea] : [tea, rice];
    for (const item of items) await this.put(item);
    const key = randomUUID();
    const first = await this.order(key);
    if (this.random.chance(10)) {
      const again = await this.order(key);
      if (again !== first) this.town.broken.push(`INV-21: ${key} was answered ${first}, ${again}`);
    }
    Object.assign(this, Checkout.required().parse(JSON.parse(first)));
  }

  /** By the link of a payment that a shop opens; sometimes it has closed one of that number. */
  private async comeToShop(): Promise<void> {
    this.opener = await this.town.newShopper(['shop']);
    const merchant_order_no = `S-${randomUUID()}`;
    await this.open({ merchant_order_no, total_fee: fees[0], body: '两张票' });
    if (this.random.chance(80)) return;
    await this.cancel();
    await this.look('CLOSED');
    await this.open({ merchant_order_no, total_fee: fees[1], body: '一张票' });
  }

  /** At both gateways at once: it is one payment. */
  private async open(order: Order): Promise<void> {
    const { town } = this;
    const before = this.out_trade_no;
    const opens = () =>
      town.persist(async (url) => {
        const answer = await open(this.opener.at(url), order);
        if (answer.status === 409) await closeOther(this.opener.at(url), order, before);
        if (![200, 201].includes(answer.status)) throw new UnexpectedAnswer(answer, 201);
        const opened = OpenedPayment.parse(answer.json());
        if (answer.status === 201) this.tellsOfNew(order.merchant_order_no, opened.out_trade_no);
        // Until it is closed everywhere the number is that of the payment before.
        return opened.out_trade_no === before ? undefined : opened;
      });
    const [opened, again] = await Promise.all([opens(), opens()]);
    if (opened.out_trade_no !== again.out_trade_no) {
      town.broken.push(`INV-12: one number was answered ${JSON.stringify([opened, again])}`);
    }
    this.payer = await town.persist((url) => byLink(url, opened.pay_url ?? ''));
    Object.assign(this, { out_trade_no: opened.out_trade_no, total_fee: order.total_fee });
  }

  private tellsOfNew(merchant_order_no: string, out_trade_no: string): void {
    this.town.opened.push({ shop: this.opener.user_id, merchant_order_no, out_trade_no });
  }

  private put(item_id: string): Promise<true> {
    return this.town.persist(async (url) => {
      const path = `/api/cart/items/${item_id}`;
      const answer = await this.payer.at(url).ask('PUT', path, { body: { num: 1 } });
      expected(200, answer);
      return true as const;
    });
  }

  /** The cart may be lost with Redis before it was ordered: then it is filled again. */
  private order(key: string): Promise<string> {
    return this.town.persist(async (url) => {
      const answer = await this.payer.at(url).ask('POST', '/api/orders', {
        body: { payment_type: '1', receiver: aReceiver },
        headers: { 'idempotency-key': key },
      });
      if (answer.status === 201) return answer.text;
      if (answer.status === 409) await this.put(tea);
      throw new UnexpectedAnswer(answer, 201);
    });
  }

  private askCode(): Promise<string> {
    return this.town.persist(async (url) => {
      const path = `/pay/createNative?out_trade_no=${this.out_trade_no}`;
      const answer = await this.payer.at(url).ask('GET', path);
      return Native.parse(expected(200, answer)).code_url;
    });
  }

  /** A code may have been replaced by a repeat whose answer was lost; a closed one is dead. */
  private async pay(code_url: string): Promise<void> {
    const { sandbox } = this.town.system;
    const { status } = await sandbox.tryToPay(code_url);
    if (status === 409) await sandbox.tryToPay((await sandbox.trade(this.out_trade_no)).code_url);
  }

  private cancel(): Promise<number> {
    return this.town.persist(async (url) => {
      const answer = await this.opener.at(url).close(this.out_trade_no);
      if (![200, 202, 409].includes(answer.status)) throw new UnexpectedAnswer(answer, 200);
      return answer.status;
    });
  }

  /** Of one of its orders, if there are several and the amount is small; else of any. */
  private refund(operator: Shopper, refund_fee: number): Promise<true> {
    const key = randomUUID();
    const isNamed = this.namesOrders && refund_fee === smallFee;
    const order_id = isNamed ? this.order_ids.at(-1) : undefined;
    return this.town.persist(async (url) => {
      const path = `/api/payments/${this.out_trade_no}/refunds`;
      const answer = await operator.at(url).ask('POST', path, {
        body: { refund_fee, order_id, reason: '不要了' },
        headers: { 'idempotency-key': key },
      });
      if (answer.status !== 201) throw new UnexpectedAnswer(answer, 201);
      return true as const;
    });
  }

  /** Looks at the payment until it is in one of these states, or patience ends. */
  private async look(...states: string[]): Promise<void> {
    for (let looks = 0; looks < looksMax; looks += 1) {
      const state = await this.town.persist(async (url) => {
        const path = `/api/payments/${this.out_trade_no}`;
        const answer = await this.payer.at(url).ask('GET', path);
        return Payment.parse(expected(200, answer)).trade_state;
      });
      this.town.told.push({ out_trade_no: this.out_trade_no, trade_state: state });
      if (states.includes(state)) return;
      await pause(lookPauseMs);
    }
  }
}

/**
 * A request that its shop gave up long ago may be carried out when the payment is closed: it opens
 * the number anew, and the shop closes what it finds there.
 */
async function closeOther(shop: Shopper, order: Order, before: string): Promise<void> {
  const { payments } = await shop.payments(`?merchant_order_no=${order.merchant_order_no}`);
  const isOther = ({ out_trade_no, total_fee }: Payment) =>
    out_trade_no !== before && total_fee !== order.total_fee;
  for (const { out_trade_no } of payments.filter(isOther)) await shop.close(out_trade_no);
}
