import { BlockList, isIP } from 'node:net';
import {
  flag,
  logLevel,
  milliseconds,
  port,
  readConfig,
  tcpAddress,
  webAddress,
} from '@saoma/platform/config';
import { z } from 'zod';

const list = z
  .string()
  .transform((text) => text.split(',').map((entry) => entry.trim()))
  .default([]);

const origins = list.refine(
  (entries) =>
    entries.every(
      (entry) => webAddress.safeParse(entry).success && new URL(entry).origin === entry,
    ),
  'origins such as https://shop.example.com, comma separated (http only for this machine itself)',
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

/** What the environment may say; docs/environment.md is written from it. */
export const variables = z
  .object({
    PORT: port(3000),
    HOST: z.string().default('127.0.0.1'),
    ORDER_RPC: tcpAddress.prefault('tcp://127.0.0.1:9001'),
    PAY_RPC: tcpAddress.prefault('tcp://127.0.0.1:9000'),
    LOG_LEVEL: logLevel,
    QR_WAIT_MS: milliseconds(300_000, { msMin: 100 }),
    STOREFRONT_ORIGINS: origins,
    TRUST_PROXY: list.refine(
      (entries) => entries.every(isNetwork),
      'addresses or networks of proxies, comma separated',
    ),
    AUTH_JWT_SECRET: z.string().optional(),
    AUTH_JWKS_URL: webAddress.optional(),
    AUTH_ISSUER: z.string().optional(),
    AUTH_AUDIENCE: z.string().optional(),
    DEMO: flag,
    /** Read for the demo alone: a sandbox in WeChat's place has a phone that a page can open. */
    WECHAT_API_URL: z.string().optional(),
  })
  .superRefine((env, context) => {
    const wrong = (message: string) => context.addIssue({ code: 'custom', path: signIn, message });
    if (env.AUTH_JWT_SECRET && env.AUTH_JWKS_URL) wrong('give one of the two, not both');
    if (!env.AUTH_JWT_SECRET && !env.AUTH_JWKS_URL && !env.DEMO) {
      wrong('nobody could sign in: give one of the two, or DEMO=true for a demo');
    }
  });
const signIn = ['AUTH_JWT_SECRET or AUTH_JWKS_URL'];

/** The gateway's configuration; injected by this class. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the schema fills every member
export class GatewayConfig {
  static read(this: void, env?: Record<string, string | undefined>): GatewayConfig {
    return Object.assign(new GatewayConfig(), readConfig(variables, env));
  }
}
export interface GatewayConfig extends Readonly<z.output<typeof variables>> {}
