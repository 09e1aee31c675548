import { createPrivateKey, createPublicKey, createSecretKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { Dialect } from '@saoma/contracts/values';
import {
  always,
  ConfigOf,
  certificateFile,
  leadsOutside,
  listenAddress,
  listensAtOne,
  logLevel,
  plainHttpHosts,
  plainHttpOnly,
  rpcAddresses,
  secret,
  together,
  webAddress,
} from '@saoma/platform/config';
import { proxyVariables } from '@saoma/platform/http/outbound';
import { metricsVariables } from '@saoma/platform/metrics/server';
import { listensInPrivate } from '@saoma/platform/rpc/private-address';
import { rpcTls, rpcTlsFits, rpcTlsVariables } from '@saoma/platform/rpc/tls';
import { telemetryFits, telemetryVariables } from '@saoma/platform/traces/telemetry';
import { z } from 'zod';
import {
  type Certificate,
  isOwnKey,
  isPair,
  isRsaCertificate,
  keyFile,
  publicKeyFile,
} from './certificate';
import { bodyOf } from './payer-text';
import type { MerchantAccount } from './wechat-v2/channel';
import { signTypes } from './wechat-v2/sign';
import type { Shop } from './wechat-v3/channel';
import type { MerchantKeys } from './wechat-v3/connection';

const wechatUrl = 'https://api.mch.weixin.qq.com';
/** WeChat's second site in another city: same paths, same credentials. */
const wechatBackupUrl = 'https://api2.mch.weixin.qq.com';

const text = (pattern: RegExp, meaning: string) =>
  z.string(`must be ${meaning}`).regex(pattern, `must be ${meaning}`).describe(meaning);
const withoutQuery = webAddress.refine((url) => !url.includes('?'), 'must have no query');
const apiKey = text(/^[\x21-\x7e]{32}$/, '32 characters without blanks');
/** WeChat takes 255 characters; some are kept for the refund address that is made of this one. */
const notifyUrlLengthMax = 240;
const notifyUrl = withoutQuery.refine(
  (url) => url.length <= notifyUrlLengthMax,
  `must have at most ${notifyUrlLengthMax} characters`,
);

const body = z
  .string()
  .transform((words) => bodyOf(words))
  .refine((words) => words !== '', 'must be text that the payer can read');

const ipAddress = z
  .string()
  // WeChat takes IPv4 and IPv6, but not IPv4 in IPv6's clothes.
  .transform((ip) => ip.replace(/^::ffff:(?=[0-9.]+$)/i, ''))
  .refine((ip) => isIP(ip) !== 0, 'must be an IP address');

/** v3 is spoken if it is chosen, or if its key is there to end what it began. */
const speaksV3 = (env: Readonly<Record<string, unknown>>) =>
  env.WECHAT_API === 'v3' || env.WECHAT_V3_KEY !== undefined || env.WECHAT_PUBLIC_KEY !== undefined;

/** A check: what a dialect cannot do without is there. */
const neededKeys = z.superRefine<Readonly<Record<string, unknown>>>((env, context) => {
  const need = (names: readonly string[], message: string) => {
    for (const name of names.filter((each) => env[each] === undefined)) {
      context.addIssue({ code: 'custom', path: [name], message });
    }
  };
  if (env.WECHAT_API !== 'v3') need(['WECHAT_KEY'], 'must be set, unless WECHAT_API is v3');
  if (speaksV3(env)) {
    need(['WECHAT_V3_KEY', 'WECHAT_CERT', 'WECHAT_CERT_KEY'], 'must be set for APIv3');
  }
}, always);

/** That of WeChat's documentation, and that of our demo: whoever reads them can sign with them. */
const publishedKeys = ['192006250b4c09247ec02edce69f6a2d', 'SandboxApiV3Key0123456789abcdef!'];

/** A check: with the real WeChat no notice is believed that anybody could have signed. */
const ownKeys = z.superRefine<Readonly<Record<string, unknown>>>((env, context) => {
  if (!leadsOutside(env.WECHAT_API_URL)) return;
  for (const name of ['WECHAT_KEY', 'WECHAT_V3_KEY']) {
    if (!publishedKeys.includes(String(env[name]))) continue;
    const message = "must be the merchant's own key: this one is published, and for sandboxes";
    context.addIssue({ code: 'custom', path: [name], message });
  }
}, always);

const urls = [
  'WECHAT_NOTIFY_URL',
  'WECHAT_REFUND_NOTIFY_URL',
  'WECHAT_API_URL',
  'WECHAT_API_BACKUP_URL',
] as const;

const variables = z
  .object({
    PAY_RPC: rpcAddresses('pay', 9000),
    PAY_RPC_LISTEN: listenAddress('PAY_RPC'),
    ...rpcTlsVariables,
    LOG_LEVEL: logLevel,
    WECHAT_APPID: text(/^[0-9A-Za-z_-]{1,32}$/, "the merchant's appid"),
    WECHAT_MCH_ID: text(/^[0-9]{1,32}$/, "the merchant's number, digits"),
    WECHAT_API: Dialect.default('v2').describe(
      'v2 or v3: what everything new speaks; what the other one began is carried on to its end',
    ),
    WECHAT_KEY: apiKey
      .optional()
      .describe('the API key of APIv2, 32 characters; may be left out if `WECHAT_API` is v3')
      .meta(secret),
    WECHAT_V3_KEY: apiKey
      .optional()
      .describe('the APIv3 key, 32 characters without blanks; needed for v3')
      .meta(secret),
    WECHAT_PUBLIC_KEY: publicKeyFile
      .optional()
      .describe(
        "PEM file of WeChat's public key (微信支付公钥); without it WeChat's certificates are fetched",
      ),
    WECHAT_PUBLIC_KEY_ID: text(/^PUB_KEY_ID_[0-9A-Za-z]{1,64}$/, 'PUB_KEY_ID_ and digits')
      .optional()
      .describe('the id of that key, `PUB_KEY_ID_...`; must be set together with it'),
    WECHAT_SIGN_TYPE: z.enum(signTypes).default('MD5').describe(signTypes.join(' or ')),
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
    ...metricsVariables,
    ...telemetryVariables,
    WECHAT_CERT: certificateFile
      .optional()
      .describe(
        "PEM file of the merchant's certificate; v2: WeChat refuses refunds without it; v3: needed",
      ),
    WECHAT_CERT_KEY: keyFile
      .optional()
      .describe('PEM file of its key; must be set together with `WECHAT_CERT`'),
    WECHAT_BODY: body.default('品优购').describe('what the payer reads'),
    WECHAT_SERVER_IP: ipAddress
      .default('127.0.0.1')
      .describe('the address of the machine that calls WeChat (`spbill_create_ip`)'),
  })
  .check(...rpcTlsFits)
  .check(telemetryFits)
  .check(listensInPrivate('PAY_RPC'))
  .check(together('WECHAT_CERT', 'WECHAT_CERT_KEY'))
  .check(together('WECHAT_PUBLIC_KEY', 'WECHAT_PUBLIC_KEY_ID'))
  .check(neededKeys)
  .check(ownKeys)
  .check(plainHttpOnly(...urls))
  .check(listensAtOne('PAY_RPC', 'PAY_RPC_LISTEN'))
  .refine(({ WECHAT_CERT, WECHAT_CERT_KEY }) => isPair(WECHAT_CERT, WECHAT_CERT_KEY), {
    ...always,
    path: ['WECHAT_CERT_KEY'],
    message: 'must be the key of the certificate in WECHAT_CERT',
  })
  .refine((env) => !speaksV3(env) || isRsaCertificate(env.WECHAT_CERT), {
    ...always,
    path: ['WECHAT_CERT'],
    message: 'must have an RSA key with 2048 bits for APIv3',
  })
  .refine(({ WECHAT_PUBLIC_KEY, WECHAT_CERT }) => !isOwnKey(WECHAT_PUBLIC_KEY, WECHAT_CERT), {
    ...always,
    path: ['WECHAT_PUBLIC_KEY'],
    message: "must be WeChat's key, not that of the merchant's own certificate",
  });

export class PayConfig extends ConfigOf(variables) {
  readonly listen = this.PAY_RPC_LISTEN ?? this.PAY_RPC[0];
  readonly tls = rpcTls(this);
  readonly about = { dialect: this.WECHAT_API };
  /** The backup of WeChat's own host is known; a sandbox has none unless it is named. */
  readonly backupUrl =
    this.WECHAT_API_BACKUP_URL ??
    (new URL(this.WECHAT_API_URL).origin === wechatUrl ? wechatBackupUrl : undefined);
  readonly certificate: Certificate | undefined =
    this.WECHAT_CERT !== undefined && this.WECHAT_CERT_KEY !== undefined
      ? { cert: this.WECHAT_CERT, key: this.WECHAT_CERT_KEY }
      : undefined;
  /** Where WeChat sends its notices. */
  readonly notifyUrls = {
    notify_url: this.WECHAT_NOTIFY_URL,
    refund_notify_url:
      this.WECHAT_REFUND_NOTIFY_URL ?? new URL('refundNotify', this.WECHAT_NOTIFY_URL).href,
  };
  /** Whose payments these are in v2; undefined without its key. */
  readonly v2: MerchantAccount | undefined = this.WECHAT_KEY
    ? {
        appid: this.WECHAT_APPID,
        mch_id: this.WECHAT_MCH_ID,
        key: this.WECHAT_KEY,
        sign_type: this.WECHAT_SIGN_TYPE,
        body: this.WECHAT_BODY,
        spbill_create_ip: this.WECHAT_SERVER_IP,
        ...this.notifyUrls,
      }
    : undefined;
  /** Whose payments these are in v3; undefined without its keys. */
  readonly v3: { readonly merchant: MerchantKeys; readonly shop: Shop } | undefined = this
    .WECHAT_V3_KEY
    ? { merchant: this.merchantKeys(this.WECHAT_V3_KEY), shop: this.shop() }
    : undefined;

  private merchantKeys(apiV3Key: string): MerchantKeys {
    const { WECHAT_PUBLIC_KEY: pem, WECHAT_PUBLIC_KEY_ID: id } = this;
    const { cert = '', key = '' } = this.certificate ?? {};
    const certificate = new X509Certificate(cert);
    return {
      appid: this.WECHAT_APPID,
      mch_id: this.WECHAT_MCH_ID,
      apiV3Key: createSecretKey(Buffer.from(apiV3Key)),
      privateKey: createPrivateKey(key),
      serial_no: certificate.serialNumber,
      expires: new Date(certificate.validTo),
      publicKey: pem && id ? { id, key: createPublicKey(pem) } : undefined,
    };
  }

  private shop(): Shop {
    return {
      description: this.WECHAT_BODY,
      payer_client_ip: this.WECHAT_SERVER_IP,
      ...this.notifyUrls,
    };
  }
}
