#!/usr/bin/env node
// `npx saoma-wechat-sandbox`: runs the sandbox, that of its package or as this project built it.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const from = (path) => new URL(path, import.meta.url);
const packed = from('../dist/sandbox.js');
const main = from('../../../dist/apps/wechat-sandbox/src/main.js');
const isThere = (url) => existsSync(fileURLToPath(url));
/** A script of npm's may start the sandbox and end before it; npx waits for it. */
const endWithNpx = (path) => process.env.npm_lifecycle_event === 'npx' && import(from(path).href);

const help = `A WeChat Pay (v2 and v3, Native) of your own. It is set up by its environment:

  PORT, HOST                   9100, 127.0.0.1
  WECHAT_APPID, WECHAT_MCH_ID, WECHAT_KEY
                               the merchant; without them the one of WeChat's examples
  WECHAT_V3_KEY, WECHAT_CERT   its APIv3 key, and the PEM file of its certificate
  SANDBOX_PLATFORM_MODE        public-key, certificate or both: what v3 is signed with
  SANDBOX_MERCHANTS            a JSON file with more merchants
  SANDBOX_CLOSE_AFTER_MS       300000: no close earlier than this; 0 turns the rule off
  SANDBOX_REFUND_AFTER_MS      3000: how long a refund is under way
  SANDBOX_REFUND_SPACING_MS    60000: pause between two refunds of one order; 0 turns it off
  SANDBOX_TRADES_MAX           10000: how many orders the book keeps
  SANDBOX_FILE                 a JSON file that keeps the book, and has keys in it
  SANDBOX_TLS_CERT, SANDBOX_TLS_KEY, SANDBOX_CLIENT_CA
                               PEM files: HTTPS, and a client certificate for refunds
  LOG_LEVEL                    info

Then: /book lists everything, /phone is the payer's phone, /_sandbox says what your tests can do.
`;

const words = process.argv.slice(2);
if (words.includes('--help') || words.includes('-h')) {
  process.stdout.write(help);
} else if (words.length > 0) {
  const instead = 'its environment sets it up, PORT for instance (see --help)';
  process.stderr.write(`saoma-wechat-sandbox: it takes no ${words[0]}: ${instead}\n`);
  process.exitCode = 1;
} else if (isThere(packed)) {
  await endWithNpx('../dist/ends-with-npm.mjs');
  (await import(packed.href)).default.run();
} else if (isThere(main)) {
  await endWithNpx('../../../scripts/ends-with-npm.mjs');
  await import(main.href);
} else {
  process.stderr.write('The sandbox is not built yet: npm ci && npm run build\n');
  process.exitCode = 1;
}
