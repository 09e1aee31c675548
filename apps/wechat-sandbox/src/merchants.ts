import type { Merchant } from './merchant';

/** The merchants that a sandbox knows: some from its start, more by its control plane. */
export class Merchants {
  private readonly byNumber: Map<string, Merchant>;

  constructor(atStart: readonly Merchant[]) {
    this.byNumber = new Map(atStart.map((merchant) => [merchant.mch_id, merchant]));
  }

  all(): Merchant[] {
    return [...this.byNumber.values()];
  }

  of(mch_id: string): Merchant | undefined {
    return this.byNumber.get(mch_id);
  }

  /** Adds one, or changes what is said of one that is known. */
  put(some: Merchant): { readonly merchant: Merchant; readonly isNew: boolean } {
    const known = this.byNumber.get(some.mch_id);
    const merchant: Merchant = { ...known, ...some };
    this.byNumber.set(merchant.mch_id, merchant);
    return { merchant, isNew: known === undefined };
  }
}
