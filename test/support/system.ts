import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { afterEach, before, describe } from 'node:test';
import { atEnd } from './at-end';
import { Books } from './books';
import { temporaryFolder } from './folders';
import { hasFailed, Lender } from './lender';
import { type Link, Links } from './links';
import { hasMariadb, hasRedis } from './machine';
import type { Mariadb } from './mariadb';
import { freePort, freePorts } from './ports';
import { type App, ServiceProcess } from './processes';
import type { Redis } from './redis';
import { Sandbox } from './sandbox';
import { Shopper } from './shopper';
import { startServers, storeServers } from './store-servers';
import type { TcpProxy } from './tcp-proxy';
import { WallClock } from './wall-clock';
import { dialectOf, platformModeOf, V3Keys, type Way } from './wechat';

/** Where the order service keeps its rows and what it shares. */
export type Stores = 'sqlite' | 'mariadb+redis';
export const storesHere: readonly Stores[] =
  hasMariadb && hasRedis ? ['sqlite', 'mariadb+redis'] : ['sqlite'];

export interface SystemOptions {
  readonly stores: Stores;
  /** How many gateways (1). */
  readonly gateways?: number;
  /** How many order services (1); more than one need 'mariadb+redis'. Gateways share them out. */
  readonly orders?: number;
  readonly links?: readonly Link[];
  /** How WeChat is spoken with at first (v2); `speaks` changes it. */
  readonly way?: Way;
  /** Where the shop listens to messages. */
  readonly shopPort?: number;
  /** The order services live by a clock of their own. */
  readonly ownClock?: boolean;
  /** Its MariaDB and Redis are its own: what is killed here, dies for nobody else. */
  readonly ownServers?: true;
  /** Variables that differ from the tests' own. */
  readonly env?: Partial<Readonly<Record<App, Readonly<Record<string, string>>>>>;
}

type Environment = Record<string, string>;

/** The merchant of the tests, at the sandbox and at the pay service. */
export const merchant = {
  WECHAT_APPID: 'wx0123456789abcdef',
  WECHAT_MCH_ID: '1900000109',
  WECHAT_KEY: randomBytes(16).toString('hex'),
};
export const authSecret = randomBytes(32).toString('hex');

/** The whole of Saoma on free ports: each service a process, its database its own. */
export class System {
  readonly orders: ServiceProcess[] = [];
  readonly gateways: ServiceProcess[] = [];
  readonly sandbox: Sandbox;
  sandboxProcess!: ServiceProcess;
  pay!: ServiceProcess;
  mariadb: Mariadb | undefined;
  redis: Redis | undefined;
  /** More servers of its own. */
  readonly spares: (Mariadb | Redis)[] = [];
  readonly clock: WallClock | undefined;
  private readonly links: Links;
  private readonly folder = temporaryFolder('system');
  private readonly v3Keys = new V3Keys(this.folder);
  private gatewayPorts: number[] = [];
  private books!: Books;
  /** The pay service's variables before it is told of any keys of v3. */
  private payEnv: Environment = {};
  way: Way;

  private constructor(
    private readonly options: SystemOptions,
    private readonly sandboxPort: number,
  ) {
    this.sandbox = new Sandbox(`http://127.0.0.1:${sandboxPort}`, merchant);
    this.way = options.way ?? 'v2';
    this.links = new Links(options.links);
    this.clock = options.ownClock ? new WallClock() : undefined;
  }

  static async start(options: SystemOptions): Promise<System> {
    const system = new System(options, await freePort());
    if (options.stores === 'mariadb+redis') {
      Object.assign(system, await (options.ownServers ? startServers() : storeServers()));
    }
    await system.prepare();
    const ours = [...system.orders, ...system.gateways].map((service) => service.start());
    const starts = await Promise.allSettled([system.startWechat(), ...ours]);
    const failed = starts.find((start) => start.status === 'rejected');
    if (!failed) return system;
    await system.stop();
    throw failed.reason;
  }

  /** Every process of ours. */
  get services(): ServiceProcess[] {
    return [this.sandboxProcess, this.pay, ...this.orders, ...this.gateways];
  }

  /** All of it runs, and WeChat is spoken with as in the beginning. */
  get isWhole(): boolean {
    return this.services.every(({ isAlive }) => isAlive) && this.way === (this.options.way ?? 'v2');
  }

  get order(): ServiceProcess {
    return first(this.orders);
  }

  get gateway(): ServiceProcess {
    return first(this.gateways);
  }

  /** The address of a gateway. */
  url(gateway = 0): string {
    return `http://127.0.0.1:${this.gatewayPorts[gateway]}`;
  }

  link(link: Link): TcpProxy {
    return this.links.get(link);
  }

  /**
   * The pay service starts again, and everything new is spoken in this way from now on. It keeps
   * the keys of the other dialect, except for the variables that it does `without`.
   */
  async speaks(way: Way, without: readonly string[] = []): Promise<void> {
    this.way = way;
    await this.sandbox.signsWith(platformModeOf(way));
    const keys = await this.v3Keys.pay(this.sandbox);
    const env = { ...this.payEnv, ...keys, WECHAT_API: dialectOf(way) };
    const kept = Object.entries(env).filter(([name]) => !without.includes(name));
    const next = new ServiceProcess('pay-service', Object.fromEntries(kept));
    await this.pay.stop();
    await next.start();
    this.pay = next;
  }

  /** WeChat's keys are new ones each time: in v3 the pay service has to be told. */
  async startWechat(): Promise<void> {
    await this.sandboxProcess.start();
    if (this.way !== 'v2') await this.speaks(this.way);
    else if (!this.pay.isAlive) await this.pay.start();
  }

  /** A new shopper, signed in at a gateway. */
  shopper(who: { user_id?: string; roles?: string[] } = {}, gateway = 0): Promise<Shopper> {
    return Shopper.signIn(this.url(gateway), who);
  }

  /** Stops everything; each service must end cleanly. */
  async stop(): Promise<void> {
    try {
      const running = this.services.filter((service) => service.isAlive);
      await Promise.all(running.map((service) => service.stop()));
    } finally {
      await this.links.stop();
      const own = this.options.ownServers ? [this.mariadb, this.redis] : [];
      const servers = new Set([...own, ...this.spares]);
      await Promise.all([...servers].map((server) => server?.stop()));
      rmSync(this.folder, { recursive: true, force: true });
    }
  }

  /** Rows of the order service's database, read beside it, as they are kept. */
  rows(sql: string): Promise<Record<string, unknown>[]> {
    return this.books.rows(sql);
  }

  /** Changes what is kept, as the shop's own programs do. */
  change(sql: string): Promise<void> {
    return this.books.change(sql);
  }

  /** The last lines of every service's log. */
  lastWords(count = 15): string {
    const words = this.services.map(({ app, log }) => [`--- ${app}`, ...log.slice(-count)]);
    return words.flat().join('\n');
  }

  private service(app: App, env: Environment): ServiceProcess {
    const common = { LOG_LEVEL: 'info', ...this.options.env?.[app] };
    return new ServiceProcess(app, { ...env, ...common });
  }

  private async prepare(): Promise<void> {
    const { gateways = 1, orders = 1 } = this.options;
    this.gatewayPorts = await freePorts(gateways);
    const orderPorts = await freePorts(orders);
    const payPort = await freePort();
    this.sandboxProcess = this.service('wechat-sandbox', {
      PORT: String(this.sandboxPort),
      ...this.v3Keys.sandbox,
      ...merchant,
    });
    await this.preparePay(payPort);
    await this.prepareOrders(orderPorts, payPort);
    const [firstOrder = 0] = orderPorts;
    const orderProxy = await this.links.via('gateway>order', firstOrder);
    const payProxy = await this.links.via('gateway>pay', payPort);
    for (const [index, port] of this.gatewayPorts.entries()) {
      const order = index === 0 ? orderProxy : (orderPorts[index % orders] ?? firstOrder);
      const env = {
        PORT: String(port),
        ORDER_RPC: `tcp://127.0.0.1:${order}`,
        PAY_RPC: `tcp://127.0.0.1:${index === 0 ? payProxy : payPort}`,
        AUTH_JWT_SECRET: authSecret,
        WECHAT_API_URL: this.sandbox.url,
        DEMO: 'true',
      };
      this.gateways.push(this.service('cart-gateway', env));
    }
  }

  private async preparePay(payPort: number): Promise<void> {
    const noticePort = await this.links.via('wechat>gateway', first(this.gatewayPorts));
    const wechatPort = await this.links.via('pay>wechat', this.sandboxPort);
    this.pay = this.service('pay-service', {
      PAY_RPC_LISTEN: `tcp://127.0.0.1:${payPort}`,
      WECHAT_API_URL: `http://127.0.0.1:${wechatPort}`,
      WECHAT_NOTIFY_URL: `http://127.0.0.1:${noticePort}/pay/notify`,
      ...merchant,
    });
    this.payEnv = { ...this.pay.env };
  }

  private async prepareOrders(ports: number[], payPort: number): Promise<void> {
    const { shopPort } = this.options;
    const payProxy = await this.links.via('order>pay', payPort);
    const shop = shopPort && (await this.links.via('order>shop', shopPort));
    const common = {
      ...(await this.storeVariables()),
      ...(shop && { SHOP_WEBHOOK_URL: `http://127.0.0.1:${shop}/saoma` }),
      ...this.clock?.env,
    };
    for (const [index, port] of ports.entries()) {
      const env = {
        ...common,
        ORDER_RPC_LISTEN: `tcp://127.0.0.1:${port}`,
        PAY_RPC: `tcp://127.0.0.1:${index === 0 ? payProxy : payPort}`,
        DEMO: 'true',
      };
      this.orders.push(this.service('order-service', env));
    }
  }

  private async storeVariables(): Promise<Environment> {
    const { mariadb, redis } = this;
    this.books = await Books.open(this.folder, this);
    return this.books.variables({
      database: await this.links.via('order>database', mariadb?.port ?? 0),
      redis: await this.links.via('order>redis', redis?.port ?? 0),
    });
  }
}

function first<T>(list: readonly T[]): T {
  const [item] = list;
  if (item === undefined) throw new Error('the system has none of these');
  return item;
}

const systems = new Lender<System>();
atEnd(() => systems.stopAll());

/**
 * Registers the same tests once on each kind of stores that this machine has, each time on one
 * system that they share. A test that fails shows the last lines of every service's log.
 */
export function onEveryStore(
  name: string,
  options: Omit<SystemOptions, 'stores'>,
  tests: (system: () => System, stores: Stores, way: Way) => void,
): void {
  const usable = (options.orders ?? 1) > 1 ? storesHere.slice(1) : storesHere;
  for (const stores of usable) onStores(name, { ...options, stores }, tests);
}

/** The same on one kind of stores, for what depends on none. */
export function onStores(
  name: string,
  options: SystemOptions,
  tests: (system: () => System, stores: Stores, way: Way) => void,
): void {
  const { stores, ...wanted } = options;
  describe(`${name}, on ${stores}`, () => {
    const system = systems.lend(stores, JSON.stringify(wanted), () => System.start(options));
    before(() => system().sandbox.forgetFaults());
    afterEach((test) => {
      if (hasFailed(test) && system()) process.stderr.write(`${system().lastWords()}\n`);
    });
    tests(system, stores, options.way ?? 'v2');
  });
}
