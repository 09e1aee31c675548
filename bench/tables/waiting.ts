import { setTimeout as pause } from 'node:timers/promises';
import { ask, expected } from '../../test/support/http';
import { secondsFromNow, token } from '../../test/support/token';
import { cpuMs, median, memoryKib } from '../support/counts';
import { Crowd, socketsMax } from '../support/crowd';
import { type Fill, fill, numberOf } from '../support/fill';
import type { Report } from '../support/report';
import { authSecret, Bare, Shop } from '../support/shop';
import { withStores } from '../support/stores';
import { Wechat } from '../support/wechat';

const wantedEach = 10_000;
const payments = 1_000;
/** So many of them have a code, so that WeChat is asked about them. */
const coded = 20;
const settleMs = 5_000;
const idleMs = 10_000;
const rounds = 3;
const queryEveryMs = 3_000;

interface Held {
  /** KiB for each waiter. */
  readonly kib: number;
  /** Percent of a core while nothing happens. */
  readonly idle: number;
  /** WeChat's answers about each payment that has a code. */
  readonly asked: number;
}

interface Side {
  readonly urls: readonly string[];
  readonly pid: number;
}

/** Payers who wait: what each costs in memory, and all of them while nothing happens. */
export function waiting(): Promise<Report> {
  return withStores(async (stores) => {
    const wechat = await Wechat.start();
    const crowds = [await Crowd.start(), await Crowd.start()] as const;
    const each = Math.min(wantedEach, Math.floor(socketsMax(2 * wantedEach) / 2));
    const found = { saoma: [] as Held[], bare: [] as Held[] };
    for (let round = 0; round < rounds; round += 1) {
      // Each begins anew: memory that was once taken is not given back.
      const shop = await Shop.start({ ...stores, wechat });
      const bare = await Bare.start({ ...stores, wechat }, shop);
      const rows: Fill = {
        prefix: '7003',
        count: payments,
        ordersEach: 1,
        state: '0',
        users: payments,
      };
      for (const { database } of [shop, bare]) await fill(stores.mariadb, database, rows);
      const numbers = Array.from({ length: payments }, (_, index) => numberOf(rows, index));
      await Promise.all(numbers.slice(0, coded).map((number, index) => code(shop, number, index)));
      const hold = (side: Side) => held(side, { crowds, each, numbers, wechat });
      found.saoma.push(await hold({ urls: shop.urls, pid: shop.pid('cart-gateway') }));
      found.bare.push(await hold({ urls: bare.urls, pid: bare.process.pid ?? 0 }));
      await Promise.all([shop.stop(), bare.stop()]);
    }
    await Promise.all([...crowds.map((crowd) => crowd.stop()), wechat.stop()]);
    return reportOf(found, each);
  });
}

async function code(shop: Shop, out_trade_no: string, index: number): Promise<void> {
  const bearer = token({ sub: `filled-${index}`, exp: secondsFromNow(600) }, authSecret);
  const headers = { authorization: `Bearer ${bearer}` };
  const url = `${shop.url}/pay/createNative?out_trade_no=${out_trade_no}`;
  expected(200, await ask('GET', url, { headers }));
}

interface Holding {
  readonly crowds: readonly [Crowd, Crowd];
  readonly each: number;
  readonly numbers: readonly string[];
  readonly wechat: Wechat;
}

async function held({ urls, pid }: Side, { crowds, each, numbers, wechat }: Holding) {
  const before = memoryKib(pid);
  const [events, polls] = crowds;
  await events.enter({ way: 'events', urls, count: each, numbers }, 'owners');
  await polls.enter({ way: 'poll', urls, count: each, numbers }, 'owners');
  await pause(settleMs);
  const kib = (memoryKib(pid) - before) / (2 * each);
  const askedBefore = await queries(wechat);
  const cpuBefore = cpuMs(pid);
  await pause(idleMs);
  const idle = ((cpuMs(pid) - cpuBefore) / idleMs) * 100;
  const asked = ((await queries(wechat)) - askedBefore) / coded;
  await Promise.all(crowds.map((crowd) => crowd.leave()));
  return { kib, idle, asked };
}

async function queries(wechat: Wechat): Promise<number> {
  return (await wechat.calls())['/pay/orderquery'] ?? 0;
}

function reportOf(found: { saoma: Held[]; bare: Held[] }, each: number): Report {
  const middle = (held: Held[], read: (one: Held) => number) => median(held.map(read));
  const ratios = found.saoma.map(({ kib }, round) => kib / (found.bare[round]?.kib ?? Number.NaN));
  const sides = { Saoma: found.saoma, 'bare node:http': found.bare };
  const few = `Only ${each} of each: one process may open no more files here (ulimit -n).`;
  return {
    rows: Object.entries(sides).map(([side, held]) => ({
      side,
      events: String(each),
      polls: String(each),
      'KiB each': middle(held, ({ kib }) => kib),
      'idle, % of a core': middle(held, ({ idle }) => idle),
    })),
    claims: [
      { what: 'memory, of bare node:http', value: median(ratios), limit: 1.4 },
      {
        what: 'idle CPU of the gateway, % of a core',
        value: middle(found.saoma, ({ idle }) => idle),
        limit: 1,
        why:
          'a line for each stream every 13 s is 770 writes in a second, and a profile of ' +
          '2026-11-26 shows nine tenths of the time in them; the bare server, with a line every ' +
          '10 s, has the same cost for each',
      },
      {
        what: `WeChat asked about an unpaid payment in ${idleMs / 1_000} s`,
        value: middle(found.saoma, ({ asked }) => asked),
        limit: idleMs / queryEveryMs + 1,
      },
    ],
    notes: [
      `${(2 * each) / payments} wait for each of ${payments} payments, ${coded} of which have a ` +
        'code. Each stream gets a line every 13 s, from the bare server every 10 s.',
      ...(each < wantedEach ? [few] : []),
    ],
  };
}
