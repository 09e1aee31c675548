import { z } from 'zod';

/** Says everything that is wrong with the environment in one message. */
export class ConfigError extends Error {}

type Environment = Record<string, string | undefined>;

/**
 * Reads a service's variables from the environment. An empty variable counts as missing.
 * Throws one ConfigError that names every bad variable; values are never repeated in it.
 */
export function readConfig<S extends z.ZodType>(schema: S, env: Environment = process.env) {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(`The configuration is wrong:\n${lines.join('\n')}`);
}

/** A whole number of milliseconds, at least `msMin`. */
export function milliseconds(msDefault: number, { msMin = 0 } = {}) {
  const message = `a whole number of milliseconds from ${msMin} on`;
  return z
    .string()
    .regex(/^[0-9]{1,12}$/, message)
    .transform(Number)
    .refine((ms) => ms >= msMin, message)
    .default(msDefault);
}

export const flag = z
  .enum(['true', 'false'], 'true or false')
  .transform((word) => word === 'true')
  .default(false);

export const port = (portDefault: number) =>
  z
    .string()
    .regex(/^[0-9]{1,5}$/, 'a port number')
    .transform(Number)
    .refine((value) => value <= 65_535, 'a port number')
    .default(portDefault);

export const logLevel = z
  .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
  .default('info');

/** Where an RPC service is: `tcp://host:port`. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

export const tcpAddress = z.string().transform((text, context): TcpAddress => {
  const match = /^tcp:\/\/(\[[0-9a-fA-F:]+\]|[^\s:/[\]]+):([0-9]{1,5})\/?$/.exec(text);
  if (match && Number(match[2]) <= 65_535) {
    return { host: (match[1] ?? '').replace(/[[\]]/g, ''), port: Number(match[2]) };
  }
  context.addIssue('an address such as tcp://127.0.0.1:9001');
  return z.NEVER;
});

const isLoopback = (host: string) =>
  host === 'localhost' || host === '[::1]' || /^127(\.[0-9]{1,3}){3}$/.test(host);

/** An https address; plain http is taken for loopback hosts only. */
export const webAddress = z.string().transform((text, context): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const safe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (url && safe && !url.username && !url.password && !url.hash) return text;
  context.addIssue('an https address (http only for this machine itself)');
  return z.NEVER;
});
