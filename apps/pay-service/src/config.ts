import { isIP } from 'node:net';
import { logLevel, readConfig, tcpAddress, webAddress } from '@saoma/platform/config';
import { z } from 'zod';
import { signTypes } from './wechat-v2/sign';

const wechatUrl = 'https://api.mch.weixin.qq.com';
/** WeChat's second site in another city: same paths, same credentials. */
const wechatBackupUrl = 'https://api2.mch.weixin.qq.com';

const text = (pattern: RegExp, message: string) => z.string(message).regex(pattern, message);
const withoutQuery = webAddress.refine((url) => !url.includes('?'), 'an address without a query');

/** WeChat counts 128 characters, by some reports bytes: 127 bytes satisfy both readings. */
const bodyBytesMax = 127;

/**
 * What the payer reads on the phone: control and 4-byte characters break WeChat's signature check,
 * so they are left out, and the rest is cut at `bodyBytesMax` between two characters.
 */
function payerText(words: string): string {
  let result = '';
  for (const character of words.replace(/[\p{C}\u{10000}-\u{10ffff}]/gu, '')) {
    if (Buffer.byteLength(result + character) > bodyBytesMax) break;
    result += character;
  }
  return result.trim();
}

const schema = z
  .object({
    PAY_RPC: tcpAddress.prefault('tcp://127.0.0.1:9000'),
    PAY_RPC_LISTEN: tcpAddress.optional(),
    LOG_LEVEL: logLevel,
    WECHAT_APPID: text(/^[0-9A-Za-z_-]{1,32}$/, "the merchant's appid"),
    WECHAT_MCH_ID: text(/^[0-9]{1,32}$/, "the merchant's number, digits"),
    WECHAT_KEY: text(/^[\x21-\x7e]{32}$/, 'the API key, 32 characters'),
    WECHAT_SIGN_TYPE: z.enum(signTypes, signTypes.join(' or ')).default('MD5'),
    WECHAT_NOTIFY_URL: withoutQuery
      .refine((url) => url.length <= 256, 'an address of at most 256 characters')
      .default('http://127.0.0.1:3000/pay/notify'),
    WECHAT_API_URL: withoutQuery.default(wechatUrl),
    WECHAT_API_BACKUP_URL: withoutQuery.optional(),
    WECHAT_BODY: z
      .string()
      .transform(payerText)
      .refine((body) => body !== '', 'words that the payer can read')
      .default('品优购'),
    WECHAT_SERVER_IP: z
      .string()
      // WeChat takes IPv4 and IPv6, but not IPv4 in IPv6's clothes.
      .transform((ip) => ip.replace(/^::ffff:(?=[0-9.]+$)/i, ''))
      .refine((ip) => isIP(ip) !== 0, 'an IP address')
      .default('127.0.0.1'),
  })
  .transform((env) => ({
    ...env,
    PAY_RPC_LISTEN: env.PAY_RPC_LISTEN ?? env.PAY_RPC,
    WECHAT_API_BACKUP_URL:
      env.WECHAT_API_BACKUP_URL ?? (isWechat(env.WECHAT_API_URL) ? wechatBackupUrl : undefined),
  }));

/** The backup of WeChat's own host is known; a sandbox has none unless it is named. */
function isWechat(url: string): boolean {
  return new URL(url).origin === wechatUrl;
}

export type Config = z.output<typeof schema>;

export const config = (env?: Record<string, string | undefined>): Config => readConfig(schema, env);
