import { z } from 'zod';

/** The algorithm of a signature; the request chooses it. */
export const SignType = z.enum(['MD5', 'HMAC-SHA256']);
export type SignType = z.output<typeof SignType>;

/** A merchant that the sandbox knows: its numbers and the API key of its signatures. */
export const Merchant = z.strictObject({
  appid: z.string().regex(/^[0-9A-Za-z_-]{1,32}$/, 'must be an appid of 1-32 characters'),
  mch_id: z.string().regex(/^[0-9]{1,32}$/, 'must be a merchant number of 1-32 digits'),
  key: z.string().regex(/^[!-~]{32}$/, 'must be an API key of 32 characters'),
  /** The shop's name on the payer's phone. */
  name: z.string().min(1).max(64).optional(),
  /** The only algorithm that this merchant's calls may use; without it each call chooses. */
  sign_type: SignType.optional(),
  /** Where refunds are reported whose call names no address, as in WeChat's merchant console. */
  refund_notify_url: z
    .url({ protocol: /^https?$/ })
    .max(256)
    .optional(),
});
export type Merchant = Readonly<z.output<typeof Merchant>>;

/** The merchant of WeChat's own examples: there without any configuration. */
export const exampleMerchant: Merchant = {
  appid: 'wx2421b1c4370ec43b',
  mch_id: '10000100',
  key: '192006250b4c09247ec02edce69f6a2d',
  name: 'Saoma 沙箱商户',
};

/** The shop's name on the payer's phone. */
export const shopName = (merchant: Merchant): string => merchant.name ?? `商户 ${merchant.mch_id}`;
