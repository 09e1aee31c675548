import { isIP } from 'node:net';
import {
  always,
  ConfigOf,
  certificateFile,
  logLevel,
  plainHttpHosts,
  plainHttpOnly,
  rpcAddress,
  secret,
  tcpAddress,
  together,
  webAddress,
} from '@saoma/platform/config';
import { proxyVariables } from '@saoma/platform/http/outbound';
import { z } from 'zod';
import { type Certificate, isPair, keyFile } from './certificate';
import { payerText } from './payer-text';
import type { MerchantAccount } from './wechat-v2/channel';
import { signTypes } from './wechat-v2/sign';

const wechatUrl = 'https://api.mch.weixin.qq.com';
/** WeChat's second site in another city: same paths, same credentials. */
const wechatBackupUrl = 'https://api2.mch.weixin.qq.com';

const text = (pattern: RegExp, meaning: string) =>
  z.string(`must be ${meaning}`).regex(pattern, `must be ${meaning}`).describe(meaning);
const withoutQuery = webAddress.refine((url) => !url.includes('?'), 'must have no query');
/** WeChat takes 256 characters; some are kept for the refund address that is made of this one. */
const notifyUrlLengthMax = 240;
const notifyUrl = withoutQuery.refine(
  (url) => url.length <= notifyUrlLengthMax,
  `must have at most ${notifyUrlLengthMax} characters`,
);

/** WeChat counts 128 characters, by some reports bytes: 127 bytes satisfy both readings. */
const bodyBytesMax = 127;

const body = z
  .string()
  .transform((words) => payerText(words, bodyBytesMax))
  .refine((words) => words !== '', 'must be text that the payer can read');

const ipAddress = z
  .string()
  // WeChat takes IPv4 and IPv6, but not IPv4 in IPv6's clothes.
  .transform((ip) => ip.replace(/^::ffff:(?=[0-9.]+$)/i, ''))
  .refine((ip) => isIP(ip) !== 0, 'must be an IP address');

const urls = [
  'WECHAT_NOTIFY_URL',
  'WECHAT_REFUND_NOTIFY_URL',
  'WECHAT_API_URL',
  'WECHAT_API_BACKUP_URL',
] as const;

const variables = z
  .object({
    PAY_RPC: rpcAddress('pay', 9000),
    PAY_RPC_LISTEN: tcpAddress.optional().describe('where it listens, if not at `PAY_RPC`'),
    LOG_LEVEL: logLevel,
    WECHAT_APPID: text(/^[0-9A-Za-z_-]{1,32}$/, "the merchant's appid"),
    WECHAT_MCH_ID: text(/^[0-9]{1,32}$/, "the merchant's number, digits"),
    WECHAT_KEY: text(/^[\x21-\x7e]{32}$/, 'the API key of APIv2, 32 characters').meta(secret),
    WECHAT_SIGN_TYPE: z
      .enum(signTypes, signTypes.join(' or '))
      .default('MD5')
      .describe(signTypes.join(' or ')),
    WECHAT_NOTIFY_URL: notifyUrl
      .default('http://127.0.0.1:3000/pay/notify')
      .describe('where WeChat sends payment notices: https, public, without a query'),
    WECHAT_REFUND_NOTIFY_URL: notifyUrl
      .optional()
      .describe(
        'where WeChat sends refund notices; by default `refundNotify` beside `WECHAT_NOTIFY_URL`',
      ),
    WECHAT_API_URL: withoutQuery.default(wechatUrl).describe('WeChat, or a sandbox'),
    WECHAT_API_BACKUP_URL: withoutQuery
      .optional()
      .describe(
        "the host to ask when the first one cannot be reached; by default WeChat's second host, " +
          "if `WECHAT_API_URL` is WeChat's",
      ),
    PLAIN_HTTP_HOSTS: plainHttpHosts,
    ...proxyVariables,
    WECHAT_CERT: certificateFile
      .optional()
      .describe("PEM file of the merchant's client certificate; WeChat refuses refunds without it"),
    WECHAT_CERT_KEY: keyFile
      .optional()
      .describe('PEM file of its key; must be set together with `WECHAT_CERT`'),
    WECHAT_BODY: body.default('品优购').describe('what the payer reads'),
    WECHAT_SERVER_IP: ipAddress
      .default('127.0.0.1')
      .describe('the address of the machine that calls WeChat (`spbill_create_ip`)'),
  })
  .check(together('WECHAT_CERT', 'WECHAT_CERT_KEY'))
  .check(plainHttpOnly(...urls))
  .refine(({ WECHAT_CERT, WECHAT_CERT_KEY }) => isPair(WECHAT_CERT, WECHAT_CERT_KEY), {
    ...always,
    path: ['WECHAT_CERT_KEY'],
    message: 'must be the key of the certificate in WECHAT_CERT',
  });

/** The pay service's configuration. */
export class PayConfig extends ConfigOf(variables) {
  readonly listen = this.PAY_RPC_LISTEN ?? this.PAY_RPC;
  /** The backup of WeChat's own host is known; a sandbox has none unless it is named. */
  readonly backupUrl =
    this.WECHAT_API_BACKUP_URL ??
    (new URL(this.WECHAT_API_URL).origin === wechatUrl ? wechatBackupUrl : undefined);
  readonly certificate: Certificate | undefined =
    this.WECHAT_CERT !== undefined && this.WECHAT_CERT_KEY !== undefined
      ? { cert: this.WECHAT_CERT, key: this.WECHAT_CERT_KEY }
      : undefined;
  /** Whose payments these are: what the channel needs of the configuration. */
  readonly merchant: MerchantAccount = {
    appid: this.WECHAT_APPID,
    mch_id: this.WECHAT_MCH_ID,
    key: this.WECHAT_KEY,
    sign_type: this.WECHAT_SIGN_TYPE,
    body: this.WECHAT_BODY,
    spbill_create_ip: this.WECHAT_SERVER_IP,
    notify_url: this.WECHAT_NOTIFY_URL,
    refund_notify_url:
      this.WECHAT_REFUND_NOTIFY_URL ?? new URL('refundNotify', this.WECHAT_NOTIFY_URL).href,
  };
}
