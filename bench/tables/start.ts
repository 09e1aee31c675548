import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Child } from '../../test/support/child';
import { freePort } from '../../test/support/ports';
import { type App, ServiceProcess } from '../../test/support/processes';
import { until } from '../../test/support/until';
import { median, memoryKib } from '../support/counts';
import { LoopWatch } from '../support/loop-watch';
import type { Report } from '../support/report';
import { authSecret } from '../support/shop';
import { merchant } from '../support/wechat';

const rounds = 5;
const restMs = 3_000;
const packagesShown = 4;
const mebibyte = 1_024;
const apps: readonly App[] = ['cart-gateway', 'order-service', 'pay-service', 'wechat-sandbox'];

interface Started {
  readonly ms: number;
  readonly mib: number;
  /** Files of code that it has read, by package. */
  readonly files: Readonly<Record<string, number>>;
}

const why = {
  ready:
    'a profile of 2026-11-26 shows 63 % of the start of the order service, 55 % of that of the ' +
    "gateway, in finding, reading and compiling the packages' files and in the garbage of that; " +
    'our own code has 2 % and 7 %',
  rest: 'what is above a Node that does nothing is code of the packages: of TypeORM and Nest first',
};

/** How soon everything is ready, with the embedded database, and what a service weighs at rest. */
export async function start(): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'saoma-start-'));
  const whole: number[] = [];
  const found = new Map<App, Started[]>(apps.map((app) => [app, []]));
  try {
    for (let round = 0; round < rounds; round += 1) {
      whole.push(await startWhole(join(folder, `whole-${round}.sqlite`)));
      const one = await startEach(join(folder, `each-${round}.sqlite`));
      for (const [app, started] of one) found.get(app)?.push(started);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return reportOf(median(whole), found, await idleNodeMib());
}

/** What a Node weighs that does nothing. */
async function idleNodeMib(): Promise<number> {
  const args = ['-e', 'setInterval(() => undefined, 1_000)'];
  const child = new Child({ name: 'node', file: process.execPath, args });
  await pause(restMs);
  const mib = memoryKib(child.pid ?? 0) / mebibyte;
  await child.end('SIGKILL');
  return mib;
}

/** `npm start` after its build: milliseconds until it says where the storefront is. */
async function startWhole(file: string): Promise<number> {
  const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const startedMs = performance.now();
  const child = new Child({
    name: 'npm start',
    file: process.execPath,
    args: ['scripts/start.mjs', 'dist'],
    env: {
      DATABASE_URL: `sqlite:${file}`,
      PORT: String(ports[0]),
      PAY_RPC: `tcp://127.0.0.1:${ports[1]}`,
      ORDER_RPC: `tcp://127.0.0.1:${ports[2]}`,
      WECHAT_API_URL: `http://127.0.0.1:${ports[3]}`,
    },
  });
  const said = () => child.lines.some((line) => line.startsWith('Saoma is ready'));
  await child.orEnds(until('everything to be ready', said, 60_000));
  const ms = performance.now() - startedMs;
  await child.end('SIGTERM');
  return ms;
}

/** Each alone, one after the other, so that none takes the other's time. */
async function startEach(file: string): Promise<Map<App, Started>> {
  const [port, orderPort, payPort, wechatPort] = await Promise.all(
    Array.from({ length: 4 }, freePort),
  );
  const common = {
    ORDER_RPC: `tcp://127.0.0.1:${orderPort}`,
    PAY_RPC: `tcp://127.0.0.1:${payPort}`,
    WECHAT_API_URL: `http://127.0.0.1:${wechatPort}`,
    DATABASE_URL: `sqlite:${file}`,
    AUTH_JWT_SECRET: authSecret,
    DEMO: 'true',
    ...merchant,
  };
  const watch = new LoopWatch();
  const found = new Map<App, Started>();
  for (const app of apps) {
    const PORT = String(app === 'wechat-sandbox' ? wechatPort : port);
    const service = new ServiceProcess(app, { ...common, PORT, ...watch.env(app) });
    const startedMs = performance.now();
    await service.start();
    const ms = performance.now() - startedMs;
    await pause(restMs);
    const pid = service.pid ?? 0;
    const mib = memoryKib(pid) / mebibyte;
    const { files } = await watch.read(app, pid);
    found.set(app, { ms, mib, files: byPackage(files) });
    await service.stop();
  }
  return found;
}

function byPackage(files: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const file of files) {
    const path = file.split('/node_modules/').at(-1) ?? '';
    const name = file.includes('/node_modules/') ? /^(@[^/]+\/)?[^/]+/.exec(path)?.[0] : 'our own';
    if (name) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function reportOf(wholeMs: number, found: ReadonlyMap<App, Started[]>, idleMib: number): Report {
  const rows = [...found].map(([app, started]) => ({
    service: app,
    'ready after, ms': median(started.map(({ ms }) => ms)),
    'at rest, MiB': median(started.map(({ mib }) => mib)),
    'files of code': sum(started[0]?.files ?? {}),
  }));
  const loads = [...found].map(([app, [first]]) => {
    const largest = Object.entries(first?.files ?? {})
      .sort(([, a], [, b]) => b - a)
      .slice(0, packagesShown)
      .map(([name, count]) => `${name} ${count}`);
    return `${app} loads most of ${largest.join(', ')} (files).`;
  });
  return {
    rows,
    claims: [
      {
        what: 'npm start, after the build',
        value: wholeMs,
        limit: 3_000,
        unit: ' ms',
        why: why.ready,
      },
      ...rows.map((row) => ({
        what: `${row.service} is ready`,
        value: row['ready after, ms'],
        limit: 1_000,
        unit: ' ms',
        why: why.ready,
      })),
      ...rows.map((row) => ({
        what: `${row.service} at rest`,
        value: row['at rest, MiB'],
        limit: 60,
        unit: ' MiB',
        why: why.rest,
      })),
    ],
    notes: [
      'A new SQLite file each time, so all migrations are in the time.',
      `A Node that does nothing has ${Math.round(idleMib)} MiB.`,
      ...loads,
    ],
  };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
