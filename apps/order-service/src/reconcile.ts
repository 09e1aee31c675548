import { BillDay } from '@saoma/contracts/bills';
import { AppError } from '@saoma/contracts/errors';
import { ConfigError } from '@saoma/platform/config';
import { createLog, useNestLog } from '@saoma/platform/log';
import { OrderConfig } from './config';
import { failureOf } from './failure';
import { exitOf, exits, linesOf, ReconciliationClient, reconciled } from './reconcile/told-day';

/** A bill of a million rows behind a few other days. */
const waitMsMax = 600_000;
const findingsMax = 1_000;

/**
 * `npm run reconcile -- DAY`: has the order services that run compare a day with its bill, in the
 * environment of one of them, and says what they have found. Whichever comes first does it, as
 * every day: never two.
 */
async function main(): Promise<number> {
  const [day = '', ...more] = process.argv.slice(2);
  if (!BillDay.safeParse(day).success || more.length > 0) {
    throw new ConfigError('it takes one day, such as 2026-11-24: -- yyyy-MM-dd');
  }
  useNestLog(createLog('reconcile', 'silent'));
  const { ORDER_RPC, tls } = new OrderConfig();
  const client = new ReconciliationClient(ORDER_RPC, tls);
  try {
    const told = await reconciled(client, day, { waitMsMax, findingsMax });
    process.stdout.write(`${linesOf(told).join('\n')}\n`);
    return exitOf(told);
  } finally {
    client.onApplicationShutdown();
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`reconcile: ${failureOf(error)}\n`);
    const isRefused = error instanceof AppError && error.code === 'reconciliation/no-such-bill';
    const isNotAsked = isRefused || error instanceof ConfigError;
    process.exitCode = isNotAsked ? exits.notAsked : exits.open;
  },
);
