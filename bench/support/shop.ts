import { randomBytes } from 'node:crypto';
import type { Child } from '../../test/support/child';
import type { Ask } from '../../test/support/http';
import type { Mariadb } from '../../test/support/mariadb';
import { freePort, freePorts } from '../../test/support/ports';
import { type App, ServiceProcess } from '../../test/support/processes';
import { TcpProxy } from '../../test/support/tcp-proxy';
import { secondsFromNow, token } from '../../test/support/token';
import { startProcess } from './load';
import type { Stores } from './stores';
import { merchant, type Wechat } from './wechat';

export const authSecret = randomBytes(32).toString('hex');

/** A request of somebody who is signed in for an hour. */
export const signedIn = (sub: string, roles: readonly string[] = []): Ask => {
  const bearer = token({ sub, roles, exp: secondsFromNow(3_600) }, authSecret);
  return { headers: { authorization: `Bearer ${bearer}` } };
};

export interface ShopOptions extends Stores {
  readonly wechat: Wechat;
  /** How WeChat is spoken with (v2). */
  readonly dialect?: 'v2' | 'v3';
  /** How many gateways and order services (1 of each); the gateways share the latter out. */
  readonly each?: number;
  /** Every call between the services goes through a proxy that can be listened at. */
  readonly proxied?: true;
  /** Variables that differ from the bench's own. */
  readonly env?: Partial<Readonly<Record<App, Readonly<Record<string, string>>>>>;
}

interface Services {
  readonly pay: ServiceProcess;
  readonly orders: readonly ServiceProcess[];
  readonly gateways: readonly ServiceProcess[];
}

/** Saoma as it is built, each service a process, on a database of its own. */
export class Shop {
  readonly proxies: TcpProxy[] = [];

  private constructor(
    readonly urls: readonly string[],
    readonly database: string,
    readonly processes: Services,
  ) {}

  static async start(options: ShopOptions): Promise<Shop> {
    const { mariadb, redis, wechat, env = {}, each = 1 } = options;
    const gatewayPorts = await freePorts(each);
    const orderPorts = await freePorts(each);
    const payPort = await freePort();
    const urls = gatewayPorts.map((port) => `http://127.0.0.1:${port}`);
    const proxies: TcpProxy[] = [];
    const reach = async (target = 0) => {
      if (!options.proxied) return `tcp://127.0.0.1:${target}`;
      const proxy = await TcpProxy.start(target);
      proxies.push(proxy);
      return `tcp://127.0.0.1:${proxy.port}`;
    };
    const database = await mariadb.newDatabase();
    const pay = new ServiceProcess('pay-service', {
      PAY_RPC_LISTEN: `tcp://127.0.0.1:${payPort}`,
      WECHAT_API_URL: wechat.url,
      WECHAT_NOTIFY_URL: `${urls[0]}/pay/notify`,
      ...merchant,
      ...(options.dialect === 'v3' && wechat.v3),
      ...env['pay-service'],
    });
    const orders: ServiceProcess[] = [];
    const gateways: ServiceProcess[] = [];
    for (const [index, port] of gatewayPorts.entries()) {
      const order = new ServiceProcess('order-service', {
        ORDER_RPC_LISTEN: `tcp://127.0.0.1:${orderPorts[index]}`,
        PAY_RPC: await reach(payPort),
        DATABASE_URL: `mariadb://shop@127.0.0.1:${mariadb.port}/${database}`,
        REDIS_URL: redis.url,
        REDIS_PREFIX: `${database}:`,
        DEMO: 'true',
        ...env['order-service'],
      });
      orders.push(order);
      const gateway = new ServiceProcess('cart-gateway', {
        PORT: String(port),
        ORDER_RPC: await reach(orderPorts[index]),
        PAY_RPC: await reach(payPort),
        AUTH_JWT_SECRET: authSecret,
        DEMO: 'true',
        ...env['cart-gateway'],
      });
      gateways.push(gateway);
    }
    const shop = new Shop(urls, database, { pay, orders, gateways });
    shop.proxies.push(...proxies);
    await shop.startServices();
    return shop;
  }

  /** The address of the first gateway. */
  get url(): string {
    return this.urls[0] ?? '';
  }

  get services(): readonly ServiceProcess[] {
    const { gateways, orders, pay } = this.processes;
    return [...gateways, ...orders, pay];
  }

  /** The process of the first of these. */
  pid(app: App): number {
    return this.services.find((service) => service.app === app)?.pid ?? 0;
  }

  /** Does the work while no service runs: none waits for the locks that it takes. */
  async whileStopped(work: () => Promise<void>): Promise<void> {
    await this.stopServices();
    await work();
    await this.startServices();
  }

  async stop(): Promise<void> {
    await this.stopServices();
    await Promise.all(this.proxies.map((proxy) => proxy.stop()));
  }

  private async startServices(): Promise<void> {
    await Promise.all(this.services.map((service) => service.start()));
  }

  private async stopServices(): Promise<void> {
    await Promise.all(this.services.map((service) => service.stop()));
  }
}

/** The same in one process, without all that makes it safe. Its tables are those of a shop. */
export class Bare {
  private constructor(
    readonly url: string,
    readonly database: string,
    readonly process: Child,
  ) {}

  static async start({ mariadb, redis, wechat }: ShopOptions, like: Shop): Promise<Bare> {
    const database = await mariadb.newDatabase();
    await copyTables(mariadb, like.database, database);
    const PORT = String(await freePort());
    const env = {
      PORT,
      DATABASE_URL: `mysql://shop@127.0.0.1:${mariadb.port}/${database}`,
      REDIS_URL: redis.url,
      WECHAT_API_URL: wechat.url,
      NOTIFY_URL: `http://127.0.0.1:${PORT}/pay/notify`,
      ...merchant,
    };
    const child = await startProcess({ name: 'bare', env });
    return new Bare(`http://127.0.0.1:${PORT}`, database, child);
  }

  get urls(): readonly string[] {
    return [this.url];
  }

  async stop(): Promise<void> {
    await this.process.end('SIGTERM');
  }
}

async function copyTables(mariadb: Mariadb, from: string, to: string): Promise<void> {
  for (const table of ['tb_item', 'tb_order', 'tb_order_item', 'tb_paylog']) {
    await mariadb.query(`CREATE TABLE ${to}.${table} LIKE ${from}.${table}`);
  }
  await mariadb.query(`INSERT INTO ${to}.tb_item SELECT * FROM ${from}.tb_item`);
}
