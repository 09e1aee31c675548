import {
  flag,
  logLevel,
  milliseconds,
  readConfig,
  type TcpAddress,
  tcpAddress,
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
  context.addIssue('sqlite:file, mysql://user:password@host/db or mariadb://user:password@host/db');
  return z.NEVER;
});

const database = {
  DATABASE_URL: databaseAddress.default({ kind: 'sqlite', file: 'data/saoma.sqlite' }),
};
const log = { LOG_LEVEL: logLevel };
const local = (port: number): TcpAddress => ({ host: '127.0.0.1', port });

/** As Standard Webhooks writes its secrets: `whsec_` and base64. */
const webhookSecret = z.string().refine((secret) => {
  try {
    return new Webhook(secret) !== undefined && /^(whsec_)?[A-Za-z0-9+/]{32,}={0,2}$/.test(secret);
  } catch {
    return false;
  }
}, 'whsec_ and at least 24 bytes in base64');

/** What the environment may say; docs/environment.md is written from it. */
export const variables = z
  .object({
    ...database,
    ...log,
    ORDER_RPC: tcpAddress.default(local(9001)),
    ORDER_RPC_LISTEN: tcpAddress.optional(),
    PAY_RPC: tcpAddress.default(local(9000)),
    REDIS_URL: z
      .string()
      .refine((text) => /^rediss?:\/\/./.test(text) && readUrl(text), 'redis://host:port')
      .optional(),
    WORKER_ID: z
      .string()
      .regex(/^[0-9]{1,4}$/, `a number from 1 to ${workerIdMax}`)
      .transform(Number)
      .refine((id) => id >= 1 && id <= workerIdMax, `a number from 1 to ${workerIdMax}`)
      .optional(),
    QR_WAIT_MS: milliseconds(300_000, { msMin: 100 }),
    QUERY_INTERVAL_MS: milliseconds(3_000, { msMin: 100 }),
    PAY_LOG_TTL_MS: milliseconds(1_800_000, { msMin: 100 }),
    WECHAT_CLOSE_AFTER_MS: milliseconds(300_000),
    WECHAT_REFUND_SPACING_MS: milliseconds(60_000),
    SHOP_WEBHOOK_URL: webAddress.optional(),
    SHOP_WEBHOOK_SECRET: webhookSecret.optional(),
    DEMO: flag,
  })
  .refine(
    (env) => (env.SHOP_WEBHOOK_URL === undefined) === (env.SHOP_WEBHOOK_SECRET === undefined),
    {
      path: ['SHOP_WEBHOOK_SECRET'],
      message: 'goes together with SHOP_WEBHOOK_URL',
    },
  );

/** The order service's configuration; injected by this class. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the schema fills every member
export class OrderConfig {
  static read(env?: Record<string, string>): OrderConfig {
    return Object.assign(new OrderConfig(), readConfig(variables, env));
  }
}
export interface OrderConfig extends Readonly<z.output<typeof variables>> {}

/** What `npm run migrate` needs. */
export const readMigrationConfig = () => readConfig(z.object({ ...database, ...log }));
