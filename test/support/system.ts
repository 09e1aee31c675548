import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe } from 'node:test';
import SqliteFile from 'libsql';
import { type Link, Links } from './links';
import { hasMariadb, hasRedis } from './machine';
import type { Mariadb } from './mariadb';
import { freePort } from './ports';
import { type App, ServiceProcess } from './processes';
import type { Redis } from './redis';
import { Sandbox } from './sandbox';
import { Shopper } from './shopper';
import { startServers, storeServers } from './store-servers';
import type { TcpProxy } from './tcp-proxy';
import { WallClock } from './wall-clock';

/** Where the order service keeps its rows and what it shares. */
export type Stores = 'sqlite' | 'mariadb+redis';
const storesHere: readonly Stores[] =
  hasMariadb && hasRedis ? ['sqlite', 'mariadb+redis'] : ['sqlite'];

export interface SystemOptions {
  readonly stores: Stores;
  /** How many gateways (1). */
  readonly gateways?: number;
  /** How many order services (1); more than one need 'mariadb+redis'. Gateways share them out. */
  readonly orders?: number;
  readonly links?: readonly Link[];
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

/** The order service writes to the same file. */
const busyMsMax = 5_000;

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
  private readonly folder = mkdtempSync(join(tmpdir(), 'saoma-system-'));
  private gatewayPorts: number[] = [];
  private database: string | undefined;

  private constructor(
    private readonly options: SystemOptions,
    private readonly sandboxPort: number,
  ) {
    this.sandbox = new Sandbox(`http://127.0.0.1:${sandboxPort}`, merchant);
    this.links = new Links(options.links);
    this.clock = options.ownClock ? new WallClock() : undefined;
    process.once('exit', () => rmSync(this.folder, { recursive: true, force: true }));
  }

  static async start(options: SystemOptions): Promise<System> {
    const system = new System(options, await freePort());
    if (options.stores === 'mariadb+redis') {
      Object.assign(system, await (options.ownServers ? startServers() : storeServers()));
    }
    await system.prepare();
    const starts = await Promise.allSettled(system.services.map((service) => service.start()));
    const failed = starts.find((start) => start.status === 'rejected');
    if (!failed) return system;
    await system.stop();
    throw failed.reason;
  }

  /** Every process of ours. */
  get services(): ServiceProcess[] {
    return [this.sandboxProcess, this.pay, ...this.orders, ...this.gateways];
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
  async rows(sql: string): Promise<Record<string, unknown>[]> {
    const { mariadb, database, folder } = this;
    if (mariadb && database) return mariadb.query(sql, { database });
    const file = new SqliteFile(join(folder, 'saoma.sqlite'), { readonly: true });
    try {
      return file.prepare(sql).all([]) as Record<string, unknown>[];
    } finally {
      file.close();
    }
  }

  /** Changes what is kept, as the shop's own programs do. */
  async change(sql: string): Promise<void> {
    const { mariadb, database, folder } = this;
    if (mariadb && database) {
      await mariadb.query(sql, { database });
      return;
    }
    const file = new SqliteFile(join(folder, 'saoma.sqlite'), { timeout: busyMsMax });
    try {
      file.exec(sql);
    } finally {
      file.close();
    }
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
    if (!mariadb || !redis) return { DATABASE_URL: `sqlite:${join(this.folder, 'saoma.sqlite')}` };
    this.database = await mariadb.newDatabase();
    await redis.flush();
    const databasePort = await this.links.via('order>database', mariadb.port);
    const redisPort = await this.links.via('order>redis', redis.port);
    return {
      DATABASE_URL: `mariadb://shop@127.0.0.1:${databasePort}/${this.database}`,
      REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    };
  }
}

function first<T>(list: readonly T[]): T {
  const [item] = list;
  if (item === undefined) throw new Error('the system has none of these');
  return item;
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

/**
 * Registers the same tests once on each kind of stores that this machine has, each time on one
 * system that they share. A test that fails shows the last lines of every service's log.
 */
export function onEveryStore(
  name: string,
  options: Omit<SystemOptions, 'stores'>,
  tests: (system: () => System, stores: Stores) => void,
): void {
  const usable = (options.orders ?? 1) > 1 ? storesHere.slice(1) : storesHere;
  for (const stores of usable) onStores(name, { ...options, stores }, tests);
}

/** The same on one kind of stores, for what depends on none. */
export function onStores(
  name: string,
  options: SystemOptions,
  tests: (system: () => System, stores: Stores) => void,
): void {
  describe(`${name}, on ${options.stores}`, () => {
    let system: System;
    before(async () => {
      system = await System.start(options);
    });
    afterEach((test) => {
      const { error } = test as { error?: unknown };
      if (error && system) process.stderr.write(`${system.lastWords()}\n`);
    });
    after(() => system?.stop());
    tests(() => system, options.stores);
  });
}
