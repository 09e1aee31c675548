import { attempt } from '@saoma/platform/attempt';
import {
  always,
  ConfigOf,
  certificateFile,
  flag,
  listenAddress,
  listensAtOne,
  logLevel,
  milliseconds,
  perHost,
  plainHttpHosts,
  plainHttpOnly,
  readUrl,
  rpcAddresses,
  secret,
  together,
  webAddress,
} from '@saoma/platform/config';
import { proxyVariables } from '@saoma/platform/http/outbound';
import { metricsVariables } from '@saoma/platform/metrics/server';
import { listensInPrivate } from '@saoma/platform/rpc/private-address';
import { rpcTls, rpcTlsFits, rpcTlsVariables } from '@saoma/platform/rpc/tls';
import { telemetryFits, telemetryVariables } from '@saoma/platform/traces/telemetry';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { workerIdMax } from './ids/id-worker';
import { redisAddress } from './redis/redis-address';

/** Where a server listens if its address does not say. */
export const serverPort = 3306;
const sslModes = ['REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'] as const;

/** MySQL or MariaDB. Without a mode the connection is not encrypted. */
export interface ServerAddress {
  readonly kind: 'mysql' | 'mariadb';
  readonly url: string;
  /** The other servers of the same cluster, in the order in which they are preferred. */
  readonly others?: readonly string[];
  readonly sslMode?: (typeof sslModes)[number] | undefined;
}
/** Where the rows are: an embedded SQLite file, or servers. */
export type DatabaseAddress = { readonly kind: 'sqlite'; readonly file: string } | ServerAddress;

const databaseAddress = z.string().transform((text, context): DatabaseAddress => {
  const file = /^sqlite:([^?#]+)$/.exec(text)?.[1];
  if (file !== undefined) return { kind: 'sqlite', file };
  const wrong = (message: string) => {
    context.addIssue(message);
    return z.NEVER;
  };
  const [url = '', ...others] = perHost(text);
  const first = readUrl(url);
  const hosts = [url, ...others].map(readUrl).map((each) => each && hostOf(each));
  if (others.length > 0 && (!hosts.every(Boolean) || new Set(hosts).size < hosts.length)) {
    return wrong('must name each host once, as host or host:port, with commas between');
  }
  const kind = first?.protocol.slice(0, -1);
  const isServer = hosts[0] && first && /^\/[^/]+$/.test(first.pathname) && !first.hash;
  if (!isServer || (kind !== 'mysql' && kind !== 'mariadb')) {
    return wrong('must be sqlite:file, or mysql:// or mariadb:// and user:password@host/db');
  }
  // What nobody reads would only seem to be in force.
  const [[name, value] = [], ...more] = [...first.searchParams];
  const sslMode = sslModes.find((mode) => mode === value);
  if (!first.search || (name === 'ssl-mode' && sslMode && more.length === 0)) {
    return { kind, url, others, sslMode };
  }
  return wrong(`must have no parameter but ssl-mode: ${sslModes.join(', ')}`);
});

/** Empty if there is none that can be called. */
const hostOf = ({ hostname, port }: URL) =>
  hostname === '' || port === '0' ? '' : `${hostname.toLowerCase()}:${port || serverPort}`;

/** As Standard Webhooks writes its secrets: `whsec_` and base64. */
function isWebhookSecret(secret: string): boolean {
  const isKey = attempt(() => new Webhook(secret)) !== undefined;
  return isKey && /^(whsec_)?[A-Za-z0-9+/]{32,}={0,2}$/.test(secret);
}

/** Messages are signed with each of them: while it is changed there are two. */
const webhookSecretsMax = 2;
export const webhookSecrets = z
  .string()
  .transform((text) => text.trim().split(/\s+/))
  .refine(
    (secrets) => secrets.length <= webhookSecretsMax && secrets.every(isWebhookSecret),
    'must be whsec_ and at least 24 bytes in base64, or two such secrets with a blank between',
  );

const workerId = z
  .string()
  .regex(/^[0-9]{1,4}$/, `must be a number from 1 to ${workerIdMax}`)
  .transform(Number)
  .refine((id) => id >= 1 && id <= workerIdMax, `must be a number from 1 to ${workerIdMax}`);

export const ttlMsDefault = 1_800_000;

/** What `npm run migrate` needs, too. */
const databaseVariables = z.object({
  DATABASE_URL: databaseAddress
    .prefault('sqlite:data/saoma.sqlite')
    .describe(
      '`sqlite:file`, `mysql://user:password@host:3306/db` or `mariadb://...`; several hosts of ' +
        'one cluster with commas between, the preferred one first; a server speaks TLS with ' +
        '`?ssl-mode=REQUIRED`, and is verified with `VERIFY_CA` or `VERIFY_IDENTITY`',
    )
    .meta(secret),
  DATABASE_CA: certificateFile
    .optional()
    .describe('PEM file of the CA that `VERIFY_CA` and `VERIFY_IDENTITY` believe'),
  LOG_LEVEL: logLevel,
  PAY_LOG_TTL_MS: milliseconds(ttlMsDefault, { msMin: 100 }).describe(
    'an unpaid payment is closed at this age; a change is for those made from then on',
  ),
});

/** What `npm run webhook-test` needs, too. */
const shopVariables = {
  SHOP_WEBHOOK_SECRET: webhookSecrets
    .optional()
    .describe(
      '`whsec_` and base64; must be set together with `SHOP_WEBHOOK_URL`. While it is changed, ' +
        'the old and the new one with a blank between: messages are signed with both',
    )
    .meta(secret),
  PLAIN_HTTP_HOSTS: plainHttpHosts,
  ...proxyVariables,
};

/** A check: a CA is given exactly where one is needed. */
const caFits = z.superRefine<Partial<z.output<typeof databaseVariables>>>((env, context) => {
  const { DATABASE_URL: address, DATABASE_CA: ca } = env;
  if (typeof address !== 'object') return;
  const sslMode = address.kind === 'sqlite' ? undefined : address.sslMode;
  const wrong = (message: string) =>
    context.addIssue({ code: 'custom', path: ['DATABASE_CA'], message });
  if (sslMode === undefined && ca) wrong('must not be set without an ssl-mode in DATABASE_URL');
  if (sslMode?.startsWith('VERIFY_') && !ca) wrong(`must be set for ssl-mode=${sslMode}`);
}, always);

const variables = databaseVariables
  .extend({
    ORDER_RPC: rpcAddresses('order', 9001),
    ORDER_RPC_LISTEN: listenAddress('ORDER_RPC'),
    PAY_RPC: rpcAddresses('pay', 9000),
    ...rpcTlsVariables,
    REDIS_URL: redisAddress
      .optional()
      .describe(
        '`redis://user:password@host:6379/0`, or `redis+sentinel://host:26379,host:26379/name` ' +
          'for one with sentinels; `rediss...` with TLS; needed for more than one order service',
      )
      .meta(secret),
    REDIS_PREFIX: z
      .string()
      .regex(/^[\x21-\x7e]{1,64}$/, 'must be 1-64 printable characters, no blanks')
      .optional()
      .describe('put before every key and channel, for a Redis that others use too'),
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
    WECHAT_CLOSE_AFTER_MS: milliseconds(300_000).describe(
      'a payment opened in APIv2 is not closed at WeChat earlier than this after its first code',
    ),
    WECHAT_REFUND_SPACING_MS: milliseconds(60_000).describe(
      'pause between two refunds of one payment',
    ),
    SHOP_WEBHOOK_URL: webAddress
      .optional()
      .describe('where the shop is told of paid, closed and refunded payments; https'),
    ...shopVariables,
    ...metricsVariables,
    ...telemetryVariables,
    DEMO: flag.describe('a demo catalogue; never with real money'),
  })
  .check(caFits)
  .check(...rpcTlsFits)
  .check(telemetryFits)
  .check(listensInPrivate('ORDER_RPC'))
  .check(plainHttpOnly('SHOP_WEBHOOK_URL'))
  .check(together('SHOP_WEBHOOK_URL', 'SHOP_WEBHOOK_SECRET'))
  .check(listensAtOne('ORDER_RPC', 'ORDER_RPC_LISTEN'));

export class OrderConfig extends ConfigOf(variables) {
  readonly listen = this.ORDER_RPC_LISTEN ?? this.ORDER_RPC[0];
  readonly tls = rpcTls(this);
}

/** What `npm run migrate` needs. */
export class MigrationConfig extends ConfigOf(databaseVariables.check(caFits)) {}

/** What `npm run webhook-test` needs. */
export class WebhookTestConfig extends ConfigOf(z.object(shopVariables)) {}
