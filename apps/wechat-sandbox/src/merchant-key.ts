import { type KeyObject, X509Certificate } from 'node:crypto';
import type { Merchant } from './merchant';

/** What a merchant's certificate says. */
export interface MerchantKey {
  /** 40 hex digits in capitals. */
  readonly serial: string;
  readonly publicKey: KeyObject;
  readonly expire_ms: number;
}

const read = new WeakMap<Merchant, MerchantKey>();

/** Undefined for a merchant without a certificate. */
export function merchantKey(merchant: Merchant): MerchantKey | undefined {
  if (!merchant.certificate) return undefined;
  const known = read.get(merchant);
  if (known) return known;
  const { serialNumber, publicKey, validTo } = new X509Certificate(merchant.certificate);
  const key = { serial: serialNumber.toUpperCase(), publicKey, expire_ms: Date.parse(validTo) };
  read.set(merchant, key);
  return key;
}
