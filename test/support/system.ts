import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe } from 'node:test';
import SqliteFile from 'libsql';
import { hasMariadb, hasRedis } from './machine';
import type { Mariadb } from './mariadb';
import { freePort } from './ports';
import { type App, ServiceProcess } from './processes';
import type { Redis } from './redis';
import { Sandbox } from './sandbox';
import { Shopper } from './shopper';
import { startServers, storeServers } from './store-servers';
import { TcpProxy } from './tcp-proxy';

/** Where the order service keeps its rows and what it shares. */
export type Stores = 'sqlite' | 'mariadb+redis';
const storesHere: readonly Stores[] =
  hasMariadb && hasRedis ? ['sqlite', 'mariadb+redis'] : ['sqlite'];

/** A connection that a test wants to make bad. Of several instances it is the first one's. */
export type Link =
  | 'gateway>order'
  | 'gateway>pay'
  | 'order>pay'
  | 'order>database'
  | 'order>redis'
  | 'pay>wechat'
  | 'wechat>gateway';

export interface SystemOptions {
  readonly stores: Stores;
  /** How many gateways (1). */
  readonly gateways?: number;
  /** How many order services (1); more than one need 'mariadb+redis'. Gateways share them out. */
  readonly orders?: number;
  readonly links?: readonly Link[];
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
  private readonly proxies = new Map<Link, TcpProxy>();
  private readonly folder = mkdtempSync(join(tmpdir(), 'saoma-system-'));
  private gatewayPorts: number[] = [];
  private database: string | undefined;

  private constructor(
    private readonly options: SystemOptions,
    private readonly sandboxPort: number,
  ) {
    this.sandbox = new Sandbox(`http://127.0.0.1:${sandboxPort}`, merchant);
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
    const proxy = this.proxies.get(link);
    if (!proxy) throw new Error(`the system was started without a proxy for ${link}`);
    return proxy;
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
      await Promise.all([...this.proxies.values()].map((proxy) => proxy.stop()));
      if (this.options.ownServers) await Promise.all([this.mariadb?.stop(), this.redis?.stop()]);
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

  /** A port through which `port` is reached: its own, or that of the proxy on this link. */
  private async via(link: Link, port: number): Promise<number> {
    if (!this.options.links?.includes(link)) return port;
    const proxy = await TcpProxy.start(port);
    this.proxies.set(link, proxy);
    return proxy.port;
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
    const orderProxy = await this.via('gateway>order', firstOrder);
    const payProxy = await this.via('gateway>pay', payPort);
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
    const noticePort = await this.via('wechat>gateway', first(this.gatewayPorts));
    const wechatPort = await this.via('pay>wechat', this.sandboxPort);
    this.pay = this.service('pay-service', {
      PAY_RPC_LISTEN: `tcp://127.0.0.1:${payPort}`,
      WECHAT_API_URL: `http://127.0.0.1:${wechatPort}`,
      WECHAT_NOTIFY_URL: `http://127.0.0.1:${noticePort}/pay/notify`,
      ...merchant,
    });
  }

  private async prepareOrders(ports: number[], payPort: number): Promise<void> {
    const stores = await this.storeVariables();
    const payProxy = await this.via('order>pay', payPort);
    for (const [index, port] of ports.entries()) {
      const env = {
        ORDER_RPC_LISTEN: `tcp://127.0.0.1:${port}`,
        PAY_RPC: `tcp://127.0.0.1:${index === 0 ? payProxy : payPort}`,
        ...(index === 0 ? stores.proxied : stores.direct),
        DEMO: 'true',
      };
      this.orders.push(this.service('order-service', env));
    }
  }

  private async storeVariables(): Promise<{ proxied: Environment; direct: Environment }> {
    const { mariadb, redis } = this;
    if (!mariadb || !redis) {
      const sqlite = { DATABASE_URL: `sqlite:${join(this.folder, 'saoma.sqlite')}` };
      return { proxied: sqlite, direct: sqlite };
    }
    const database = await mariadb.newDatabase();
    this.database = database;
    await redis.flush();
    const variables = (databasePort: number, redisPort: number) => ({
      DATABASE_URL: `mariadb://root@127.0.0.1:${databasePort}/${database}`,
      REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    });
    return {
      proxied: variables(
        await this.via('order>database', mariadb.port),
        await this.via('order>redis', redis.port),
      ),
      direct: variables(mariadb.port, redis.port),
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
