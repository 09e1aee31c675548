import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { ask, UnexpectedAnswer } from '../../support/http';
import { everyLink } from '../../support/links';
import { hasFaketime } from '../../support/machine';
import { Shopper } from '../../support/shopper';
import { authSecret, merchant, System, type SystemOptions } from '../../support/system';
import { isTaken, trueNotice } from '../../support/true-notice';
import type { Way } from '../../support/wechat';
import {
  type Money,
  type Opened,
  type Snapshot,
  snapshot,
  type Told,
} from '../invariants/snapshot';
import { openFiles, residentMb } from './resident';

const webhookSecret = `whsec_${Buffer.alloc(24, 'soak').toString('base64')}`;
/** How long a client goes on repeating what was not answered. */
const patienceMsMax = 90_000;
/** The first pause before it repeats; each is twice the one before, up to the longest. */
const repeatPauseMs = 250;
const repeatPauseMsMax = 4_000;
/** No payment's time is over because a clock runs eight hours ahead for a while. */
const ttlMs = 36_000_000;
const quiet = { LOG_LEVEL: 'warn' };

export interface TownOptions extends Partial<Pick<SystemOptions, 'build' | 'stores'>> {
  readonly gateway?: Readonly<Record<string, string>>;
}

export interface Held {
  readonly residentMb: number;
  readonly openFiles: number;
}

/** Two of everything that may be two, a shop that listens, and what its customers were told. */
export class Town {
  readonly told: Told[] = [];
  /** What shops were told to be new, in the order of the answers. */
  readonly opened: Opened[] = [];
  readonly liedAbout = new Set<string>();
  /** What no answer may be, in words. */
  readonly broken: string[] = [];
  /** Answers after which no program asks again by itself. */
  readonly refusals: string[] = [];
  private readonly money: Omit<Money, 'refunded_fee'>[] = [];
  private asked = 0;

  private constructor(
    readonly system: System,
    private readonly shop: Server,
    private readonly besideRelease: boolean,
  ) {}

  /** `gateway`: more variables of the gateways. */
  static async open(way: Way, { gateway = {}, ...more }: TownOptions = {}): Promise<Town> {
    const shop = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(204).end());
    });
    shop.listen(0, '127.0.0.1');
    await once(shop, 'listening');
    const { port: shopPort } = shop.address() as AddressInfo;
    const system = await System.start({
      stores: 'mariadb+redis',
      way,
      gateways: 2,
      orders: 2,
      links: everyLink,
      shopPort,
      ownClock: hasFaketime,
      ...more,
      env: {
        'cart-gateway': { ...quiet, QR_WAIT_MS: '500', KEEP_ALIVE_MS: '2000', ...gateway },
        'pay-service': quiet,
        'order-service': {
          ...quiet,
          QR_WAIT_MS: '500',
          QUERY_INTERVAL_MS: '500',
          PAY_LOG_TTL_MS: String(ttlMs),
          WECHAT_CLOSE_AFTER_MS: '0',
          WECHAT_REFUND_SPACING_MS: '0',
          SHOP_WEBHOOK_SECRET: webhookSecret,
        },
        'wechat-sandbox': {
          ...quiet,
          SANDBOX_CLOSE_AFTER_MS: '0',
          SANDBOX_REFUND_AFTER_MS: '200',
          SANDBOX_REFUND_SPACING_MS: '0',
        },
      },
    });
    return new Town(system, shop, more.build !== undefined);
  }

  /** What no log line may say. */
  get secrets(): readonly string[] {
    const { WECHAT_V3_KEY = merchant.WECHAT_KEY } = this.system.pay.env;
    return [merchant.WECHAT_KEY, WECHAT_V3_KEY, authSecret, webhookSecret];
  }

  async close(): Promise<void> {
    await this.system.stop();
    this.shop.closeAllConnections();
    this.shop.close();
  }

  /** Repeats a request, at one gateway after the other, until it gives something. */
  async persist<T>(request: (url: string) => Promise<T | undefined>): Promise<T> {
    const deadline = Date.now() + patienceMsMax;
    let last: unknown = 'no answer';
    let pauseMs = repeatPauseMs;
    while (Date.now() < deadline) {
      this.asked += 1;
      try {
        const answer = await request(this.system.url(this.asked % 2));
        if (answer !== undefined) return answer;
      } catch (error) {
        last = error;
        this.hear(error);
      }
      await pause(pauseMs);
      pauseMs = Math.min(2 * pauseMs, repeatPauseMsMax);
    }
    throw new Error(`in ${patienceMsMax} ms nobody answered: ${last}`);
  }

  private hear(error: unknown): void {
    if (!(error instanceof UnexpectedAnswer)) return;
    const { status } = error.answer;
    if (status === 500) this.broken.push(`a fault of ours: ${error.message}`);
    if (status !== 503 && status !== 429) this.refusals.push(error.message);
  }

  newShopper(roles?: string[]): Promise<Shopper> {
    return this.persist((url) => Shopper.signIn(url, roles ? { roles } : {}));
  }

  /** A signed notice of money that the sandbox's book lacks, repeated until it is taken. */
  async bringMoney(money: { out_trade_no: string; total_fee: number; transaction_id: string }) {
    const entry = { ...money, fee_type: 'CNY', acknowledged: false };
    this.money.push(entry);
    await this.persist(async (url) => {
      const notice = await trueNotice(this.system, money);
      return isTaken(await ask('POST', `${url}/pay/notify`, notice)) || undefined;
    });
    Object.assign(entry, { acknowledged: true });
  }

  /** As a server of the database has them, the first one unless another is named. */
  async books(server = this.system.mariadb, only?: readonly string[]): Promise<Snapshot> {
    const { system, liedAbout, told, opened } = this;
    const turnedMs = await system.sandbox.aheadMs();
    const [name = ''] = /[^/]+$/.exec(system.order.env.DATABASE_URL ?? '') ?? [];
    return snapshot({
      databaseUrl: server?.url(name) ?? '',
      ...(only && { only }),
      sandboxUrl: system.sandbox.url,
      money: this.money,
      liedAbout,
      told,
      opened,
      ttlMs,
      turnedMs,
      hasWebhook: true,
      besideRelease: this.besideRelease,
    });
  }

  /** What each running service holds: megabytes of memory, and open files and sockets. */
  held(): Record<string, Held> {
    return Object.fromEntries(
      this.system.services.map(({ app, pid }, index) => [
        `${app} ${index}`,
        { residentMb: residentMb(pid), openFiles: openFiles(pid) },
      ]),
    );
  }
}
