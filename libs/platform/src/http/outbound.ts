import type { SecureContextOptions } from 'node:tls';
import { Agent, type buildConnector, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { z } from 'zod';
import { readUrl, secret } from '../config';
import { ProxyFailure } from './reason';

const proxyAddress = z.string().refine((text) => {
  const { protocol = '', pathname, search, hash, username, password } = readUrl(text) ?? {};
  const isBare = pathname === '/' && !search && !hash;
  return text.includes('://') && /^https?:$/.test(protocol) && isBare && !username === !password;
}, 'must be http://host:port or http://user:password@host:port');

/** What every service reads that calls others by https. */
export const proxyVariables = {
  HTTPS_PROXY: proxyAddress
    .optional()
    .describe('the proxy through which https calls go: `http://host:port`')
    .meta(secret),
  NO_PROXY: z
    .string()
    .optional()
    .describe(
      'hosts that are called without the proxy, comma separated; a domain with all below it',
    ),
};

/** The proxy, if there is one. */
export type Proxies = Readonly<z.output<z.ZodObject<typeof proxyVariables>>>;

interface Outbound {
  readonly connectMsMax: number;
  /** A longer answer is an error. */
  readonly answerBytesMax: number;
  /** At most so many connections to one host. */
  readonly connectionsMax?: number;
  /** What is shown to a host that asks for a certificate, and whom to believe; all PEM. */
  readonly tls?: Pick<SecureContextOptions, 'cert' | 'key' | 'ca'> | undefined;
}

/** Connections to others, kept open: https through the proxy, if there is one. */
export function outbound(
  { HTTPS_PROXY = '', NO_PROXY = '' }: Proxies,
  options: Outbound,
): Dispatcher {
  const { connectMsMax, answerBytesMax, connectionsMax, tls } = options;
  const timeout = connectMsMax;
  const common = {
    connect: { timeout, ...tls },
    maxResponseSize: answerBytesMax,
    ...(connectionsMax && { connections: connectionsMax }),
  };
  if (!HTTPS_PROXY) return new Agent(common);
  return new EnvHttpProxyAgent({
    ...common,
    httpProxy: '',
    httpsProxy: HTTPS_PROXY,
    noProxy: NO_PROXY,
    proxyTls: { timeout },
    requestTls: { timeout, ...tls },
    // A proxy that is silent is given up as a host is that cannot be reached.
    clientFactory: (origin, { connect }: { connect: buildConnector.connector }) =>
      new Pool(origin, {
        connect: (to, told) =>
          connect(to, (...[error, socket]) =>
            error ? told(new ProxyFailure(origin.host, error), null) : told(null, socket),
          ),
        headersTimeout: connectMsMax,
      }),
  });
}
