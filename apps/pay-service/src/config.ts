import { isIP } from 'node:net';
import { logLevel, readConfig, tcpAddress, webAddress } from '@saoma/platform/config';
import { z } from 'zod';
import { certificate } from './certificate';
import { payerText } from './payer-text';
import type { MerchantAccount } from './wechat-v2/channel';
import { signTypes } from './wechat-v2/sign';

const wechatUrl = 'https://api.mch.weixin.qq.com';
/** WeChat's second site in another city: same paths, same credentials. */
const wechatBackupUrl = 'https://api2.mch.weixin.qq.com';

const text = (pattern: RegExp, message: string) => z.string(message).regex(pattern, message);
const withoutQuery = webAddress.refine((url) => !url.includes('?'), 'an address without a query');
/** WeChat takes 256 characters; some are kept for the refund address that is made of this one. */
const notifyUrlLengthMax = 240;
const notifyUrl = withoutQuery.refine(
  (url) => url.length <= notifyUrlLengthMax,
  `an address of at most ${notifyUrlLengthMax} characters`,
);

/** WeChat counts 128 characters, by some reports bytes: 127 bytes satisfy both readings. */
const bodyBytesMax = 127;

const variables = z.object({
  PAY_RPC: tcpAddress.prefault('tcp://127.0.0.1:9000'),
  PAY_RPC_LISTEN: tcpAddress.optional(),
  LOG_LEVEL: logLevel,
  WECHAT_APPID: text(/^[0-9A-Za-z_-]{1,32}$/, "the merchant's appid"),
  WECHAT_MCH_ID: text(/^[0-9]{1,32}$/, "the merchant's number, digits"),
  WECHAT_KEY: text(/^[\x21-\x7e]{32}$/, 'the API key, 32 characters'),
  WECHAT_SIGN_TYPE: z.enum(signTypes, signTypes.join(' or ')).default('MD5'),
  WECHAT_NOTIFY_URL: notifyUrl.default('http://127.0.0.1:3000/pay/notify'),
  WECHAT_REFUND_NOTIFY_URL: notifyUrl.optional(),
  WECHAT_API_URL: withoutQuery.default(wechatUrl),
  WECHAT_API_BACKUP_URL: withoutQuery.optional(),
  WECHAT_BODY: z
    .string()
    .transform((words) => payerText(words, bodyBytesMax))
    .refine((body) => body !== '', 'words that the payer can read')
    .default('品优购'),
  WECHAT_SERVER_IP: z
    .string()
    // WeChat takes IPv4 and IPv6, but not IPv4 in IPv6's clothes.
    .transform((ip) => ip.replace(/^::ffff:(?=[0-9.]+$)/i, ''))
    .refine((ip) => isIP(ip) !== 0, 'an IP address')
    .default('127.0.0.1'),
});

/**
 * What the environment may say; docs/environment.md is written from it. Both sides report what is
 * wrong with them in the one message.
 */
export const schema = z.intersection(variables, certificate).transform((env) => ({
  ...env,
  PAY_RPC_LISTEN: env.PAY_RPC_LISTEN ?? env.PAY_RPC,
  WECHAT_REFUND_NOTIFY_URL:
    env.WECHAT_REFUND_NOTIFY_URL ?? new URL('refundNotify', env.WECHAT_NOTIFY_URL).href,
  WECHAT_API_BACKUP_URL:
    env.WECHAT_API_BACKUP_URL ?? (isWechat(env.WECHAT_API_URL) ? wechatBackupUrl : undefined),
}));

/** The backup of WeChat's own host is known; a sandbox has none unless it is named. */
function isWechat(url: string): boolean {
  return new URL(url).origin === wechatUrl;
}

export type Config = z.output<typeof schema>;

export const config = (env?: Record<string, string | undefined>): Config => readConfig(schema, env);

/** Whose payments these are: what the channel needs of the configuration. */
export const merchantOf = (env: Config): MerchantAccount => ({
  appid: env.WECHAT_APPID,
  mch_id: env.WECHAT_MCH_ID,
  key: env.WECHAT_KEY,
  sign_type: env.WECHAT_SIGN_TYPE,
  body: env.WECHAT_BODY,
  spbill_create_ip: env.WECHAT_SERVER_IP,
  notify_url: env.WECHAT_NOTIFY_URL,
  refund_notify_url: env.WECHAT_REFUND_NOTIFY_URL,
});
