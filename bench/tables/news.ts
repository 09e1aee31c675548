import type { Told } from '../processes/waiters';
import { median } from '../support/counts';
import { Crowd, socketsMax } from '../support/crowd';
import { type Fill, fill, numberOf } from '../support/fill';
import { RawHttp } from '../support/raw-http';
import type { Report } from '../support/report';
import { Bare, Shop } from '../support/shop';
import { withStores } from '../support/stores';
import { Wechat } from '../support/wechat';

const wanted = 10_000;
const payments = 100;
/** The first one warms up. */
const rounds = 4;

interface Side {
  readonly name: string;
  readonly urls: readonly string[];
  readonly database: string;
}

/** Milliseconds from the first notice. */
interface News {
  readonly first: number;
  readonly last: number;
}

/** Thousands wait for a hundred payments that are paid at once: when the last of them hears it. */
export function news(): Promise<Report> {
  return withStores(async (stores) => {
    const wechat = await Wechat.start();
    const crowd = await Crowd.start();
    const count = socketsMax(wanted);
    const one = await Shop.start({ ...stores, wechat });
    const two = await Shop.start({ ...stores, wechat, each: 2 });
    const bare = await Bare.start({ ...stores, wechat }, one);
    const sides: Side[] = [
      { name: 'Saoma', urls: one.urls, database: one.database },
      { name: 'Saoma, two of each', urls: two.urls, database: two.database },
      { name: 'bare node:http', urls: bare.urls, database: bare.database },
    ];
    const found = new Map<string, News[]>(sides.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const { name, urls, database } of sides) {
        const rows: Fill = {
          prefix: `80${10 + round}`,
          count: payments,
          ordersEach: 1,
          state: '0',
          users: payments,
        };
        await fill(stores.mariadb, database, rows);
        const numbers = Array.from({ length: payments }, (_, index) => numberOf(rows, index));
        const notify_url = `${urls[0]}/pay/notify`;
        const trade = { dialect: 'v2', total_fee: 1_000, notify_url } as const;
        for (const number of numbers) await wechat.learn(number, trade);
        await crowd.enter({ way: 'events', urls, count, numbers }, 'operators');
        const told = await settleAll(wechat, numbers, crowd);
        if (round > 0) found.get(name)?.push(told);
        await crowd.leave();
      }
    }
    await Promise.all([one.stop(), two.stop(), bare.stop(), crowd.stop(), wechat.stop()]);
    return reportOf(found, count);
  });
}

async function settleAll(wechat: Wechat, numbers: string[], crowd: Crowd): Promise<News> {
  const told: Promise<Told> = crowd.told();
  const payers = numbers.map(() => new RawHttp(wechat.url));
  const startMs = performance.timeOrigin + performance.now();
  const paid = numbers.map(async (number, index) => {
    const path = `/bench/pay/${number}`;
    const answer = await payers[index]?.ask({ method: 'POST', path, body: '' });
    if (answer?.status !== 200) throw new Error(answer?.text);
  });
  await Promise.all(paid);
  const { firstMs, lastMs } = await told;
  for (const payer of payers) payer.close();
  return { first: firstMs - startMs, last: lastMs - startMs };
}

function reportOf(found: ReadonlyMap<string, News[]>, count: number): Report {
  const ratio = (name: string) =>
    median(
      (found.get(name) ?? []).map(({ last }, round) => {
        return last / (found.get('bare node:http')?.[round]?.last ?? Number.NaN);
      }),
    );
  return {
    rows: [...found].map(([side, told]) => ({
      side,
      waiting: String(count),
      'first told, ms': median(told.map(({ first }) => first)),
      'last told, ms': median(told.map(({ last }) => last)),
    })),
    claims: [
      { what: 'the last is told, of the bare server', value: ratio('Saoma'), limit: 5 },
      {
        what: 'the same, two gateways and two order services',
        value: ratio('Saoma, two of each'),
        limit: 5,
      },
    ],
    notes: [
      `Counted from the first of ${payments} notices on, so both settle them in MariaDB meanwhile.`,
      ...(count < wanted ? ['One process may open no more files here (ulimit -n).'] : []),
    ],
  };
}
