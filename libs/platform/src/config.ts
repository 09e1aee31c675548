import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { attempt } from './attempt';

/** Says everything that is wrong with the environment in one message. */
export class ConfigError extends Error {}

type Environment = Readonly<Record<string, string | undefined>>;

interface ConfigClass<Variables extends z.ZodObject> {
  /** What the environment may say. Each variable says its meaning by `.describe()`. */
  readonly variables: Variables;
  new (env?: Environment): Readonly<z.output<Variables>>;
}

/**
 * The configuration of a service: `class OrderConfig extends ConfigOf(variables) {}`, injected by
 * that class. `new OrderConfig()` reads the environment of the process; an empty variable counts as
 * missing. Throws one ConfigError that names every bad variable; values are never repeated in it.
 */
export function ConfigOf<Variables extends z.ZodObject>(
  variables: Variables,
): ConfigClass<Variables> {
  class Config {
    static readonly variables = variables;

    constructor(env: Environment = process.env) {
      const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
      const files = readSecretFiles(variables, given);
      const { data, error } = variables.safeParse({ ...given, ...files.secrets }, { error: usual });
      const wrong = [
        ...files.wrong,
        ...(error?.issues ?? []).flatMap((issue) => files.tell(issue)),
      ];
      if (wrong.length > 0)
        throw new ConfigError(['The configuration is wrong:', ...wrong].join('\n  '));
      Object.assign(this, data);
    }
  }
  return Config as unknown as ConfigClass<Variables>;
}

const anyOf = new Intl.ListFormat('en-GB', { type: 'disjunction' });

/** For rules that say nothing of their own. */
const usual: z.core.$ZodErrorMap = (issue) =>
  issue.code === 'invalid_value' ? `must be ${anyOf.format(issue.values.map(String))}` : undefined;

/** Marks a variable by `.meta(secret)`: instead of it `NAME_FILE` may name a file that holds it. */
export const secret = { secret: true };

export const isSecret = (schema: z.ZodType): boolean => schema.meta()?.secret === true;

/** The variable that names the file of a secret. */
export const fileVariable = (name: string) => `${name}_FILE`;

/** Secrets that stand in files, what is wrong with these, and how a wrong variable is called. */
function readSecretFiles({ shape }: z.ZodObject, given: Environment) {
  const secrets: Record<string, string> = {};
  const unread = new Set<string>();
  const wrong: string[] = [];
  for (const [name, schema] of Object.entries<z.ZodType>(shape)) {
    const fileName = fileVariable(name);
    const path = isSecret(schema) ? given[fileName] : undefined;
    if (path === undefined) continue;
    // Most editors end a file with a line feed that is no part of the secret.
    const text = fileText.safeParse(path).data?.replace(/[\r\n]+$/, '');
    if (text) secrets[name] = text;
    else {
      unread.add(name);
      wrong.push(`${fileName}: must be the path of a file that is not empty`);
    }
    if (given[name] !== undefined) wrong.push(`${fileName}: must not be set beside ${name}`);
  }
  const tell = ({ path, message }: z.core.$ZodIssue) => {
    const name = path.join('.');
    if (unread.has(name)) return [];
    return [`${name in secrets ? fileVariable(name) : name}: ${message}`];
  };
  return { secrets, wrong, tell };
}

/**
 * Lets a check of several variables run even if some are wrong, so that all is said at once. A
 * wrong variable is then there, but its value is anything.
 */
export const always = { when: () => true };

/** A check: these variables go together, so each that is missing beside another one is named. */
export const together = (...names: readonly string[]) =>
  z.superRefine<Readonly<Record<string, unknown>>>((env, context) => {
    const given = names.filter((name) => env[name] !== undefined);
    if (given.length === 0) return;
    for (const name of names.filter((each) => !given.includes(each))) {
      context.addIssue({
        code: 'custom',
        path: [name],
        message: `must be set together with ${given.join(', ')}`,
      });
    }
  }, always);

/** A whole number of milliseconds, at least `msMin`. */
export function milliseconds(msDefault: number, { msMin = 0 } = {}) {
  const message = `must be a whole number of milliseconds, at least ${msMin}`;
  return z
    .string()
    .regex(/^[0-9]{1,12}$/, message)
    .transform(Number)
    .refine((ms) => ms >= msMin, message)
    .default(msDefault);
}

/** A whole number of things, at least one. */
export const count = (countDefault: number) =>
  z
    .string()
    .regex(/^[1-9][0-9]{0,8}$/, 'must be a whole number, at least 1')
    .transform(Number)
    .default(countDefault);

export const flag = z
  .enum(['true', 'false'])
  .transform((word) => word === 'true')
  .default(false);

export const portNumber = z
  .string()
  .regex(/^[0-9]{1,5}$/, 'must be a port number')
  .transform(Number)
  .refine((value) => value <= 65_535, 'must be a port number');

export const port = (portDefault: number) =>
  portNumber
    .default(portDefault)
    .describe('the HTTP port; with 0 the system chooses a free one, and the log says which');

export const host = z.string().default('127.0.0.1').describe('the address where HTTP listens');

export const logLevel = z
  .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
  .default('info')
  .describe('trace, debug, info, warn, error, fatal or silent');

/** The text of the file that a variable names. */
export const fileText = z.string().transform((path, context) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    context.addIssue('must be the path of a file that can be read');
    return z.NEVER;
  }
});

/** A variable that names the file of a certificate. */
export const certificateFile = fileText.refine(
  (pem) => attempt(() => new X509Certificate(pem)),
  'must be a file with a PEM certificate',
);

/** Where an RPC service is: `tcp://host:port`. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

function readTcpAddress(text: string): TcpAddress | undefined {
  const match = /^tcp:\/\/(\[[0-9a-fA-F:]+\]|[^\s,:/[\]]+):([0-9]{1,5})\/?$/.exec(text);
  const [host = '', port] = [match?.[1]?.replace(/[[\]]/g, ''), Number(match?.[2])];
  return port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

const tcpAddress = z.string().transform((text, context): TcpAddress => {
  const address = readTcpAddress(text);
  if (address) return address;
  context.addIssue('must be an address such as tcp://127.0.0.1:9001');
  return z.NEVER;
});

/** Of one service; more are refused. */
const addressesMax = 50;
type TcpAddresses = readonly [TcpAddress, ...TcpAddress[]];

const tcpAddresses = z.string().transform((text, context): TcpAddresses => {
  const read = text.split(',').map((entry) => readTcpAddress(entry.trim()));
  const [first, ...others] = read.filter((address) => address !== undefined);
  const places = new Set(read.map((at) => at && `${at.host.toLowerCase()} ${at.port}`));
  const isList = others.length + 1 === read.length && places.size === read.length;
  if (first && isList && read.length <= addressesMax) return [first, ...others];
  context.addIssue(
    'must be addresses such as tcp://127.0.0.1:9001, comma separated, each of them once, and ' +
      `at most ${addressesMax}`,
  );
  return z.NEVER;
});

/** Where everybody finds the instances of a service; on this machine unless it is given. */
export const rpcAddresses = (service: string, portDefault: number) =>
  tcpAddresses
    .prefault(`tcp://127.0.0.1:${portDefault}`)
    .describe(
      `the address of the ${service} service; of several instances all addresses, comma ` +
        'separated, or a name that leads to all of them',
    );

/** Where a service listens, if not where it is found. */
export const listenAddress = (found: string) =>
  tcpAddress
    .optional()
    .describe(`where it listens, if not at \`${found}\`; must be set if that is more than one`);

/** A check: a service that is found at several addresses is told at which of them it listens. */
export const listensAtOne = (found: string, listen: string) =>
  z.superRefine<Readonly<Record<string, unknown>>>((env, context) => {
    const addresses = env[found];
    if (env[listen] !== undefined || !Array.isArray(addresses) || addresses.length === 1) return;
    const message = `must be set, because ${found} has several addresses`;
    context.addIssue({ code: 'custom', path: [listen], message });
  }, always);

const isLoopback = (host: string) =>
  host === 'localhost' || host === '[::1]' || /^127(\.[0-9]{1,3}){3}$/.test(host);

/** Whether what is there may be the real WeChat, with real money: not so on hosts of our own. */
export function leadsOutside(text: unknown): boolean {
  const url = readUrl(String(text));
  return url?.protocol === 'https:' && !isLoopback(url.hostname);
}

/** A URL that clients can read too: with a stray % one would fail later, naming the password. */
export function readUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const parts = [url.username, url.password, url.pathname];
  return attempt(() => parts.map(decodeURIComponent)) && url;
}

/** An address once for each of its hosts, which stand with commas between; none if it is no URL. */
export function perHost(text: string): string[] {
  const parts = /^([^:]*:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/s.exec(text);
  if (!parts) return [];
  const [, before, hosts = '', after] = parts;
  return hosts.split(',').map((host) => `${before}${host}${after}`);
}

/** A URL that may name several hosts, comma separated: a URL for each of them, or none at all. */
export function readUrls(text: string): URL[] {
  const urls = perHost(text).map(readUrl);
  return urls.every((url) => url?.hostname) ? (urls as URL[]) : [];
}

/** An https address, or an http one where `plainHttpOnly` allows it. */
export const webAddress = z.string().refine((text) => {
  const url = readUrl(text);
  return url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.hash;
}, 'must be an https address');

/** A list with commas between. */
export const list = z
  .string()
  .transform((text) => text.split(',').map((entry) => entry.trim()))
  .default([]);

const hostPattern = /^(\[[0-9a-f:.]+\]|[0-9a-z_]([0-9a-z_.-]*[0-9a-z_])?)$/i;

/** Hosts of networks that nobody listens to: containers, private names. */
export const plainHttpHosts = list
  .refine(
    (hosts) => hosts.every((host) => hostPattern.test(host)),
    'must be hosts, comma separated',
  )
  .describe('hosts that may be called by plain http, comma separated; this machine always may');

export const mustBeHttps =
  'must be https (http is allowed only for this machine and PLAIN_HTTP_HOSTS)';

/** Whether it is plain http to a machine that is neither this one nor one of the hosts. */
export function isOpenHttp(text: string, hosts: readonly string[]): boolean {
  const { protocol, hostname = '' } = readUrl(text) ?? {};
  const isAllowed = hosts.some((host) => host.toLowerCase() === hostname);
  return protocol === 'http:' && !isLoopback(hostname) && !isAllowed;
}

/** A check: addresses with plain http lead to this machine or to `PLAIN_HTTP_HOSTS`. */
export const plainHttpOnly = (...names: readonly string[]) =>
  z.superRefine<Readonly<Record<string, unknown>>>((env, context) => {
    const { PLAIN_HTTP_HOSTS: given } = env;
    const hosts = Array.isArray(given) ? given.map(String) : [];
    const isOpen = (text: unknown) => isOpenHttp(String(text), hosts);
    for (const name of names.filter((each) => [env[each]].flat().some(isOpen))) {
      context.addIssue({ code: 'custom', path: [name], message: mustBeHttps });
    }
  }, always);
