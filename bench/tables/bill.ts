import { statSync } from 'node:fs';
import { join } from 'node:path';
import { beijingDate, beijingDateTime } from '../../test/support/beijing-time';
import { temporaryFolder } from '../../test/support/folders';
import { ask, expected } from '../../test/support/http';
import type { Mariadb } from '../../test/support/mariadb';
import type { App } from '../../test/support/processes';
import { until } from '../../test/support/until';
import { writeBill } from '../support/bill-file';
import { cpuMs, peakMemoryKib } from '../support/counts';
import { fill, numberOf } from '../support/fill';
import type { Report } from '../support/report';
import { Shop, signedIn } from '../support/shop';
import { withStores } from '../support/stores';
import { Wechat } from '../support/wechat';

/** `BENCH_BILL_ROWS` makes a try shorter; the promises are about a million. */
const { BENCH_BILL_ROWS = '1000000' } = process.env;
const count = Number(BENCH_BILL_ROWS);
const paid = { prefix: '1000', ordersEach: 1, state: '1', users: 20_000 } as const;
const dayMs = 86_400_000;
/** From so long after midnight in Beijing on the bill of the day before can be had. */
const readyMs = 10.25 * 3_600_000;
/** So far apart they all lie on one day, and none within a minute of midnight. */
const everyMs = Math.floor((dayMs - 600_000) / count);
const everySeconds = everyMs / 1_000;
const comparedMsMax = 600_000;
const apps = ['pay-service', 'order-service'] as const;
/** All rows are in memory, as a shop of that size would have it. */
const large = ['--innodb-buffer-pool-size=2G'];
const kibi = 1_024;
const why =
  'profiles of 2026-11-27 show 59 MiB of Node itself, 32 for young objects, 20 of code and what ' +
  'stays, and in the pay service the zipped file and 30 to 50 in buffers; with more than that, ' +
  'rows are kept in the old space after their page (trade-row.ts), or a Node without ' +
  '--max-semi-space-size takes up to 128 for young objects';

interface Used {
  readonly cpuMs: number;
  readonly peakMib: number;
}

/** A day's bill with as many payments as our books have on that day, from the wish to the end. */
export function bill(): Promise<Report> {
  return withStores(async (stores) => {
    const day = beijingDate(Date.now() - dayMs - readyMs);
    const startMs = Date.parse(`${day}T00:05:00+08:00`);
    const file = join(temporaryFolder('bill'), 'bill.gz');
    await writeBill(file, {
      count,
      numberOf: (index) => numberOf(paid, index),
      timeOf: (index) => beijingDateTime(startMs + index * everyMs),
    });
    const wechat = await Wechat.start({ BILL_DAY: day, BILL_FILE: file });
    const shop = await Shop.start({ ...stores, wechat });
    const from = new Date(startMs).toISOString().replace('T', ' ').slice(0, 19);
    await shop.whileStopped(() =>
      fill(stores.mariadb, shop.database, { ...paid, count, from, everySeconds }),
    );
    const before = cpuMs(stores.mariadb.pid ?? 0);
    const seconds = await compare(stores.mariadb, shop, day);
    const used = new Map(apps.map((app) => [app, usedBy(shop, app)]));
    const database = (cpuMs(stores.mariadb.pid ?? 0) - before) / 1_000;
    await shop.stop();
    await wechat.stop();
    return reportOf(seconds, used, { database, mib: statSync(file).size / kibi ** 2 });
  }, large);
}

interface Seconds {
  readonly compared: number;
  readonly kept: number;
}

/** How long it takes until the day is compared, and until its raw file is kept too. */
async function compare(mariadb: Mariadb, shop: Shop, day: string): Promise<Seconds> {
  const operator = signedIn('operator', ['operator']);
  const path = `${shop.url}/api/reconciliations/${day}`;
  const startedMs = performance.now();
  expected(202, await ask('POST', path, operator));
  const since = () => (performance.now() - startedMs) / 1_000;
  const state = async () => {
    const told = expected(200, await ask('GET', path, operator)) as { state: string };
    return told.state === 'WAITING' ? undefined : told.state;
  };
  const found = await until('the day to be compared', state, comparedMsMax);
  const compared = since();
  if (found !== 'MATCHED') throw new Error(`${day} is ${found}`);
  const kept = `SELECT 1 FROM tb_reconciliation WHERE day = '${day}' AND kept_time IS NOT NULL`;
  const isKept = async () => (await mariadb.query(kept, { database: shop.database })).length > 0;
  await until('its file to be kept', isKept, comparedMsMax);
  return { compared, kept: since() };
}

function usedBy(shop: Shop, app: App): Used {
  const pid = shop.pid(app);
  return { cpuMs: cpuMs(pid), peakMib: peakMemoryKib(pid) / kibi };
}

function reportOf(
  { compared, kept }: Seconds,
  used: ReadonlyMap<App, Used>,
  { database, mib }: { readonly database: number; readonly mib: number },
): Report {
  const rows = [...used].map(([process, { cpuMs: ms, peakMib }]) => ({
    process,
    'CPU, s': ms / 1_000,
    'most memory, MiB': peakMib,
  }));
  return {
    rows: [...rows, { process: 'MariaDB', 'CPU, s': database, 'most memory, MiB': '' }],
    claims: [
      {
        what: `a bill of ${count.toLocaleString('en-US')} rows is compared`,
        value: compared,
        limit: 60,
        unit: ' s',
      },
      ...rows.map((row) => ({
        what: `${row.process}, at most`,
        value: row['most memory, MiB'],
        limit: 256,
        unit: ' MiB',
        why,
      })),
    ],
    notes: [
      `From the operator's wish on: download (${Math.round(mib)} MiB zipped), check, comparison ` +
        'with as many payments in MariaDB, each of which is marked. All match.',
      `After ${Math.round(kept)} s its raw file was kept too.`,
    ],
  };
}
