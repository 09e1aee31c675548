import { BlockList, isIP } from 'node:net';
import {
  always,
  ConfigOf,
  count,
  flag,
  host,
  leadsOutside,
  list,
  logLevel,
  milliseconds,
  plainHttpHosts,
  plainHttpOnly,
  port,
  rpcAddresses,
  secret,
  webAddress,
} from '@saoma/platform/config';
import { proxyVariables } from '@saoma/platform/http/outbound';
import { metricsVariables } from '@saoma/platform/metrics/server';
import { rpcTls, rpcTlsFits, rpcTlsVariables } from '@saoma/platform/rpc/tls';
import { telemetryFits, telemetryVariables } from '@saoma/platform/traces/telemetry';
import { z } from 'zod';

const isOrigin = (text: string) =>
  webAddress.safeParse(text).success && new URL(text).origin === text;

const origin = z
  .string()
  .refine(isOrigin, 'must be an origin such as https://pay.example.com, without a path');

const origins = list.refine(
  (entries) => entries.every(isOrigin),
  'must be origins such as https://shop.example.com, comma separated',
);

/** A host as a source of pictures: only such characters may get into a page's policy. */
function isPictureHost(text: string): boolean {
  const isPlain = /^(https:\/\/)?[0-9a-z]([0-9a-z.-]*[0-9a-z])?(:[0-9]{1,5})?$/i.test(text);
  return isPlain && URL.canParse(pictureOrigin(text));
}

const pictureOrigin = (host: string) => `https://${host.replace(/^https:\/\//i, '').toLowerCase()}`;

const pictureHosts = list.refine(
  (hosts) => hosts.every(isPictureHost),
  'must be hosts such as img.shop.example, without a path, comma separated',
);

/** An address, or a network such as 10.0.0.0/8. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  try {
    new BlockList().addSubnet(address, Number(bits || Number.NaN), family === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
}

const proxies = list.refine(
  (entries) => entries.every(isNetwork),
  'must be IP addresses or networks such as 10.0.0.0/8, comma separated',
);

const loginPlace = z
  .string()
  .refine(
    (text) => /^\/(?![/\\])/.test(text) || webAddress.safeParse(text).success,
    'must be an https address, or a path of this host such as /login',
  );

const inUrl = (address: string) => (isIP(address) === 6 ? `[${address}]` : address);

const signIn = ['AUTH_JWT_SECRET or AUTH_JWKS_URL'];

const variables = z
  .object({
    PORT: port(3000),
    HOST: host,
    ORDER_RPC: rpcAddresses('order', 9001),
    PAY_RPC: rpcAddresses('pay', 9000),
    ...rpcTlsVariables,
    LOG_LEVEL: logLevel,
    QR_WAIT_MS: milliseconds(300_000, { msMin: 100 }).describe(
      'how long a page waits before it hears `二维码超时`',
    ),
    WAITING_PER_USER_MAX: count(20).describe(
      'so many pages and streams of one user may wait at once on one gateway; one more gets 429',
    ),
    KEEP_ALIVE_MS: milliseconds(65_000, { msMin: 100 }).describe(
      'how long an idle connection is kept: longer than the proxy or balancer before it keeps one',
    ),
    PUBLIC_URL: origin
      .optional()
      .describe(
        'the origin at which payers reach the gateway: `pay_url` begins with it; by default ' +
          '`http://HOST:PORT`',
      ),
    STOREFRONT_ORIGINS: origins.describe(
      'origins of storefronts on other hosts, comma separated: they get CORS with cookies',
    ),
    STOREFRONT_IMAGE_HOSTS: pictureHosts.describe(
      'https hosts of the pictures of items, comma separated: pages of shoppers show pictures of ' +
        'these and of the gateway itself',
    ),
    STOREFRONT_QR: z
      .enum(['qrious', 'svg'])
      .default('qrious')
      .describe(
        'what draws the code on the pay page: `qrious` (GPL-3.0), or `svg`, the package `qrcode` ' +
          '(MIT); the other one is not served',
      ),
    TRUST_PROXY: proxies.describe(
      'addresses or networks of proxies whose `X-Forwarded-*` and `Forwarded` are trusted',
    ),
    AUTH_JWT_SECRET: z
      .string()
      .optional()
      .describe('the secret of HS256 tokens; this or `AUTH_JWKS_URL`, unless `DEMO=true`')
      .meta(secret),
    AUTH_JWT_SECRET_BEFORE: z
      .string()
      .optional()
      .describe('while the secret is changed, the old one: tokens that it signed are still good')
      .meta(secret),
    AUTH_JWKS_URL: webAddress.optional().describe("the identity provider's key set; https"),
    PLAIN_HTTP_HOSTS: plainHttpHosts,
    ...proxyVariables,
    ...metricsVariables,
    ...telemetryVariables,
    AUTH_ISSUER: z.string().optional().describe('the `iss` that a token must have'),
    AUTH_AUDIENCE: z.string().optional().describe('the `aud` that a token must have'),
    LOGIN_URL: loginPlace
      .optional()
      .describe(
        'where shoppers sign in, an https address or a path; it gets `return_to`, the page to ' +
          'lead back to',
      ),
    WECHAT_BODY: z.string().default('品优购').describe('what the payer reads'),
    DEMO: flag.describe('anybody can sign in as anybody; never with real money'),
    WECHAT_API_URL: z
      .string()
      .optional()
      .describe("used only in the demo, to link to the sandbox's phone"),
  })
  .check(...rpcTlsFits)
  .check(telemetryFits)
  .check(plainHttpOnly('PUBLIC_URL', 'STOREFRONT_ORIGINS', 'AUTH_JWKS_URL', 'LOGIN_URL'))
  .superRefine((env, context) => {
    const wrong = (message: string) => context.addIssue({ code: 'custom', path: signIn, message });
    if (env.AUTH_JWT_SECRET && env.AUTH_JWKS_URL) wrong('set one of the two, not both');
    if (env.AUTH_JWT_SECRET_BEFORE && !env.AUTH_JWT_SECRET) {
      const message = 'must not be set without AUTH_JWT_SECRET';
      context.addIssue({ code: 'custom', path: ['AUTH_JWT_SECRET_BEFORE'], message });
    }
    if (!env.AUTH_JWT_SECRET && !env.AUTH_JWKS_URL && !env.DEMO) {
      wrong('nobody could sign in: set one of the two, or DEMO=true for a demo');
    }
    if (env.DEMO === true && leadsOutside(env.WECHAT_API_URL)) {
      const message = 'must not be true with the real WeChat: anybody could sign in as an operator';
      context.addIssue({ code: 'custom', path: ['DEMO'], message });
    }
  }, always);

export class GatewayConfig extends ConfigOf(variables) {
  readonly tls = rpcTls(this);
  /** Where pictures may come from, as origins. */
  readonly pictureOrigins = this.STOREFRONT_IMAGE_HOSTS.map(pictureOrigin);
  /** Where payers reach a gateway that listens at this port: `PORT` may have let it choose. */
  publicUrlAt(port: number): string {
    return this.PUBLIC_URL ?? `http://${inUrl(this.HOST)}:${port}`;
  }
}
