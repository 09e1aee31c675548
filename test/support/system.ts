import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { Books } from './books';
import { temporaryFolder } from './folders';
import type { Galera } from './galera';
import { type Link, Links } from './links';
import type { Mariadb } from './mariadb';
import { freePort, freePorts } from './ports';
import { type App, ServiceProcess } from './processes';
import type { Redis } from './redis';
import { Certificates } from './rpc-tls';
import { Sandbox } from './sandbox';
import type { Sentinel } from './sentinel';
import { Shopper } from './shopper';
import { type Stores, startServers, stopServers, storeServers } from './store-servers';
import type { TcpProxy } from './tcp-proxy';
import { WallClock } from './wall-clock';
import { dialectOf, platformModeOf, V3Keys, type Way } from './wechat';

export interface SystemOptions {
  readonly stores: Stores;
  /** How many gateways (1); of each service there are two on 'galera+sentinel'. */
  readonly gateways?: number;
  /** How many order services (1); more than one share servers. Gateways share them out. */
  readonly orders?: number;
  /**
   * How many pay services (1). If there are several, everybody knows all of them, and every gateway
   * all order services.
   */
  readonly pays?: number;
  readonly links?: readonly Link[];
  /** How WeChat is spoken with at first (v2); `speaks` changes it. */
  readonly way?: Way;
  /** Where the shop listens to messages. */
  readonly shopPort?: number;
  /** The order services live by a clock of their own. */
  readonly ownClock?: boolean;
  /** Its servers are its own: what is killed here, dies for nobody else. */
  readonly ownServers?: true;
  /** They speak TLS with each other. */
  readonly tls?: true;
  /** Another build than that of the tests, from which all but the sandbox are started at first. */
  readonly build?: string;
  /** Variables that differ from the tests' own. */
  readonly env?: Partial<Readonly<Record<App, Readonly<Record<string, string>>>>>;
}

type Living = Pick<ServiceProcess, 'log' | 'isAlive'>;
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
  readonly pays: ServiceProcess[] = [];
  sandboxProcess!: ServiceProcess;
  mariadb: Mariadb | undefined;
  redis: Redis | undefined;
  readonly galera: Galera | undefined;
  readonly sentinel: Sentinel | undefined;
  /** More servers of its own. */
  readonly spares: (Mariadb | Redis)[] = [];
  readonly clock: WallClock | undefined;
  /** What each service is known by, if they speak TLS. */
  readonly tls: Certificates | undefined;
  private readonly links: Links;
  private readonly folder = temporaryFolder('system');
  private readonly v3Keys = new V3Keys(this.folder);
  private gatewayPorts: number[] = [];
  private books!: Books;
  /** The pay services' variables before they are told of any keys of v3. */
  private payEnvs: Environment[] = [];
  way: Way;

  private constructor(
    private readonly options: SystemOptions,
    private readonly sandboxPort: number,
  ) {
    this.sandbox = new Sandbox(`http://127.0.0.1:${sandboxPort}`, merchant);
    this.way = options.way ?? 'v2';
    this.links = new Links(options.links);
    this.tls = options.tls ? new Certificates() : undefined;
    this.clock = options.ownClock ? new WallClock() : undefined;
  }

  static async start(options: SystemOptions): Promise<System> {
    const system = new System(options, await freePort());
    const { stores, ownServers } = options;
    Object.assign(system, await (ownServers ? startServers(stores) : storeServers(stores)));
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
    return [this.sandboxProcess, ...this.pays, ...this.orders, ...this.gateways];
  }

  /** All of it runs, and WeChat is spoken with as in the beginning. */
  get isWhole(): boolean {
    return this.services.every(({ isAlive }) => isAlive) && this.way === (this.options.way ?? 'v2');
  }

  private get living(): readonly Living[] {
    return this.orders.filter(({ isAlive }) => isAlive);
  }

  get order(): ServiceProcess {
    return first(this.orders);
  }

  get gateway(): ServiceProcess {
    return first(this.gateways);
  }

  get pay(): ServiceProcess {
    return first(this.pays);
  }

  /** The address of a gateway. */
  url(gateway = 0): string {
    return `http://127.0.0.1:${this.gatewayPorts[gateway]}`;
  }

  link(link: Link): TcpProxy {
    return this.links.get(link);
  }

  /** Time passes until then, at WeChat and for the order services, who have noticed it. */
  async turnClocks(ms: number, orders: readonly Living[] = this.living): Promise<void> {
    await this.sandbox.turnClock(ms - (await this.sandbox.now()));
    await this.clock?.turnTo(ms, orders);
  }

  /** No way is bad any more, and the clock is right. */
  heal(): void {
    this.links.heal();
    this.clock?.set(0);
  }

  /**
   * The pay services start again, one by one, and everything new is spoken in this way from now
   * on. They keep the keys of the other dialect, except for the variables that they do `without`.
   */
  async speaks(way: Way, without: readonly string[] = []): Promise<void> {
    this.way = way;
    await this.sandbox.signsWith(platformModeOf(way));
    const keys = await this.v3Keys.pay(this.sandbox);
    for (const [index, own] of this.payEnvs.entries()) {
      const env = { ...own, ...keys, WECHAT_API: dialectOf(way) };
      const kept = Object.entries(env).filter(([name]) => !without.includes(name));
      const { build } = this.pays[index] ?? this.pay;
      const next = new ServiceProcess('pay-service', Object.fromEntries(kept), build);
      await this.pays[index]?.stop();
      await next.start();
      this.pays[index] = next;
    }
  }

  /** WeChat's keys are new ones each time: in v3 the pay service has to be told. */
  async startWechat(): Promise<void> {
    await this.sandboxProcess.start();
    if (this.way !== 'v2') await this.speaks(this.way);
    else await Promise.all(this.pays.filter(({ isAlive }) => !isAlive).map((pay) => pay.start()));
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
      if (this.options.ownServers) await stopServers(this);
      await Promise.all(this.spares.map((server) => server.stop()));
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
    const build = app === 'wechat-sandbox' ? undefined : this.options.build;
    const tls = app === 'wechat-sandbox' ? {} : this.tls?.of(app).env;
    return new ServiceProcess(app, { ...env, ...tls, ...common }, build);
  }

  private async prepare(): Promise<void> {
    const each = this.options.stores === 'galera+sentinel' ? 2 : 1;
    const { gateways = each, orders = each, pays = each } = this.options;
    this.gatewayPorts = await freePorts(gateways);
    const orderPorts = await freePorts(orders);
    const payPorts = await freePorts(pays);
    this.sandboxProcess = this.service('wechat-sandbox', {
      PORT: String(this.sandboxPort),
      ...this.v3Keys.sandbox,
      ...merchant,
    });
    const knowAll = pays > 1;
    await this.preparePays(payPorts);
    await this.prepareOrders(
      orderPorts,
      await this.links.addresses('order>pay', payPorts, knowAll),
    );
    const knownOrders = await this.links.addresses('gateway>order', orderPorts, knowAll);
    const knownPays = await this.links.addresses('gateway>pay', payPorts, knowAll);
    for (const [index, port] of this.gatewayPorts.entries()) {
      const env = {
        PORT: String(port),
        ORDER_RPC: knownOrders(index),
        PAY_RPC: knownPays(index),
        AUTH_JWT_SECRET: authSecret,
        WECHAT_API_URL: this.sandbox.url,
        DEMO: 'true',
      };
      this.gateways.push(this.service('cart-gateway', env));
    }
  }

  private async preparePays(ports: number[]): Promise<void> {
    const noticePort = await this.links.via('wechat>gateway', first(this.gatewayPorts));
    const wechatPort = await this.links.via('pay>wechat', this.sandboxPort);
    for (const port of ports) {
      const pay = this.service('pay-service', {
        PAY_RPC_LISTEN: `tcp://127.0.0.1:${port}`,
        WECHAT_API_URL: `http://127.0.0.1:${wechatPort}`,
        WECHAT_NOTIFY_URL: `http://127.0.0.1:${noticePort}/pay/notify`,
        ...merchant,
      });
      this.pays.push(pay);
      this.payEnvs.push({ ...pay.env });
    }
  }

  private async prepareOrders(ports: number[], knownPays: (order: number) => string) {
    const { shopPort } = this.options;
    const shop = shopPort && (await this.links.via('order>shop', shopPort));
    this.books = await Books.open(this.folder, this, this.links);
    for (const [index, port] of ports.entries()) {
      const env = {
        ...this.books.variables(index),
        ...(shop && { SHOP_WEBHOOK_URL: `http://127.0.0.1:${shop}/saoma` }),
        ...this.clock?.env,
        ORDER_RPC_LISTEN: `tcp://127.0.0.1:${port}`,
        PAY_RPC: knownPays(index),
        DEMO: 'true',
      };
      this.orders.push(this.service('order-service', env));
    }
  }
}

function first<T>(list: readonly T[]): T {
  const [item] = list;
  if (item === undefined) throw new Error('the system has none of these');
  return item;
}
