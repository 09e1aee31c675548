/** The algorithm of a signature; the request chooses it. */
export type SignType = 'MD5' | 'HMAC-SHA256';

/** A merchant that the sandbox knows: its numbers and the API key of its signatures. */
export interface Merchant {
  readonly appid: string;
  readonly mch_id: string;
  readonly key: string;
  /** The shop's name on the payer's phone. */
  readonly name?: string;
}

/** The shop's name on the payer's phone. */
export const shopName = (merchant: Merchant): string => merchant.name ?? `商户 ${merchant.mch_id}`;
