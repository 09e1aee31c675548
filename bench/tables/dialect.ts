import type { DialectDone, DialectTask } from '../processes/dialect';
import { cpuMs, median } from '../support/counts';
import { type CheckoutsDone, have, startProcess } from '../support/load';
import { type HeldUp, LoopWatch } from '../support/loop-watch';
import type { Report } from '../support/report';
import { authSecret, Shop } from '../support/shop';
import { type Stores, withStores } from '../support/stores';
import { Wechat } from '../support/wechat';

const rounds = 5;
const calls = 1_000;
const warmUpCalls = 2_000;
const load = { clients: 32, ms: 4_000, countMax: 1_000_000, secret: authSecret };
const loadRounds = 3;
const dialects = ['v2', 'v3'] as const;
type Dialect = (typeof dialects)[number];

const tasks = [
  { dialect: 'v2', who: 'ours' },
  { dialect: 'v2', who: 'plugin' },
  { dialect: 'v3', who: 'ours' },
  { dialect: 'v3', who: 'plugin' },
  { dialect: 'v3', who: 'signature' },
] as const;

const why = {
  v2:
    'a profile of 2026-11-26 shows 45 % of our call in xml-js and its parser sax, 14 % in the ' +
    'garbage of that, 9 % in the two digests and the nonce; the checks of what was read have 5 %',
  v3:
    'the RSA signature alone, which both have, is more than half of what the plugin needs for ' +
    'all of its call',
  loop:
    'a trace of the garbage collector of 2026-11-26 shows its rounds of 8 to 23 ms at these ' +
    'moments, the young generation first: its threads wait for the two cores that seven ' +
    'processes share',
};

/** What WeChat's dialects cost: a call beside another client's, and a checkout in each. */
export function dialect(): Promise<Report> {
  return withStores(async (stores) => {
    const wechat = await Wechat.start();
    const us = await callCosts(wechat);
    const found = await checkoutCosts(stores, wechat);
    await wechat.stop();
    return reportOf(us, found);
  });
}

const nameOf = ({ dialect: spoken, who }: Omit<DialectTask, 'calls'>) => `${spoken} ${who}`;

/** Microseconds of CPU for each call: one for each round. */
async function callCosts(wechat: Wechat): Promise<Map<string, number[]>> {
  const process = await startProcess({ name: 'dialect', env: wechat.bothSides });
  const found = new Map<string, number[]>(tasks.map((task) => [nameOf(task), []]));
  for (const task of tasks) await have<DialectDone>(process, { ...task, calls: warmUpCalls });
  for (let round = 0; round < rounds; round += 1) {
    for (const task of tasks) {
      const { us } = await have<DialectDone>(process, { ...task, calls });
      found.get(nameOf(task))?.push(us);
    }
  }
  await process.end('SIGTERM');
  return found;
}

interface Served {
  /** CPU milliseconds of the pay service for each checkout. */
  readonly payMs: number;
  readonly heldUp: Readonly<Record<string, HeldUp>>;
}

async function checkoutCosts(stores: Stores, wechat: Wechat): Promise<Map<Dialect, Served[]>> {
  const client = await startProcess({ name: 'client' });
  const watch = new LoopWatch();
  const shops = new Map<Dialect, Shop>();
  for (const spoken of dialects) {
    const env = Object.fromEntries(
      ['pay-service', 'order-service', 'cart-gateway'].map((app) => [
        app,
        watch.env(`${spoken}-${app}`),
      ]),
    );
    shops.set(spoken, await Shop.start({ ...stores, wechat, dialect: spoken, env }));
  }
  const found = new Map<Dialect, Served[]>(dialects.map((spoken) => [spoken, []]));
  for (let round = -1; round < loadRounds; round += 1) {
    for (const [spoken, shop] of shops) {
      const ask = () => askLoops(watch, spoken, shop);
      await ask();
      const before = cpuMs(shop.pid('pay-service'));
      const task = { ...load, url: shop.url, wechat: wechat.url };
      const { latenciesMs } = await have<CheckoutsDone>(client, task);
      const payMs = (cpuMs(shop.pid('pay-service')) - before) / latenciesMs.length;
      // The first round warms up.
      if (round >= 0) found.get(spoken)?.push({ payMs, heldUp: await ask() });
    }
  }
  await Promise.all([...shops.values()].map((shop) => shop.stop()));
  await client.end('SIGTERM');
  return found;
}

async function askLoops(watch: LoopWatch, spoken: Dialect, { services }: Shop) {
  const heldUp: Record<string, HeldUp> = {};
  for (const { app, pid } of services) {
    heldUp[app] = await watch.read(`${spoken}-${app}`, pid ?? 0);
  }
  return heldUp;
}

function reportOf(us: Map<string, number[]>, found: Map<Dialect, Served[]>): Report {
  const cost = (name: string) => median(us.get(name) ?? []);
  const ratio = (spoken: Dialect) =>
    median(
      (us.get(`${spoken} ours`) ?? []).map((ours, round) => {
        return ours / (us.get(`${spoken} plugin`)?.[round] ?? Number.NaN);
      }),
    );
  const pay = (spoken: Dialect) => median((found.get(spoken) ?? []).map(({ payMs }) => payMs));
  const heldUp = (app: string, key: keyof HeldUp) =>
    Math.max(
      ...[...found.values()].flat().map((served) => served.heldUp[app]?.[key] ?? Number.NaN),
    );
  const apps = ['cart-gateway', 'order-service', 'pay-service'];
  const signature = cost('v3 signature');
  return {
    rows: dialects.map((spoken) => ({
      dialect: spoken,
      'our call, µs of CPU': cost(`${spoken} ours`),
      "the plugin's": cost(`${spoken} plugin`),
      'the RSA signature alone': spoken === 'v3' ? signature : '-',
      'pay service for a checkout, ms': pay(spoken),
    })),
    claims: [
      { what: "v2: CPU of a call, of the plugin's", value: ratio('v2'), limit: 0.5, why: why.v2 },
      { what: "v3: CPU of a call, of the plugin's", value: ratio('v3'), limit: 0.5, why: why.v3 },
      {
        what: 'pay service for a checkout, v3 of v2',
        value: pay('v3') / pay('v2'),
        limit: 2,
      },
      ...apps.map((app) => ({
        what: `${app}: event loop held up by its own work`,
        value: heldUp(app, 'longestOwnMs'),
        limit: 20,
        unit: ' ms',
        why: why.loop,
      })),
    ],
    notes: [
      'A call is createNative without the network: build, sign, verify, read. The plugin is ' +
        'wechatpay-axios-plugin with an answer in the place of its network; both have the same ' +
        'key objects.',
      `Every call of v3 has one RSA signature, ${Math.round(signature)} µs, which nobody can save.`,
      `Held up by whatever, other processes on the cores too: ${apps
        .map((app) => `${app} ${Math.round(heldUp(app, 'longestMs'))} ms`)
        .join(', ')}; ${load.clients} clients.`,
    ],
  };
}
