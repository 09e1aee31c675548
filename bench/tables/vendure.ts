import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../../test/support/child';
import { temporaryFolder } from '../../test/support/folders';
import { freePort } from '../../test/support/ports';
import { Counters } from '../support/counters';
import { cpuMs, median } from '../support/counts';
import { type CheckoutsDone, have, startProcess } from '../support/load';
import type { Report } from '../support/report';
import { authSecret, Shop } from '../support/shop';
import { Missing, withStores } from '../support/stores';
import { Wechat } from '../support/wechat';

/** Its packages are none of ours: they are fetched into a folder that is deleted afterwards. */
const packages = ['@vendure/core@3.7.3', 'mysql2@3.24.6'];
const fetchMsMax = 180_000;
const readyMsMax = 240_000;
const rounds = 3;
const load = { clients: 8, countMax: 1_000_000, secret: authSecret };
const warmUpMs = 5_000;
const measureMs = 5_000;

const why =
  'a profile of 2026-11-26 shows our time in system calls (see the table `checkout`); 80 times ' +
  'less than Vendure is about what the bare process needs, on a machine where Vendure needs 100 ms';

interface Side {
  readonly name: string;
  readonly url: string;
  readonly pids: readonly number[];
  readonly client: Child;
}

interface Cost {
  readonly perSecond: number;
  readonly cpu: number;
  readonly statements: number;
}

/** A paid checkout in Vendure, a shop on Nest and TypeORM too, beside ours. */
export async function vendure(): Promise<Report> {
  const folder = temporaryFolder('vendure');
  await fetchInto(folder);
  return withStores(async (stores) => {
    const wechat = await Wechat.start();
    const counters = await Counters.open(stores.mariadb);
    const shop = await Shop.start({ ...stores, wechat });
    const PORT = String(await freePort());
    copyFileSync('bench/peers/vendure-server.mjs', join(folder, 'server.mjs'));
    const peer = new Child({
      name: 'vendure',
      file: join(folder, 'server.mjs'),
      env: {
        PORT,
        DATABASE_PORT: String(stores.mariadb.port),
        DATABASE: await stores.mariadb.newDatabase(),
        IMPORT_FOLDER: folder,
        // It would tell its makers of every run.
        VENDURE_DISABLE_TELEMETRY: 'true',
      },
      fork: true,
    });
    await peer.says('ready', readyMsMax);
    const sides: Side[] = [
      {
        name: 'Saoma',
        url: shop.url,
        pids: shop.services.map(({ pid }) => pid ?? 0),
        client: await startProcess({ name: 'client' }),
      },
      {
        name: 'Vendure',
        url: `http://127.0.0.1:${PORT}`,
        pids: [peer.pid ?? 0],
        client: await startProcess({ name: 'vendure-client' }),
      },
    ];
    const found = new Map<string, Cost[]>(sides.map(({ name }) => [name, []]));
    for (const side of sides) await measure(side, { wechat, counters, ms: warmUpMs });
    for (let round = 0; round < rounds; round += 1) {
      for (const side of sides) {
        found.get(side.name)?.push(await measure(side, { wechat, counters, ms: measureMs }));
      }
    }
    await counters.close();
    await Promise.all([shop.stop(), wechat.stop(), peer.end('SIGTERM')]);
    await Promise.all(sides.map(({ client }) => client.end('SIGTERM')));
    return reportOf(found);
  });
}

/** Nothing of it is run while it is installed. */
async function fetchInto(folder: string): Promise<void> {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  // Our own wish to be strict about the engine is not its packages'.
  const quiet = [
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--loglevel=error',
    '--no-engine-strict',
  ];
  const npm = spawn('npm', ['install', ...quiet, ...packages], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  npm.stderr.on('data', (text) => {
    said += text;
  });
  const timer = setTimeout(() => npm.kill('SIGKILL'), fetchMsMax);
  const [code] = await once(npm, 'close').catch((error: Error) => [error.message]);
  clearTimeout(timer);
  if (code !== 0) {
    const why = code === null ? 'too slow' : `${code}: ${said.trim()}`;
    throw new Missing(`npm could not fetch ${packages.join(' and ')} (${why})`);
  }
}

interface Measuring {
  readonly wechat: Wechat;
  readonly counters: Counters;
  readonly ms: number;
}

async function measure(side: Side, { wechat, counters, ms: wanted }: Measuring): Promise<Cost> {
  const { url, pids, client } = side;
  const used = () => pids.map(cpuMs).reduce((sum, one) => sum + one, 0);
  const before = { cpu: used(), work: await counters.read() };
  const task = { ...load, ms: wanted, url, wechat: wechat.url };
  const { latenciesMs, ms } = await have<CheckoutsDone>(client, task);
  const count = latenciesMs.length;
  const work = counters.between(before.work, await counters.read());
  return {
    perSecond: (count * 1_000) / ms,
    cpu: (used() - before.cpu) / count,
    statements: work.statements / count,
  };
}

function reportOf(found: ReadonlyMap<string, Cost[]>): Report {
  const ratio = median(
    (found.get('Vendure') ?? []).map(({ cpu }, round) => {
      return cpu / (found.get('Saoma')?.[round]?.cpu ?? Number.NaN);
    }),
  );
  return {
    rows: [...found].map(([side, costs]) => ({
      side,
      clients: String(load.clients),
      'checkouts/s': median(costs.map(({ perSecond }) => perSecond)),
      'Node CPU, ms': median(costs.map(({ cpu }) => cpu)),
      statements: median(costs.map(({ statements }) => statements)),
    })),
    claims: [{ what: "Vendure's CPU, of ours", value: ratio, limit: 80, least: true, why }],
    notes: [
      'Vendure as it comes, on the same MariaDB: three products, customer, address, shipping, ' +
        'its dummy payment that settles at once. It does more for a shop than Saoma, and asks ' +
        'no WeChat; the bare process of the table `checkout` is the measure of what must be.',
      `Fetched by npm for this run: ${packages.join(', ')}.`,
    ],
  };
}
