import { X509Certificate } from 'node:crypto';
import { z } from 'zod';

/** The algorithm of a v2 signature; the request chooses it. */
export const SignType = z.enum(['MD5', 'HMAC-SHA256']);
export type SignType = z.output<typeof SignType>;

/** Which keys WeChat signs with towards a merchant: certificates, 微信支付公钥, or either. */
export const PlatformMode = z.enum(['certificate', 'both', 'public-key']);
export type PlatformMode = z.output<typeof PlatformMode>;

const isRsaCertificate = (pem: string): boolean => {
  try {
    return new X509Certificate(pem).publicKey.asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
};

const notifyUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .max(256)
  .optional();

/** A merchant that the sandbox knows: its numbers, and the keys of the dialects that it speaks. */
export const Merchant = z.strictObject({
  appid: z.string().regex(/^[0-9A-Za-z_-]{1,32}$/, 'must be an appid of 1-32 characters'),
  mch_id: z.string().regex(/^[0-9]{1,32}$/, 'must be a merchant number of 1-32 digits'),
  /** The API key of v2. */
  key: z
    .string()
    .regex(/^[!-~]{32}$/, 'must be an API key of 32 characters')
    .optional(),
  v3_key: z
    .string()
    .regex(/^[!-~]{32}$/, 'must be an APIv3 key of 32 characters')
    .optional(),
  /** The merchant's certificate, PEM: v3's requests are signed with its key. */
  certificate: z
    .string()
    .max(16_384)
    .refine(isRsaCertificate, 'must be a PEM certificate of an RSA key')
    .optional(),
  /** Its certificate was revoked in the console: WeChat believes no request that it signed. */
  certificate_revoked: z.boolean().optional(),
  /** Otherwise that of the whole sandbox. */
  platform_mode: PlatformMode.optional(),
  /** The shop's name on the payer's phone. */
  name: z.string().min(1).max(64).optional(),
  /** The only algorithm that this merchant's v2 calls may use; without it each call chooses. */
  sign_type: SignType.optional(),
  /** The address of its account, as in WeChat's merchant console, for refunds that name none. */
  notify_url: notifyUrl,
  /** The older name of the same; it wins. */
  refund_notify_url: notifyUrl,
});
export type Merchant = Readonly<z.output<typeof Merchant>>;

/** The merchant of WeChat's own examples: there without any configuration. */
export const exampleMerchant: Merchant & { readonly key: string; readonly v3_key: string } = {
  appid: 'wx2421b1c4370ec43b',
  mch_id: '10000100',
  key: '192006250b4c09247ec02edce69f6a2d',
  v3_key: 'SandboxApiV3Key0123456789abcdef!',
  name: 'Saoma 沙箱商户',
};

export const shopName = (merchant: Merchant): string => merchant.name ?? `商户 ${merchant.mch_id}`;

/** Where a refund is told of whose call names no address. */
export const accountUrl = (merchant: Merchant): string | undefined =>
  merchant.refund_notify_url ?? merchant.notify_url;
