import { personalData } from '@saoma/contracts/personal-data';
import { ConfigError } from '@saoma/platform/config';
import { createLog, useNestLog } from '@saoma/platform/log';
import { ClientOf } from '@saoma/platform/rpc/client';
import { OrderConfig } from './config';
import { failureOf } from './failure';

class PersonalDataClient extends ClientOf(personalData) {}

/** Who did it, in the timeline. */
const user_id = 'npm run forget';

/**
 * `npm run forget -- USER`: asks the order service that runs to forget somebody, in the environment
 * of that service, and says what it did.
 */
async function main(): Promise<void> {
  const [forgotten, ...more] = process.argv.slice(2);
  if (!forgotten || more.length > 0) throw new ConfigError('it takes one user: -- USER');
  useNestLog(createLog('forget', 'silent'));
  const { ORDER_RPC, tls } = new OrderConfig();
  const client = new PersonalDataClient(ORDER_RPC, tls);
  let orders = 0;
  try {
    for (let isDone = false; !isDone; ) {
      const told = await client.forget({ user_id, forgotten });
      orders += told.orders;
      isDone = told.is_done;
    }
  } finally {
    client.onApplicationShutdown();
  }
  process.stdout.write(`The receivers of ${orders} orders are unreadable from now on.\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`forget: ${failureOf(error)}\n`);
  process.exitCode = 1;
});
