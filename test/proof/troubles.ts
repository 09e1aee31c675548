import assert from 'node:assert/strict';
import type { Connection } from 'mysql2/promise';
import { demoteDatabase, demoteRedis, promoteDatabase, promoteRedis } from '../support/failover';
import type { Link } from '../support/links';
import { hasFaketime } from '../support/machine';
import type { App } from '../support/processes';
import type { System } from '../support/system';
import { until } from '../support/until';

/** What befalls a neighbour or the clock, and passes. */
export interface Trouble {
  /** Begins it. What it gives ends it: from then on new connections lead to one that is well. */
  befall(system: System): Promise<() => unknown>;
  /** What `/health/ready` says meanwhile; nothing if it heals by itself, or money moves. */
  readonly ready?: RegExp;
  /** Which service's log says why. */
  readonly log?: { readonly app: App; readonly line: RegExp };
  /** Money moves while it lasts. */
  readonly moves?: true;
}

const hourMs = 3_600_000;
/** No server can be told to take fewer. */
const connectionsMin = 10;
/** What the tests' servers take (test/support/mariadb.ts). */
const connectionsMax = 500;

type Told = Pick<Trouble, 'ready' | 'log' | 'moves'>;

/** Nothing passes, on old connections or new ones; what was sent meanwhile arrives afterwards. */
const freezes = (link: Link, told: Told): Trouble => ({
  ...told,
  async befall(system) {
    system.link(link).freeze();
    return () => system.link(link).heal();
  },
});

/** The connections that are there lead nowhere, and nobody is told; new ones pass. */
const goesSilent = (link: Link): Trouble => ({
  async befall(system) {
    system.link(link).silence();
    return () => undefined;
  },
});

/** The clock runs ahead for a while (below zero: behind), then it is set right. */
const isAhead = (aheadMs: number, ready?: RegExp): Trouble => ({
  async befall({ clock }) {
    clock?.set(aheadMs);
    return () => clock?.set(0);
  },
  log: { app: 'order-service', line: /the clock was set by/ },
  moves: true,
  ...(ready && { ready }),
});

const orderSilent = {
  ready: /order: the order service does not answer/,
  log: { app: 'cart-gateway', line: /the order service does not answer/ },
} as const;
const paySilent = {
  ready: /pay: the pay service does not answer/,
  log: { app: 'cart-gateway', line: /the pay service does not answer/ },
} as const;
const payUnheard = {
  ready: /order > pay: the pay service does not answer/,
  log: { app: 'order-service', line: /the pay service does not answer/ },
} as const;
const database = (words: string) => ({
  ready: new RegExp(`order > database: the database ${words}`),
  log: { app: 'order-service' as const, line: new RegExp(`the database ${words}`) },
});
const redis = (words: string) => ({
  ready: new RegExp(`order > redis: Redis ${words}`),
  log: { app: 'order-service' as const, line: new RegExp(`Redis ${words}`) },
});

/** Their end is the step that hurts. */
export const clockSteps: Readonly<Record<string, Trouble>> = !hasFaketime
  ? {}
  : {
      'a clock that ran in local time is set back by 8 hours': isAhead(
        8 * hourMs,
        /order > clock: .* 28800 s ahead of the database's/,
      ),
      'the clock is set back by 120 s': isAhead(120_000, /order > clock: .* 120 s ahead/),
      'the clock is set back by 3 s': isAhead(3_000),
      'the clock is set forward by 120 s': isAhead(-120_000, /order > clock: .* 120 s behind/),
    };

/** Everything that can befall a system whose services all live on. */
export const troubles: Readonly<Record<string, Trouble>> = {
  'gateway>order freezes': freezes('gateway>order', orderSilent),
  'gateway>order goes silent': goesSilent('gateway>order'),
  'gateway>pay freezes': freezes('gateway>pay', paySilent),
  'gateway>pay goes silent': goesSilent('gateway>pay'),
  'order>pay freezes': freezes('order>pay', payUnheard),
  'order>pay goes silent': goesSilent('order>pay'),
  'order>database freezes': freezes('order>database', database('does not answer')),
  'order>database goes silent': goesSilent('order>database'),
  'order>redis freezes': freezes('order>redis', redis('does not answer')),
  'order>redis goes silent': goesSilent('order>redis'),
  'pay>wechat freezes': freezes('pay>wechat', {
    log: { app: 'pay-service', line: /no certain answer from WeChat/ },
  }),
  'pay>wechat goes silent': goesSilent('pay>wechat'),
  'wechat>gateway freezes': freezes('wechat>gateway', { moves: true }),
  'wechat>gateway goes silent': goesSilent('wechat>gateway'),
  'order>shop freezes': freezes('order>shop', { moves: true }),
  'order>shop goes silent': goesSilent('order>shop'),
  'the database takes no writes': {
    ...database('takes no writes'),
    async befall(system) {
      const { mariadb } = system;
      await demoteDatabase(system);
      return () => mariadb?.query('SET GLOBAL read_only = 0');
    },
  },
  'another database takes over': {
    ...database('takes no writes'),
    async befall(system) {
      await demoteDatabase(system);
      return () => promoteDatabase(system);
    },
  },
  'the database is crowded': { ...database('has no connection left'), befall: crowd },
  'another Redis takes over': {
    ...redis('takes no writes'),
    async befall(system) {
      await demoteRedis(system);
      return () => promoteRedis(system);
    },
  },
  'Redis is full': {
    ...redis('is full'),
    async befall(system) {
      const limit = (bytes: string) =>
        system.redis?.use((client) => client.config('SET', 'maxmemory', bytes));
      await limit('1');
      return () => limit('0');
    },
  },
  ...clockSteps,
};

/** Strangers take every connection that the server has, those of the services too. */
async function crowd({ mariadb }: System) {
  assert.ok(mariadb);
  // Stays, and is one of them: a later one may find the place taken that is kept for such.
  const administrator = await mariadb.connect('root');
  await administrator.query(`CREATE USER IF NOT EXISTS stranger@'%'`);
  await administrator.query(`SET GLOBAL max_connections = ${connectionsMin}`);
  const all: Connection[] = [administrator];
  await until('strangers to have all', async () => {
    // Those of ways that went silent never end by themselves, and services come again at once.
    await administrator.query('KILL CONNECTION USER shop');
    all.push(await mariadb.connect('stranger'));
    return all.length === connectionsMin;
  });
  return async () => {
    await administrator.query(`SET GLOBAL max_connections = ${connectionsMax}`);
    for (const each of all) each.destroy();
  };
}
