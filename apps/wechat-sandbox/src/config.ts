import { readFileSync } from 'node:fs';
import { logLevel, milliseconds, port, readConfig } from '@saoma/platform/config';
import { z } from 'zod';
import { exampleMerchant, Merchant } from './merchant';
import { wechatSettings } from './settings';

const fileText = z.string().transform((path, context) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    context.addIssue('a file that can be read');
    return z.NEVER;
  }
});

/** A JSON file: a list of merchants with distinct numbers; the first is the default one. */
const merchantsFile = fileText.transform((text, context) => {
  try {
    const merchants = z.array(Merchant).min(1).max(1_000).parse(JSON.parse(text));
    const numbers = new Set(merchants.map(({ mch_id }) => mch_id));
    if (numbers.size === merchants.length) return merchants;
    context.addIssue('each mch_id once');
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : 'not JSON';
    context.addIssue(`a JSON list of merchants: ${why}`);
  }
  return z.NEVER;
});

const count = (countDefault: number) =>
  z
    .string()
    .regex(/^[1-9][0-9]{0,6}$/, 'a number from 1 to 9999999')
    .transform(Number)
    .default(countDefault);

/** What the environment may say; docs/environment.md is written from it. */
export const variables = z
  .object({
    PORT: port(9100),
    HOST: z.string().default('127.0.0.1'),
    LOG_LEVEL: logLevel,
    WECHAT_APPID: Merchant.shape.appid.optional(),
    WECHAT_MCH_ID: Merchant.shape.mch_id.optional(),
    WECHAT_KEY: Merchant.shape.key.optional(),
    SANDBOX_MERCHANTS: merchantsFile.optional(),
    SANDBOX_CLOSE_AFTER_MS: milliseconds(wechatSettings.close_after_ms),
    SANDBOX_REFUND_AFTER_MS: milliseconds(wechatSettings.refund_after_ms),
    SANDBOX_REFUND_SPACING_MS: milliseconds(wechatSettings.refund_spacing_ms),
    SANDBOX_TRADES_MAX: count(10_000),
    SANDBOX_TLS_CERT: fileText.optional(),
    SANDBOX_TLS_KEY: fileText.optional(),
    SANDBOX_CLIENT_CA: fileText.optional(),
  })
  .superRefine((env, context) => {
    const together = (...names: (keyof typeof env)[]) => {
      if (!names.some((name) => env[name])) return;
      for (const name of names.filter((each) => !env[each])) {
        context.addIssue({
          code: 'custom',
          path: [name],
          message: `needed by ${names.join(', ')}`,
        });
      }
    };
    together('WECHAT_APPID', 'WECHAT_MCH_ID', 'WECHAT_KEY');
    together('SANDBOX_TLS_CERT', 'SANDBOX_TLS_KEY');
    if (env.SANDBOX_CLIENT_CA) together('SANDBOX_CLIENT_CA', 'SANDBOX_TLS_CERT');
  });

/** How one sandbox is set up. */
export interface SandboxConfig {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly merchants: readonly Merchant[];
  readonly settings: typeof wechatSettings;
  /** How many orders the book keeps. */
  readonly tradesMax: number;
  /** Serves HTTPS with this PEM pair; a CA makes a refund need a certificate that it signed. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
}

/** The sandbox as a process is configured by its environment. */
export function readSandboxConfig(
  environment?: Record<string, string>,
): SandboxConfig & { readonly LOG_LEVEL: string } {
  const env = readConfig(variables, environment);
  const { SANDBOX_TLS_CERT: cert, SANDBOX_TLS_KEY: key, SANDBOX_CLIENT_CA: clientCa } = env;
  return {
    LOG_LEVEL: env.LOG_LEVEL,
    host: env.HOST,
    port: env.PORT,
    merchants: merchantsOf(env),
    settings: {
      close_after_ms: env.SANDBOX_CLOSE_AFTER_MS,
      refund_after_ms: env.SANDBOX_REFUND_AFTER_MS,
      refund_spacing_ms: env.SANDBOX_REFUND_SPACING_MS,
    },
    tradesMax: env.SANDBOX_TRADES_MAX,
    ...(cert && key && { tls: { cert, key, ...(clientCa && { clientCa }) } }),
  };
}

/** The environment's merchant, then those of the file; the example merchant if there is none. */
function merchantsOf(env: z.output<typeof variables>): Merchant[] {
  const { WECHAT_APPID: appid, WECHAT_MCH_ID: mch_id, WECHAT_KEY: key } = env;
  const named = appid && mch_id && key ? [{ appid, mch_id, key, name: 'Saoma 沙箱商户' }] : [];
  const filed = (env.SANDBOX_MERCHANTS ?? []).filter((merchant) => merchant.mch_id !== mch_id);
  const merchants = [...named, ...filed];
  return merchants.length > 0 ? merchants : [exampleMerchant];
}
