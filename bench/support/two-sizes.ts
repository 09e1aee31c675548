import { type Ask, ask } from '../../test/support/http';
import type { Mariadb } from '../../test/support/mariadb';
import { median } from './counts';
import type { Report } from './report';
import { Shop, signedIn } from './shop';
import { type Stores, withStores } from './stores';
import { Wechat } from './wechat';

/** One of the two shops: beside few payments, or beside many. */
export interface Side {
  readonly shop: Shop;
  readonly operator: Ask;
  readonly shopper: Ask;
}

/** Milliseconds of each of its repeats. */
export type Operation = (side: Side) => Promise<number[]>;

export interface Tools {
  readonly mariadb: Mariadb;
  readonly wechat: Wechat;
}

/** What is compared, beside how many payments each. */
export interface TwoSizes {
  readonly few: number;
  readonly many: number;
  /** The p50 beside many may be so many times that beside few. */
  readonly ratioMax: number;
  /** What is true of both. */
  readonly note: string;
  readonly fill: (mariadb: Mariadb, database: string, count: number) => Promise<void>;
  readonly operationsOf: (tools: Tools) => Record<string, Operation>;
}

type Size = 'few' | 'many';
const rounds = 3;
export const repeats = 40;
/** All rows are in memory, as a shop of that size would have it. */
const large = ['--innodb-buffer-pool-size=8G'];

/** The same work beside few payments and beside very many, in turn. */
export function compareSizes(sizes: TwoSizes): Promise<Report> {
  return withStores(async (stores) => {
    const wechat = await Wechat.start();
    const startedMs = performance.now();
    const sides = new Map<Size, Side>();
    for (const size of ['few', 'many'] as const) {
      const fill = (database: string) => sizes.fill(stores.mariadb, database, sizes[size]);
      sides.set(size, await filledShop({ ...stores, wechat }, fill));
    }
    const fillSeconds = Math.round((performance.now() - startedMs) / 1_000);
    const found = new Map<string, Record<Size, number>[]>();
    const operations = Object.entries(sizes.operationsOf({ mariadb: stores.mariadb, wechat }));
    for (let round = -1; round < rounds; round += 1) {
      for (const [name, operation] of operations) {
        const p50 = { few: Number.NaN, many: Number.NaN };
        for (const [size, side] of sides) p50[size] = median(await operation(side));
        // The first round warms up.
        if (round >= 0) found.set(name, [...(found.get(name) ?? []), p50]);
      }
    }
    await Promise.all([...sides.values()].map(({ shop }) => shop.stop()));
    await wechat.stop();
    return reportOf(sizes, found, fillSeconds);
  }, large);
}

/** Milliseconds of each of some repeats. */
export async function repeated(work: (index: number) => Promise<unknown>): Promise<number[]> {
  const found: number[] = [];
  for (let index = 0; index < repeats; index += 1) {
    const startedMs = performance.now();
    await work(index);
    found.push(performance.now() - startedMs);
  }
  return found;
}

/** Reads a resource as one of the two. */
export function get(who: 'operator' | 'shopper', path: string): Operation {
  return ({ shop, ...as }) =>
    repeated(async () => {
      const { status, text } = await ask('GET', `${shop.url}${path}`, as[who]);
      if (status !== 200) throw new Error(`${path}: ${text}`);
    });
}

async function filledShop(
  tools: Stores & { readonly wechat: Wechat },
  fill: (database: string) => Promise<void>,
): Promise<Side> {
  const shop = await Shop.start(tools);
  await shop.whileStopped(() => fill(shop.database));
  return { shop, operator: signedIn('operator', ['operator']), shopper: signedIn('filled-7') };
}

function reportOf(
  { few, many, ratioMax, note }: TwoSizes,
  found: ReadonlyMap<string, Record<Size, number>[]>,
  fillSeconds: number,
): Report {
  const [fewName, manyName] = [few, many].map((count) => count.toLocaleString('en'));
  const ratio = (all: Record<Size, number>[]) => median(all.map((p50) => p50.many / p50.few));
  return {
    rows: [...found].map(([operation, all]) => ({
      operation,
      [`${fewName}: p50 ms`]: median(all.map((p50) => p50.few)),
      [`${manyName}: p50 ms`]: median(all.map((p50) => p50.many)),
    })),
    claims: [...found].map(([operation, all]) => ({
      what: `${operation}, of that with ${fewName}`,
      value: ratio(all),
      limit: ratioMax,
    })),
    notes: [`Filled by SQL in ${fillSeconds} s: ${note} The database has 8 GiB of memory.`],
  };
}
