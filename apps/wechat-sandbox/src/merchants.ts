import { z } from 'zod';
import { Merchant } from './merchant';
import { merchantKey } from './merchant-key';

/** Certificates of one merchant that others have replaced; the oldest are forgotten first. */
const replacedMax = 10;

/** What the control plane has told of merchants: the environment tells the rest at each start. */
export const SavedMerchants = z.strictObject({
  told: z.array(Merchant),
  replaced: z.array(z.strictObject({ mch_id: z.string(), serials: z.array(z.string()) })),
});

/** The merchants that a sandbox knows: some from its start, more by its control plane. */
export class Merchants {
  private readonly byNumber: Map<string, Merchant>;
  /** What was told since the start, by the merchant's number. */
  private readonly told = new Map<string, Merchant>();
  /** The serials of certificates that were replaced, by the merchant's number. */
  private readonly replaced = new Map<string, readonly string[]>();

  constructor(atStart: readonly Merchant[]) {
    this.byNumber = new Map(atStart.map((merchant) => [merchant.mch_id, merchant]));
  }

  all(): Merchant[] {
    return [...this.byNumber.values()];
  }

  of(mch_id: string): Merchant | undefined {
    return this.byNumber.get(mch_id);
  }

  /** Whether this merchant once had a certificate with this serial, in capitals. */
  hasReplaced(mch_id: string, serial: string): boolean {
    return this.replaced.get(mch_id)?.includes(serial) ?? false;
  }

  /** Adds one, or changes what is said of one that is known. A new certificate is a valid one. */
  put(some: Merchant): { readonly merchant: Merchant; readonly isNew: boolean } {
    const { mch_id } = some;
    const known = this.byNumber.get(mch_id);
    const before = known && merchantKey(known)?.serial;
    const isRenewed = some.certificate !== undefined && some.certificate !== known?.certificate;
    const told: Merchant = { ...(isRenewed && { certificate_revoked: false }), ...some };
    const merchant: Merchant = { ...known, ...told };
    this.byNumber.set(mch_id, merchant);
    this.told.set(mch_id, { ...this.told.get(mch_id), ...told });
    if (before && before !== merchantKey(merchant)?.serial) {
      const serials = [...(this.replaced.get(mch_id) ?? []), before];
      this.replaced.set(mch_id, serials.slice(-replacedMax));
    }
    return { merchant, isNew: known === undefined };
  }

  saved(): z.output<typeof SavedMerchants> {
    const replaced = [...this.replaced].map(([mch_id, serials]) => ({
      mch_id,
      serials: [...serials],
    }));
    return { told: [...this.told.values()], replaced };
  }

  /** Tells again what an earlier process was told. */
  restore({ told, replaced }: z.output<typeof SavedMerchants>): void {
    for (const merchant of told) this.put(merchant);
    for (const { mch_id, serials } of replaced) this.replaced.set(mch_id, serials);
  }
}
