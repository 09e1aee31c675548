import type { Child } from '../../test/support/child';
import { type Ask, ask, expected } from '../../test/support/http';
import type { Mariadb } from '../../test/support/mariadb';
import { secondsFromNow, token } from '../../test/support/token';
import { median } from '../support/counts';
import { type Fill, fill, numberOf } from '../support/fill';
import { type CheckoutsDone, have, startProcess } from '../support/load';
import { RawHttp } from '../support/raw-http';
import type { Report } from '../support/report';
import { authSecret, Shop } from '../support/shop';
import { withStores } from '../support/stores';
import { Wechat } from '../support/wechat';

const sizes = { few: 5_000, many: 5_000_000 } as const;
type Size = keyof typeof sizes;
const paymentsPerUser = 50;
const paid = { prefix: '1000', ordersEach: 1, state: '1' } as const;
const rounds = 3;
const repeats = 40;
const unpaid = { prefix: '7005', count: 400, ordersEach: 1, state: '0', users: 10 } as const;
/** What is not on the disk yet would be written while somebody measures. */
const writtenOut = ['FLUSH TABLES tb_paylog, tb_order, tb_order_item FOR EXPORT', 'UNLOCK TABLES'];
/** All rows are in memory, as a shop of that size would have it. */
const large = ['--innodb-buffer-pool-size=8G'];

interface Side {
  readonly shop: Shop;
  readonly operator: Ask;
  readonly shopper: Ask;
  settled: number;
}

type Operation = (side: Side) => Promise<number[]>;
interface Tools {
  readonly mariadb: Mariadb;
  readonly wechat: Wechat;
  readonly client: Child;
}

/** The same work beside few payments and beside very many. */
export function growth(): Promise<Report> {
  return withStores(async (stores) => {
    const wechat = await Wechat.start();
    const client = await startProcess({ name: 'client' });
    const { mariadb } = stores;
    const sides = new Map<Size, Side>();
    const startedMs = performance.now();
    for (const size of Object.keys(sizes) as Size[]) {
      sides.set(
        size,
        await filledShop(sizes[size], await Shop.start({ ...stores, wechat }), mariadb),
      );
    }
    const fillSeconds = Math.round((performance.now() - startedMs) / 1_000);
    const operations = operationsOf({ mariadb, wechat, client });
    const found = new Map<string, Record<Size, number>[]>();
    for (let round = -1; round < rounds; round += 1) {
      for (const [name, operation] of Object.entries(operations)) {
        const p50 = { few: Number.NaN, many: Number.NaN };
        for (const [size, side] of sides) p50[size] = median(await operation(side));
        // The first round warms up.
        if (round >= 0) found.set(name, [...(found.get(name) ?? []), p50]);
      }
    }
    await Promise.all([...sides.values()].map(({ shop }) => shop.stop()));
    await Promise.all([wechat.stop(), client.end('SIGTERM')]);
    return reportOf(found, fillSeconds);
  }, large);
}

async function filledShop(count: number, shop: Shop, mariadb: Mariadb): Promise<Side> {
  const users = count / paymentsPerUser;
  const rows: Fill = { ...paid, count, users };
  await shop.whileStopped(async () => {
    await fill(mariadb, shop.database, rows);
    await fill(mariadb, shop.database, unpaid);
    await mariadb.run(writtenOut, { database: shop.database });
  });
  const as = (sub: string, roles: string[]): Ask => {
    const bearer = token({ sub, roles, exp: secondsFromNow(3_600) }, authSecret);
    return { headers: { authorization: `Bearer ${bearer}` } };
  };
  return { shop, operator: as('operator', ['operator']), shopper: as('filled-7', []), settled: 0 };
}

function operationsOf({ mariadb, wechat, client }: Tools): Record<string, Operation> {
  const get =
    (who: 'operator' | 'shopper', query: string, path = '/api/payments'): Operation =>
    ({ shop, ...as }) =>
      repeated(async () => {
        expected(200, await ask('GET', `${shop.url}${path}${query}`, as[who]));
      });
  const number = numberOf(paid, 7);
  return {
    checkout: async ({ shop }) => {
      const task = { url: shop.url, wechat: wechat.url, secret: authSecret, ms: 60_000 };
      const more = { clients: 1, countMax: repeats };
      return [...(await have<CheckoutsDone>(client, { ...task, ...more })).latenciesMs];
    },
    settlement: (side) => settlement(side, wechat),
    'watcher tick': ({ shop }) => tick(mariadb, shop.database),
    'GET /api/payments': get('shopper', ''),
    'operator: the newest': get('operator', '?limit=50'),
    'operator: all unpaid': get('operator', '?trade_state=NOTPAY&limit=50'),
    'operator: one day, long ago': get(
      'operator',
      '?from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z&limit=50',
    ),
    'operator: a number': get('operator', `?q=${number}`),
    'operator: a transaction number': get('operator', `?q=42${number}`),
    'operator: a user': get('operator', '?user_id=filled-7'),
    'operator: a phone': get('operator', '?q=%2B86%20138%200000%200007'),
    'operator: a phone, all closed': get('operator', '?q=13800000007&trade_state=CLOSED'),
    'operator: the newest orders': get('operator', '', '/api/orders'),
    "operator: a payment's orders": get('operator', `?out_trade_no=${number}`, '/api/orders'),
  };
}

/** Milliseconds of each of some repeats. */
async function repeated(work: (index: number) => Promise<unknown>): Promise<number[]> {
  const found: number[] = [];
  for (let index = 0; index < repeats; index += 1) {
    const startedMs = performance.now();
    await work(index);
    found.push(performance.now() - startedMs);
  }
  return found;
}

async function settlement(side: Side, wechat: Wechat): Promise<number[]> {
  const notify_url = `${side.shop.url}/pay/notify`;
  const first = side.settled;
  side.settled += repeats;
  for (let index = first; index < side.settled; index += 1) {
    const trade = { dialect: 'v2', total_fee: 1_000, notify_url } as const;
    await wechat.learn(numberOf(unpaid, index), trade);
  }
  const payer = new RawHttp(wechat.url);
  const found = await repeated(async (index) => {
    const path = `/bench/pay/${numberOf(unpaid, first + index)}`;
    const { status, text } = await payer.ask({ method: 'POST', path, body: '' });
    if (status !== 200) throw new Error(text);
  });
  payer.close();
  return found;
}

/** What the watcher asks at each beat, when nothing is due. */
async function tick(mariadb: Mariadb, database: string): Promise<number[]> {
  const sql = `SELECT * FROM tb_paylog WHERE trade_state IN ('0', '2')
    AND next_look_time <= UTC_TIMESTAMP(3) ORDER BY next_look_time LIMIT 20
    FOR UPDATE SKIP LOCKED`;
  return repeated(() => mariadb.query(sql, { database }));
}

function reportOf(found: ReadonlyMap<string, Record<Size, number>[]>, fillSeconds: number): Report {
  const rows = [...found].map(([operation, rounds]) => ({
    operation,
    '5,000: p50 ms': median(rounds.map(({ few }) => few)),
    '5,000,000: p50 ms': median(rounds.map(({ many }) => many)),
  }));
  const ratio = (rounds: Record<Size, number>[]) =>
    median(rounds.map(({ few, many }) => many / few));
  return {
    rows,
    claims: [...found].map(([operation, rounds]) => ({
      what: `${operation}, of that with 5,000`,
      value: ratio(rounds),
      limit: 1.2,
    })),
    notes: [
      `Filled by SQL in ${fillSeconds} s: each payment has an order with a line; all are paid, ` +
        `${unpaid.count} wait. The database has 8 GiB of memory.`,
    ],
  };
}
