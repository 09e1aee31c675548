import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Payment } from '@saoma/contracts/payments';
import { ask } from '../../support/http';
import { everyLink } from '../../support/links';
import { hasFaketime } from '../../support/machine';
import type { Shopper } from '../../support/shopper';
import { System, type SystemOptions } from '../../support/system';
import { isTaken, trueNotice } from '../../support/true-notice';
import type { Way } from '../../support/wechat';
import { liveness, safety, told } from '../invariants/oracle';
import { wronglyShown } from '../invariants/shares';
import { type Money, type Opened, type Snapshot, snapshot } from '../invariants/snapshot';
import { makeDue } from './make-due';
import { OrderService } from './order-process';

/** The short waits of a proof: what takes minutes in a shop takes moments here. */
const quick = {
  QUERY_INTERVAL_MS: '100',
  WECHAT_CLOSE_AFTER_MS: '0',
  WECHAT_REFUND_SPACING_MS: '0',
  SHOP_WEBHOOK_SECRET: `whsec_${Buffer.alloc(24, 'shop').toString('base64')}`,
};
const quickSandbox = {
  SANDBOX_CLOSE_AFTER_MS: '0',
  SANDBOX_REFUND_AFTER_MS: '50',
  SANDBOX_REFUND_SPACING_MS: '0',
};
/** How long a client goes on repeating, and healed books may take to come to rest. */
const patienceMsMax = 25_000;
/** What the service still does after a customer has seen the end takes no longer. */
const idleLookEveryMs = 300;
const idleLooksMax = 8;
const repeatPauseMs = 40;
/** Somebody who waits waits for minutes: so often, what is due later becomes due. */
const passTimeEveryMs = 1_500;

export type LaneOptions = Pick<SystemOptions, 'env' | 'way'>;

/** A whole Saoma on stores of its own, with a shop that listens, and the oracle over its books. */
export class Lane {
  readonly order: OrderService;
  operator!: Shopper;
  /** What shops were told to be new, in the order of the answers. */
  readonly opened: Opened[] = [];
  private readonly money: Omit<Money, 'refunded_fee'>[] = [];
  private readonly liedAbout = new Set<string>();
  private readonly refundedElsewhere = new Set<string>();
  /** Of these WeChat's latest refund is not acknowledged yet. */
  private readonly unheard = new Set<string>();
  /** When the latest change-over ended: patience begins anew then, and ends in none. */
  private changedMs = 0;
  private readonly heard: { out_trade_no: string; trade_state: string }[] = [];

  private constructor(
    readonly system: System,
    private readonly shop: Server,
  ) {
    this.order = new OrderService(system.order.env);
  }

  static async start({ env = {}, way = 'v2' }: LaneOptions = {}): Promise<Lane> {
    const shop = createServer((request, response) => {
      request.resume().on('end', () => response.end());
    });
    await new Promise<void>((resolve) => {
      shop.listen(0, '127.0.0.1', resolve);
    });
    const { port: shopPort } = shop.address() as AddressInfo;
    const quiet = { LOG_LEVEL: 'warn' };
    const system = await System.start({
      stores: 'mariadb+redis',
      way,
      ownServers: true,
      links: everyLink,
      shopPort,
      ownClock: hasFaketime,
      env: {
        'order-service': { ...quiet, ...quick, ...env['order-service'] },
        'pay-service': { ...quiet, ...env['pay-service'] },
        'cart-gateway': { ...quiet, ...env['cart-gateway'] },
        'wechat-sandbox': { ...quiet, ...quickSandbox, ...env['wechat-sandbox'] },
      },
    });
    const lane = new Lane(system, shop);
    await system.order.stop();
    await lane.order.start();
    lane.operator = await system.shopper({ roles: ['operator'] });
    return lane;
  }

  async stop(): Promise<void> {
    await this.order.end();
    await this.system.stop();
    this.shop.closeAllConnections();
    this.shop.close();
  }

  /** From now on everything new is spoken in this way. */
  async speaks(way: Way): Promise<void> {
    if (this.system.way === way) return;
    this.changedMs = Number.POSITIVE_INFINITY;
    await this.system.speaks(way).finally(() => {
      this.changedMs = Date.now();
    });
  }

  /** Repeats a request as a client does whose line went dead, until it is answered. */
  async persist<T>(request: () => Promise<T>): Promise<T> {
    const beganMs = Date.now();
    for (;;) {
      try {
        return await request();
      } catch (error) {
        if (Date.now() - Math.max(beganMs, this.changedMs) > patienceMsMax) throw error;
        await pause(repeatPauseMs);
      }
    }
  }

  /** Asks until the payment is as wished, and remembers everything that it was told. */
  async reaches(
    shopper: Shopper,
    out_trade_no: string,
    isThere: (payment: Payment) => boolean,
  ): Promise<void> {
    let passTimeAt = Date.now() + passTimeEveryMs;
    await this.persist(async () => {
      const payment = await shopper.payment(out_trade_no);
      const { trade_state, refund_fee } = payment;
      this.heard.push({ out_trade_no, trade_state });
      if (isThere(payment)) return;
      if (Date.now() > passTimeAt) {
        await this.passTime([out_trade_no]);
        passTimeAt = Date.now() + passTimeEveryMs;
      }
      throw new Error(`${out_trade_no} is ${trade_state}, ${refund_fee} fen are back`);
    });
  }

  /** WeChat says that a payment is closed, and yet lets it be paid: late money can come. */
  async lieAboutClose(out_trade_no: string): Promise<void> {
    this.liedAbout.add(out_trade_no);
    await this.system.sandbox.fault({
      kind: 'err_code',
      err_code: 'ORDERCLOSED',
      phase: 'before',
      times: 1_000,
      match: { call: 'closeorder', out_trade_no },
    });
  }

  /** The merchant refunds in WeChat's console, and WeChat tells of it until we say that we know. */
  async refundInConsole(refund: { out_trade_no: string; refund_fee: number }): Promise<void> {
    const { sandbox, pay } = this.system;
    this.refundedElsewhere.add(refund.out_trade_no);
    const notify_url = new URL('/pay/refundNotify', pay.env.WECHAT_NOTIFY_URL).href;
    await sandbox.refundInConsole({ ...refund, notify_url });
    this.unheard.add(refund.out_trade_no);
  }

  /** The same, and every notice of it is lost: nobody listens at the console's address. */
  async refundUnheard(refund: { out_trade_no: string; refund_fee: number }): Promise<void> {
    this.refundedElsewhere.add(refund.out_trade_no);
    await this.system.sandbox.refundInConsole({ ...refund, notify_url: 'http://127.0.0.1:9/' });
  }

  /** Time passes until then. */
  turnClocks(ms: number): Promise<void> {
    return this.system.turnClocks(ms, [this.order.process]);
  }

  /** While nobody of ours is there; afterwards none of these payments is looked at by itself. */
  async whileDown(out_trade_nos: readonly string[], work: () => Promise<unknown>): Promise<void> {
    await this.order.process.end('SIGKILL');
    const numbers = out_trade_nos.map((number) => `'${number}'`);
    await this.system.rows(
      `UPDATE tb_paylog SET next_look_time = NULL WHERE out_trade_no IN (${numbers})`,
    );
    await work();
    await this.order.startNext();
  }

  /** The watcher does not look at this payment until time passes. */
  async looksAway(out_trade_no: string): Promise<void> {
    const later = '(UTC_TIMESTAMP(3) + INTERVAL 1 HOUR)';
    const these = `WHERE out_trade_no = '${out_trade_no}'`;
    await this.persist(() =>
      this.system.rows(`UPDATE tb_paylog SET next_look_time = ${later} ${these}`),
    );
  }

  /** A true notice of money that the sandbox's book lacks, repeated until it is taken. */
  async bringMoney(money: { out_trade_no: string; total_fee: number; transaction_id: string }) {
    const entry = { fee_type: 'CNY', ...money, acknowledged: false };
    this.money.push(entry);
    await this.persist(async () => {
      const notice = await trueNotice(this.system, money);
      const answer = await ask('POST', `${this.system.url()}/pay/notify`, notice);
      const { status, text } = answer;
      if (!isTaken(answer)) throw new Error(`the notice was answered: ${status} ${text}`);
    });
    Object.assign(entry, { acknowledged: true });
  }

  /** kill -9 to the database, and a new start on the same files. */
  async killDatabase(): Promise<void> {
    await this.system.mariadb?.kill();
    await this.system.mariadb?.restart();
  }

  healLinks(): void {
    for (const link of everyLink) this.system.link(link).heal();
  }

  /** Whether it happens while the order service does what is left to do for these payments. */
  async happensSoon(event: Promise<unknown>, out_trade_nos: readonly string[]): Promise<boolean> {
    const happened = event.then(() => true);
    for (let looks = 0; looks < idleLooksMax; looks += 1) {
      await this.passTime(out_trade_nos);
      if (await Promise.race([happened, pause(idleLookEveryMs, false)])) return true;
    }
    return false;
  }

  async look(): Promise<Snapshot> {
    const { databaseUrl } = this;
    return snapshot({
      turnedMs: await this.system.sandbox.aheadMs(),
      databaseUrl,
      sandboxUrl: this.system.sandbox.url,
      money: this.money,
      liedAbout: this.liedAbout,
      refundedElsewhere: this.refundedElsewhere,
      told: this.heard,
      opened: this.opened,
      hasWebhook: true,
    });
  }

  /** What is broken at this very moment; nothing may be, whatever is down. */
  async unsafe(): Promise<string[]> {
    return safety(await this.look()).map(told);
  }

  /**
   * Waits until the books are at rest: nothing is under way any more. What is left of the safe and
   * the resting invariants when patience ends is what is broken.
   */
  async rest(out_trade_nos: readonly string[], restMsMax = patienceMsMax): Promise<string[]> {
    const deadline = Date.now() + restMsMax;
    for (;;) {
      await this.passTime(out_trade_nos);
      const books = await this.look();
      const unsafe = safety(books);
      const restless = liveness(books);
      if (unsafe.length > 0) return unsafe.map(told);
      if (restless.length === 0) {
        const show = (order_id: string) => this.persist(() => this.operator.order(order_id));
        return (await wronglyShown(books, out_trade_nos, show)).map(told);
      }
      if (Date.now() > deadline) return restless.map(told);
      await pause(repeatPauseMs * 2);
    }
  }

  /**
   * What only waits for its time (a dead worker's claim, the next look, the next try, WeChat's next
   * notice) is due now, so that minutes of waiting pass at once.
   */
  async passTime(out_trade_nos: readonly string[]): Promise<void> {
    if (out_trade_nos.length === 0) return;
    await makeDue(this.system, out_trade_nos);
    for (const out_trade_no of out_trade_nos.filter((number) => this.unheard.has(number))) {
      const isHeard = await this.system.sandbox.notifyOfRefund(out_trade_no);
      if (isHeard) this.unheard.delete(out_trade_no);
    }
  }

  private get databaseUrl(): string {
    const { DATABASE_URL = '' } = this.system.order.env;
    const name = new URL(DATABASE_URL).pathname;
    return `mysql://root@127.0.0.1:${this.system.mariadb?.port}${name}`;
  }
}
