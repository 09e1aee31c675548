import type { Child } from '../../test/support/child';
import { RpcCalls } from '../../test/support/rpc-calls';
import { type Asked, StatementLog } from '../../test/support/statement-log';
import { Counters, type Work } from '../support/counters';
import { cpuMs, median } from '../support/counts';
import { type CheckoutsDone, type CheckoutTask, have, startProcess } from '../support/load';
import type { Report } from '../support/report';
import { authSecret, Bare, Shop } from '../support/shop';
import { type Stores, withStores } from '../support/stores';
import { Wechat } from '../support/wechat';

const rounds = 3;
const clientCounts = [1, 8, 32];
const measureMs = 4_000;
/** So long does the compiler go on making it faster. */
const warmUp = { clients: 32, ms: 15_000 };
const idleMs = 2_000;
const countedCheckouts = 30;
const why =
  'a profile of 2026-11-26 at 8 clients shows the time in system calls: of the order service ' +
  '33 % writes to MariaDB, Redis and its neighbours, and 28 % the event loop that reads what ' +
  'they send; of the gateway 13 and 36 %, of the pay service 18 and 49 %; no package has more ' +
  'than 5 %. Three processes write and read what one has at hand, and there are more statements';

/** Who serves the checkouts, and the processes whose time is counted. */
interface Side {
  readonly name: string;
  readonly url: string;
  readonly pids: Readonly<Record<string, number>>;
}

/** What one checkout cost on average, in one measurement. */
interface Cost {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly failures: number;
  readonly statements: number;
  readonly commits: number;
  /** CPU milliseconds by process. */
  readonly cpu: Readonly<Record<string, number>>;
}

/** A paid checkout: three lines from two sellers, order, code, notice, paid. */
export function checkout(): Promise<Report> {
  return withStores(async (stores) => {
    const wechat = await Wechat.start();
    const client = await startProcess({ name: 'client' });
    const counters = await Counters.open(stores.mariadb);
    const shop = await Shop.start({ ...stores, wechat });
    const bare = await Bare.start({ ...stores, wechat }, shop);
    const bench = new CheckoutBench({ stores, wechat, client, counters });
    const costs = await bench.compare(sideOf('Saoma', shop), {
      name: 'bare process',
      url: bare.url,
      pids: { bare: bare.process.pid ?? 0 },
    });
    await Promise.all([shop.stop(), bare.stop()]);
    const calls = await bench.countCalls();
    await counters.close();
    await Promise.all([wechat.stop(), client.end('SIGTERM')]);
    return reportOf(costs, calls);
  });
}

function sideOf(name: string, shop: Shop): Side {
  const pids = {
    gateway: shop.pid('cart-gateway'),
    order: shop.pid('order-service'),
    pay: shop.pid('pay-service'),
  };
  return { name, url: shop.url, pids };
}

interface Tools {
  readonly stores: Stores;
  readonly wechat: Wechat;
  readonly client: Child;
  readonly counters: Counters;
}

/** The costs of each side, by how many clients there were: one for each round. */
type Costs = Map<string, Map<number, Cost[]>>;

/** What one checkout asks others for. */
interface Calls extends Asked {
  /** RPC calls of one checkout, by method. */
  readonly rpc: Readonly<Record<string, number>>;
  readonly wechat: number;
}

class CheckoutBench {
  /** What services do in a second while nobody asks anything. */
  private idle: Work = { statements: 0, commits: 0 };

  constructor(private readonly tools: Tools) {}

  /** One after the other, again and again, so that what the machine does befalls both. */
  async compare(...sides: Side[]): Promise<Costs> {
    for (const side of sides) await this.run(side, warmUp);
    this.idle = await this.idleWork();
    const costs: Costs = new Map(sides.map(({ name }) => [name, new Map()]));
    for (let round = 0; round < rounds; round += 1) {
      for (const clients of clientCounts) {
        for (const side of sides) {
          const cost = await this.measure(side, clients);
          const known = costs.get(side.name)?.get(clients) ?? [];
          costs.get(side.name)?.set(clients, [...known, cost]);
        }
      }
    }
    return costs;
  }

  /** What one checkout asks for, counted apart from what is timed: proxies would cost time. */
  async countCalls(): Promise<Calls> {
    const { stores, wechat } = this.tools;
    const shop = await Shop.start({ ...stores, wechat, proxied: true });
    const calls = new RpcCalls(shop.proxies);
    await this.run({ url: shop.url }, { clients: 1, countMax: 1 });
    calls.restart();
    const before = sum(await wechat.calls());
    const log = await StatementLog.open(stores.mariadb);
    const each: Asked[] = [];
    for (let count = 0; count < countedCheckouts; count += 1) {
      await log.restart();
      await this.run({ url: shop.url }, { clients: 1, countMax: 1 });
      each.push(await log.read());
    }
    await log.close();
    await shop.stop();
    return {
      statements: median(each.map(({ statements }) => statements)),
      commits: median(each.map(({ commits }) => commits)),
      rpc: mapped(ofCheckouts(calls.byMethod), (count) => count / countedCheckouts),
      wechat: (sum(await wechat.calls()) - before) / countedCheckouts,
    };
  }

  private run({ url }: Pick<Side, 'url'>, task: Partial<CheckoutTask>): Promise<CheckoutsDone> {
    const { client, wechat } = this.tools;
    const all = { ms: 60_000, countMax: 1_000_000, wechat: wechat.url, secret: authSecret };
    return have<CheckoutsDone>(client, { ...all, url, ...task });
  }

  private async measure(side: Side, clients: number): Promise<Cost> {
    const { stores, wechat, client, counters } = this.tools;
    const others = {
      MariaDB: stores.mariadb.pid ?? 0,
      Redis: stores.redis.pid ?? 0,
      WeChat: wechat.process.pid ?? 0,
      client: client.pid ?? 0,
    };
    const pids: Record<string, number> = { ...side.pids, ...others };
    const before = { work: await counters.read(), cpu: mapped(pids, cpuMs) };
    const { latenciesMs, failures, ms } = await this.run(side, { clients, ms: measureMs });
    const after = { work: await counters.read(), cpu: mapped(pids, cpuMs) };
    const count = latenciesMs.length;
    const work = counters.between(before.work, after.work);
    const cpu = Object.entries(after.cpu).map(([name, used]) => {
      return [name, (used - (before.cpu[name] ?? 0)) / count];
    });
    return {
      perSecond: (count * 1_000) / ms,
      p50Ms: median(latenciesMs),
      failures,
      statements: (work.statements - (this.idle.statements * ms) / 1_000) / count,
      commits: (work.commits - (this.idle.commits * ms) / 1_000) / count,
      cpu: Object.fromEntries(cpu),
    };
  }

  private async idleWork(): Promise<Work> {
    const { counters } = this.tools;
    const before = await counters.read();
    await new Promise((resolve) => setTimeout(resolve, idleMs));
    const work = counters.between(before, await counters.read());
    return mapped({ ...work }, (count) => (count * 1_000) / idleMs);
  }
}

function mapped<Name extends string>(
  of: Readonly<Record<Name, number>>,
  map: (value: number) => number,
): Record<Name, number> {
  const entries = Object.entries<number>(of).map(([name, value]) => [name, map(value)]);
  return Object.fromEntries(entries) as Record<Name, number>;
}

/** Without the one stream of each gateway, which is begun anew now and then. */
function ofCheckouts({
  'order.watchSettled': _stream,
  ...calls
}: Readonly<Record<string, number>>) {
  return calls;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

const others = ['MariaDB', 'Redis', 'WeChat', 'client'];
/** Milliseconds of the processes that serve: not of the stores, nor of who asks. */
function serving({ cpu }: Cost): number {
  return sum(Object.fromEntries(Object.entries(cpu).filter(([name]) => !others.includes(name))));
}

function reportOf(costs: Costs, calls: Calls): Report {
  const middle = (side: string, clients: number, read: (cost: Cost) => number) =>
    median((costs.get(side)?.get(clients) ?? []).map(read));
  const ratio = (clients: number, read: (cost: Cost) => number) =>
    median(
      (costs.get('Saoma')?.get(clients) ?? []).map((cost, round) => {
        const bare = costs.get('bare process')?.get(clients)?.[round];
        return read(cost) / (bare ? read(bare) : Number.NaN);
      }),
    );
  const rows = [...costs.keys()].flatMap((side) =>
    clientCounts.map((clients) => ({
      side,
      clients,
      'checkouts/s': middle(side, clients, ({ perSecond }) => perSecond),
      'p50 ms': middle(side, clients, ({ p50Ms }) => p50Ms),
      failed: middle(side, clients, ({ failures }) => failures),
      statements: middle(side, clients, ({ statements }) => statements),
      commits: middle(side, clients, ({ commits }) => commits),
      'CPU ms': middle(side, clients, serving),
      ...Object.fromEntries(
        ['gateway', 'order', 'pay', ...others].map((name) => [
          name,
          middle(side, clients, ({ cpu }) => cpu[name] ?? Number.NaN),
        ]),
      ),
    })),
  );
  const most = clientCounts.at(-1) ?? 0;
  const cartCalls = calls.rpc['order.putCartItem'] ?? 0;
  const methods = Object.entries(calls.rpc).map(([name, count]) => `${name} ${count}`);
  return {
    rows,
    claims: [
      { what: 'statements of a checkout', value: calls.statements, limit: 20 },
      { what: 'commits', value: calls.commits, limit: 4 },
      { what: 'RPC calls, from the order on', value: sum(calls.rpc) - cartCalls, limit: 8 },
      {
        what: 'RPC calls, with the cart of three lines',
        value: sum(calls.rpc),
        limit: 8,
        why: 'each line is put into the cart by a request of its own, which is one call',
      },
      { what: 'WeChat calls', value: calls.wechat, limit: 1 },
      { what: `CPU, of the bare process at ${most}`, value: ratio(most, serving), limit: 4, why },
      {
        what: `rate, of the bare process at ${most}`,
        value: ratio(most, ({ perSecond }) => perSecond),
        limit: 0.4,
        least: true,
        why,
      },
      {
        what: 'latency, of the bare process at 1',
        value: ratio(1, ({ p50Ms }) => p50Ms),
        limit: 3,
        why,
      },
    ],
    notes: [
      'CPU is in milliseconds of one checkout; commits are transactions that wrote, as InnoDB ' +
        'counts them.',
      `RPC calls of a checkout: ${methods.join(', ')}; the gateway's one stream of what is ` +
        'settled is not counted.',
      'Statements and commits of the promises are those of single checkouts; in the table, what ' +
        'the services do while nobody asks was counted before and is taken off.',
    ],
  };
}
