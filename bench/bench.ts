import { parseArgs } from 'node:util';
import { type Report, written } from './support/report';
import { Missing } from './support/stores';
import { bill } from './tables/bill';
import { checkout } from './tables/checkout';
import { consoleQueries } from './tables/console';
import { dialect } from './tables/dialect';
import { growth } from './tables/growth';
import { news } from './tables/news';
import { rpc } from './tables/rpc';
import { settlement } from './tables/settlement';
import { start } from './tables/start';
import { vendure } from './tables/vendure';
import { waiting } from './tables/waiting';

/** The tables, in their order. */
const tables: Readonly<Record<string, () => Promise<Report>>> = {
  checkout,
  settlement,
  dialect,
  rpc,
  waiting,
  news,
  start,
  growth,
  console: consoleQueries,
  bill,
  vendure,
};

/** `npm run bench`: measures, and prints each table; `--only NAME` takes one. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  const chosen = Object.entries(tables).filter(([name]) => !values.only || name === values.only);
  if (chosen.length === 0) {
    throw new Error(`--only takes one of ${Object.keys(tables).join(', ')}`);
  }
  for (const [name, run] of chosen) {
    const startedMs = performance.now();
    const text = await run().then(
      (report) => written(name, report),
      (error: unknown) => failed(name, error),
    );
    const seconds = Math.round((performance.now() - startedMs) / 1_000);
    process.stdout.write(`\n${text}\n\n(${seconds} s)\n`);
  }
}

/** A table that could not be measured is said to be so. */
function failed(name: string, error: unknown): string {
  const missing = error instanceof Missing;
  if (!missing) process.exitCode = 1;
  const why = missing ? error.message : String(error instanceof Error ? error.stack : error);
  return `## ${name}\n\n${missing ? 'NOT MEASURED' : 'FAILED'}: ${why}`;
}

main()
  .catch((error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  })
  // Processes that a failed table has left would keep it from ending; they end with it.
  .finally(() => process.exit());
