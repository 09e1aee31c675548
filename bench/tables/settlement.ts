import { Counters } from '../support/counters';
import { median } from '../support/counts';
import { fill, numberOf } from '../support/fill';
import { RawHttp } from '../support/raw-http';
import type { Report } from '../support/report';
import { Shop } from '../support/shop';
import { withStores } from '../support/stores';
import { Wechat } from '../support/wechat';

const warmUps = 20;
const rounds = 30;
/** The payments of each kind: how many orders they are over. */
const kinds = [
  { prefix: '7001', ordersEach: 1 },
  { prefix: '7002', ordersEach: 1_000 },
] as const;

interface Settled {
  readonly ms: number;
  readonly statements: number;
  readonly commits: number;
}

/** One notice, from WeChat's first byte to its answer, of one order and of a thousand. */
export function settlement(): Promise<Report> {
  return withStores(async (stores) => {
    const wechat = await Wechat.start();
    const shop = await Shop.start({ ...stores, wechat });
    const counters = await Counters.open(stores.mariadb);
    const rows = { count: warmUps + rounds, users: 10, state: '0' as const };
    for (const kind of kinds) await fill(stores.mariadb, shop.database, { ...rows, ...kind });
    const payer = new RawHttp(wechat.url);
    const settle = async (kind: (typeof kinds)[number], index: number): Promise<Settled> => {
      const out_trade_no = numberOf(kind, index);
      const total_fee = kind.ordersEach * 1_000;
      const notify_url = `${shop.url}/pay/notify`;
      await wechat.learn(out_trade_no, { dialect: 'v2', total_fee, notify_url });
      const before = await counters.read();
      const startedMs = performance.now();
      const path = `/bench/pay/${out_trade_no}`;
      const { status, text } = await payer.ask({ method: 'POST', path, body: '' });
      const ms = performance.now() - startedMs;
      if (status !== 200) throw new Error(text);
      return { ms, ...counters.between(before, await counters.read()) };
    };
    const found = new Map<number, Settled[]>();
    for (let round = 0; round < warmUps + rounds; round += 1) {
      for (const kind of kinds) {
        const settled = await settle(kind, round);
        if (round < warmUps) continue;
        found.set(kind.ordersEach, [...(found.get(kind.ordersEach) ?? []), settled]);
      }
    }
    const [paid] = await stores.mariadb.query(
      `SELECT COUNT(*) AS n FROM tb_order WHERE status = '2'`,
      { database: shop.database },
    );
    const ordersPaid = Number(paid?.n);
    payer.close();
    await counters.close();
    await shop.stop();
    await wechat.stop();
    return reportOf(found, ordersPaid);
  });
}

function reportOf(found: ReadonlyMap<number, Settled[]>, ordersPaid: number): Report {
  const rows = [...found].map(([orders, settled]) => ({
    orders,
    'p50 ms': median(settled.map(({ ms }) => ms)),
    statements: median(settled.map(({ statements }) => statements)),
    commits: median(settled.map(({ commits }) => commits)),
  }));
  const [one, many] = rows;
  if (!one || !many) throw new Error('nothing was settled');
  const expected = kinds.reduce((sum, { ordersEach }) => sum + ordersEach, 0) * (warmUps + rounds);
  if (ordersPaid !== expected) throw new Error(`${ordersPaid} of ${expected} orders are paid`);
  return {
    rows,
    claims: [
      { what: 'statements, one order', value: one.statements, limit: 6 },
      { what: 'statements, 1,000 orders', value: many.statements, limit: 6 },
      { what: 'commits, 1,000 orders', value: many.commits, limit: 1 },
      {
        what: 'time of 1,000 orders, of that of one',
        value: many['p50 ms'] / one['p50 ms'],
        limit: 3,
      },
    ],
    notes: ['Nobody listens to messages: with a webhook each paid order is a row more to write.'],
  };
}
