import {
  ConfigOf,
  flag,
  logLevel,
  milliseconds,
  rpcAddress,
  tcpAddress,
  together,
  webAddress,
} from '@saoma/platform/config';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { workerIdMax } from './ids/id-worker';

/** Where the rows are: an embedded SQLite file, or a MySQL or MariaDB server. */
export type DatabaseAddress =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'mysql' | 'mariadb'; readonly url: string };

/** A URL that clients can read too: with a stray % one would fail later, naming the password. */
function readUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  try {
    for (const part of [url.username, url.password, url.pathname]) decodeURIComponent(part);
    return url;
  } catch {
    return undefined;
  }
}

const databaseAddress = z.string().transform((text, context): DatabaseAddress => {
  if (/^sqlite:./.test(text)) return { kind: 'sqlite', file: text.slice('sqlite:'.length) };
  const url = readUrl(text);
  const kind = url?.protocol.slice(0, -1);
  if (url && (kind === 'mysql' || kind === 'mariadb') && url.hostname && url.pathname.length > 1) {
    return { kind, url: text };
  }
  context.addIssue('must be sqlite:file, or mysql:// or mariadb:// and user:password@host/db');
  return z.NEVER;
});

/** As Standard Webhooks writes its secrets: `whsec_` and base64. */
const webhookSecret = z.string().refine((secret) => {
  try {
    return new Webhook(secret) !== undefined && /^(whsec_)?[A-Za-z0-9+/]{32,}={0,2}$/.test(secret);
  } catch {
    return false;
  }
}, 'must be whsec_ and at least 24 bytes in base64');

const redisAddress = z
  .string()
  .refine((text) => /^rediss?:\/\/./.test(text) && readUrl(text), 'must be redis://host:port');

const workerId = z
  .string()
  .regex(/^[0-9]{1,4}$/, `must be a number from 1 to ${workerIdMax}`)
  .transform(Number)
  .refine((id) => id >= 1 && id <= workerIdMax, `must be a number from 1 to ${workerIdMax}`);

const migrationVariables = z.object({
  DATABASE_URL: databaseAddress
    .prefault('sqlite:data/saoma.sqlite')
    .describe('`sqlite:file`, `mysql://user:password@host:3306/db` or `mariadb://...`'),
  LOG_LEVEL: logLevel,
});

const variables = migrationVariables
  .extend({
    ORDER_RPC: rpcAddress('order', 9001),
    ORDER_RPC_LISTEN: tcpAddress.optional().describe('where it listens, if not at `ORDER_RPC`'),
    PAY_RPC: rpcAddress('pay', 9000),
    REDIS_URL: redisAddress
      .optional()
      .describe('`redis://host:port`; needed for more than one order service'),
    WORKER_ID: workerId
      .optional()
      .describe(
        `a fixed worker number for ids, 1-${workerIdMax}; by default one is leased in the database`,
      ),
    QR_WAIT_MS: milliseconds(300_000, { msMin: 100 }).describe(
      'how long a payment is queried often after somebody asked for its code',
    ),
    QUERY_INTERVAL_MS: milliseconds(3_000, { msMin: 100 }).describe(
      'pause between two queries of an unpaid payment during `QR_WAIT_MS`; later it grows',
    ),
    PAY_LOG_TTL_MS: milliseconds(1_800_000, { msMin: 100 }).describe(
      'an unpaid payment is closed at this age',
    ),
    WECHAT_CLOSE_AFTER_MS: milliseconds(300_000).describe(
      'a payment is not closed at WeChat earlier than this after its first code',
    ),
    WECHAT_REFUND_SPACING_MS: milliseconds(60_000).describe(
      'pause between two refunds of one payment',
    ),
    SHOP_WEBHOOK_URL: webAddress
      .optional()
      .describe('where the shop is told of paid, closed and refunded payments; https'),
    SHOP_WEBHOOK_SECRET: webhookSecret
      .optional()
      .describe('`whsec_` and base64; must be set together with `SHOP_WEBHOOK_URL`'),
    DEMO: flag.describe('a demo catalogue; never with real money'),
  })
  .check(together('SHOP_WEBHOOK_URL', 'SHOP_WEBHOOK_SECRET'));

/** The order service's configuration; injected by this class. */
export class OrderConfig extends ConfigOf(variables) {
  readonly listen = this.ORDER_RPC_LISTEN ?? this.ORDER_RPC;
}

/** What `npm run migrate` needs. */
export class MigrationConfig extends ConfigOf(migrationVariables) {}
