import { parseArgs } from 'node:util';
import { samples } from '@saoma/contracts/webhooks';
import { ConfigError, isOpenHttp, mustBeHttps, webAddress } from '@saoma/platform/config';
import { createLog, useNestLog } from '@saoma/platform/log';
import { inNewTrace } from '@saoma/platform/traces/spans';
import { WebhookTestConfig, webhookSecrets } from './config';
import { isAccepted, outcomeOf, ShopWebhook } from './webhook/shop-webhook';

const exits = { accepted: 0, notAccepted: 1, notSent: 2 };
const usage = 'it takes one address and maybe a secret: -- URL [--secret whsec_...]';

/**
 * `npm run webhook-test -- URL`: sends a message of each type to a shop's webhook, as the courier
 * does, and says what was answered. The secret is that of the environment, or `--secret`.
 */
async function main(): Promise<number> {
  const { url, secrets, config } = wanted(process.argv.slice(2));
  useNestLog(createLog('webhook-test', 'silent'));
  const shop = new ShopWebhook(url, secrets, config);
  // Numbers as those of messages, but shorter, and new each time: none is taken for a repeat.
  const number = Date.now();
  const messages = samples();
  let refused = 0;
  try {
    for (const [index, sample] of messages.entries()) {
      const post = () => shop.post(`${number}${index}`, JSON.stringify(sample));
      const tried = await inNewTrace({ kind: 'internal', name: 'webhook-test' }, post);
      if (!isAccepted(tried)) refused += 1;
      process.stdout.write(`${sample.type.padEnd(16)}  ${outcomeOf(tried)}\n`);
    }
  } finally {
    await shop.close();
  }
  const { length } = messages;
  process.stdout.write(`accepted: ${length - refused} of ${length}\n`);
  return refused === 0 ? exits.accepted : exits.notAccepted;
}

/** What is sent where. Nothing of a secret is repeated in what is wrong with it. */
function wanted(words: string[]) {
  const { values, positionals } = read(words);
  const [url = '', ...more] = positionals;
  if (url === '' || more.length > 0) throw new ConfigError(usage);
  const { error } = webAddress.safeParse(url);
  if (error) throw new ConfigError(`the URL ${error.issues[0]?.message}`);
  const config = new WebhookTestConfig();
  if (isOpenHttp(url, config.PLAIN_HTTP_HOSTS)) throw new ConfigError(`the URL ${mustBeHttps}`);
  if (values.secret === undefined) {
    const secrets = config.SHOP_WEBHOOK_SECRET;
    if (!secrets) throw new ConfigError('there is no secret: set SHOP_WEBHOOK_SECRET, or --secret');
    return { url, secrets, config };
  }
  const secrets = webhookSecrets.safeParse(values.secret);
  if (!secrets.success) {
    throw new ConfigError(`the secret ${secrets.error.issues[0]?.message}`);
  }
  return { url, secrets: secrets.data, config };
}

function read(args: string[]) {
  try {
    return parseArgs({ args, options: { secret: { type: 'string' } }, allowPositionals: true });
  } catch {
    throw new ConfigError(usage);
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const isTold = error instanceof ConfigError;
    process.stderr.write(`webhook-test: ${isTold ? error.message : String(error)}\n`);
    process.exitCode = isTold ? exits.notSent : exits.notAccepted;
  },
);
