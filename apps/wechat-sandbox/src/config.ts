import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import {
  always,
  ConfigOf,
  certificateFile,
  fileText,
  host,
  logLevel,
  milliseconds,
  port,
  secret,
  together,
} from '@saoma/platform/config';
import { z } from 'zod';
import { exampleMerchant, Merchant, PlatformMode } from './merchant';
import { type SettingsValues, wechatSettings } from './settings';
import type { PlatformKey } from './v3/platform-keys';

/** A JSON file: a list of merchants with distinct numbers; the first is the default one. */
const merchantsFile = fileText.transform((text, context) => {
  try {
    const merchants = z.array(Merchant).min(1).max(1_000).parse(JSON.parse(text));
    const numbers = new Set(merchants.map(({ mch_id }) => mch_id));
    if (numbers.size === merchants.length) return merchants;
    context.addIssue('must have each mch_id once');
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : 'it is not JSON';
    context.addIssue(`must be a JSON list of merchants: ${why}`);
  }
  return z.NEVER;
});

const platformKeyFile = fileText.transform((pem, context): KeyObject => {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {}
  context.addIssue('must be a file with a PEM key of RSA, without a passphrase');
  return z.NEVER;
});

const count = (countDefault: number) =>
  z
    .string()
    .regex(/^[1-9][0-9]{0,6}$/, 'must be a number from 1 to 9999999')
    .transform(Number)
    .default(countDefault);

/** Its numbers and the key of v2 go together; one that has an APIv3 key needs no other. */
const aWholeMerchant = z.superRefine<Readonly<Record<string, unknown>>>((env, context) => {
  const numbers = ['WECHAT_APPID', 'WECHAT_MCH_ID', 'WECHAT_KEY'];
  const names = numbers.filter((name) => name !== 'WECHAT_KEY' || !env.WECHAT_V3_KEY || env[name]);
  const given = names.filter((name) => env[name] !== undefined);
  if (given.length === 0) return;
  for (const name of names.filter((each) => !given.includes(each))) {
    const message = `must be set together with ${given.join(', ')}`;
    context.addIssue({ code: 'custom', path: [name], message });
  }
}, always);

const variables = z
  .object({
    PORT: port(9100),
    HOST: host,
    LOG_LEVEL: logLevel,
    WECHAT_APPID: Merchant.shape.appid.optional().describe("the merchant's appid"),
    WECHAT_MCH_ID: Merchant.shape.mch_id.optional().describe("the merchant's number, digits"),
    WECHAT_KEY: Merchant.shape.key.describe('the API key of APIv2, 32 characters').meta(secret),
    WECHAT_V3_KEY: Merchant.shape.v3_key
      .describe("the default merchant's APIv3 key, 32 characters")
      .meta(secret),
    WECHAT_CERT: certificateFile
      .refine((pem) => Merchant.shape.certificate.safeParse(pem).success, 'must be of an RSA key')
      .optional()
      .describe("PEM file: the default merchant's certificate; v3's calls are verified with it"),
    SANDBOX_PLATFORM_MODE: PlatformMode.default('public-key').describe(
      'which keys WeChat signs with in v3: `certificate`, `both` or `public-key`',
    ),
    SANDBOX_PLATFORM_KEY: platformKeyFile
      .optional()
      .describe(
        'PEM file: the private key behind 微信支付公钥, so that it outlives the sandbox; one is made ' +
          'at each start if there is none, unless `SANDBOX_FILE` has one',
      ),
    WECHAT_PUBLIC_KEY_ID: z
      .string()
      .regex(/^PUB_KEY_ID_[0-9A-Za-z]{1,64}$/, 'must be PUB_KEY_ID_ and digits')
      .optional()
      .describe('the id of the key in `SANDBOX_PLATFORM_KEY`'),
    SANDBOX_NOTIFY_URL: Merchant.shape.notify_url.describe(
      "the address in the default merchant's account, for refunds that name none: those of the " +
        'console, for instance',
    ),
    SANDBOX_MERCHANTS: merchantsFile
      .optional()
      .describe(
        'a JSON file: a list of more merchants, each with `appid` and `mch_id`; `key` for v2, ' +
          '`v3_key` and `certificate` (PEM text) for v3; optional are `platform_mode`, `name`, ' +
          '`notify_url`, `refund_notify_url`, and `sign_type`, the only algorithm it may use in v2',
      ),
    SANDBOX_CLOSE_AFTER_MS: milliseconds(wechatSettings.close_after_ms).describe(
      'an order cannot be closed earlier than this after it was made; 0 turns the rule off',
    ),
    SANDBOX_REFUND_AFTER_MS: milliseconds(wechatSettings.refund_after_ms).describe(
      'how long an accepted refund stays PROCESSING',
    ),
    SANDBOX_REFUND_SPACING_MS: milliseconds(wechatSettings.refund_spacing_ms).describe(
      'the shortest time between two refunds of one order; 0 turns the rule off',
    ),
    SANDBOX_TRADES_MAX: count(10_000).describe(
      'how many orders the book keeps; the oldest finished ones are removed first',
    ),
    SANDBOX_FILE: z
      .string()
      .optional()
      .describe(
        'a JSON file that keeps the book, so that it outlives the sandbox; it is made if it is ' +
          'not there, and has keys in it. Without one the book is lost when the process ends',
      ),
    SANDBOX_TLS_CERT: fileText.optional().describe('PEM file: the sandbox then speaks https'),
    SANDBOX_TLS_KEY: fileText.optional().describe('PEM file of its key'),
    SANDBOX_CLIENT_CA: fileText
      .optional()
      .describe('PEM file: refunds then need a client certificate of this CA'),
  })
  .check(aWholeMerchant)
  .refine((env) => !env.SANDBOX_PLATFORM_KEY || env.WECHAT_PUBLIC_KEY_ID, {
    ...always,
    path: ['WECHAT_PUBLIC_KEY_ID'],
    message: 'must be set together with SANDBOX_PLATFORM_KEY',
  })
  .check(together('SANDBOX_TLS_CERT', 'SANDBOX_TLS_KEY'))
  .refine((env) => !env.SANDBOX_CLIENT_CA || env.SANDBOX_TLS_CERT, {
    ...always,
    path: ['SANDBOX_TLS_CERT'],
    message: 'must be set together with SANDBOX_CLIENT_CA',
  });

/** How one sandbox is set up. */
export interface SandboxSetup {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly merchants: readonly Merchant[];
  /** For merchants that have no mode of their own. */
  readonly platformMode: PlatformMode;
  /** The key behind 微信支付公钥; without it the process makes one. */
  readonly platformKey?: PlatformKey | undefined;
  readonly settings: SettingsValues;
  /** How many orders the book keeps. */
  readonly tradesMax: number;
  /** The path of the file that keeps the book, if one does. */
  readonly file?: string | undefined;
  /** Serves HTTPS with this PEM pair; a CA makes a refund need a certificate that it signed. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
}

/** The sandbox as a process: its environment sets it up. */
export class SandboxConfig extends ConfigOf(variables) implements SandboxSetup {
  readonly host = this.HOST;
  readonly port = this.PORT;
  readonly merchants = merchantsOf(this);
  readonly platformMode = this.SANDBOX_PLATFORM_MODE;
  readonly platformKey = platformKeyOf(this);
  readonly settings = {
    close_after_ms: this.SANDBOX_CLOSE_AFTER_MS,
    refund_after_ms: this.SANDBOX_REFUND_AFTER_MS,
    refund_spacing_ms: this.SANDBOX_REFUND_SPACING_MS,
  };
  readonly tradesMax = this.SANDBOX_TRADES_MAX;
  readonly file = this.SANDBOX_FILE;
  readonly tls = tlsOf(this);
}

/** The environment's merchant, then those of the file; the example merchant if there is none. */
function merchantsOf(env: z.output<typeof variables>): Merchant[] {
  const { WECHAT_APPID: appid, WECHAT_MCH_ID: mch_id, WECHAT_KEY: key } = env;
  const { WECHAT_V3_KEY: v3_key, WECHAT_CERT: certificate } = env;
  const named = appid && mch_id ? [{ appid, mch_id, key, name: 'Saoma 沙箱商户' }] : [];
  const filed = (env.SANDBOX_MERCHANTS ?? []).filter((merchant) => merchant.mch_id !== mch_id);
  const [first = exampleMerchant, ...others] = [...named, ...filed];
  const { SANDBOX_NOTIFY_URL: notify_url } = env;
  const more = {
    ...(v3_key && { v3_key }),
    ...(certificate && { certificate }),
    ...(notify_url && { notify_url }),
  };
  return [{ ...first, ...more }, ...others];
}

function platformKeyOf(env: z.output<typeof variables>): PlatformKey | undefined {
  const { SANDBOX_PLATFORM_KEY: privateKey, WECHAT_PUBLIC_KEY_ID: serial } = env;
  if (!privateKey || !serial) return undefined;
  return { serial, privateKey, publicKey: createPublicKey(privateKey) };
}

function tlsOf(env: z.output<typeof variables>): SandboxSetup['tls'] {
  const { SANDBOX_TLS_CERT: cert, SANDBOX_TLS_KEY: key, SANDBOX_CLIENT_CA: clientCa } = env;
  return cert && key ? { cert, key, clientCa } : undefined;
}
