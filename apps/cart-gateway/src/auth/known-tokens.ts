import { hash } from 'node:crypto';
import { Newest } from '@saoma/platform/newest';
import type { SignedIn } from '../rest/user';

/** More tokens than this are not remembered: the oldest go. */
const tokensMax = 10_000;

interface Known {
  readonly user: SignedIn;
  /** Seconds since 1970, with the leeway: it is good from then, and until then. */
  readonly fromSeconds: number;
  readonly untilSeconds: number;
  /** What its signature was found good by. */
  readonly signer: object;
}

/**
 * Tokens that were verified lately, so that the next request of a user costs no signature. What is
 * remembered is the verdict of these very bytes by that very secret or key set: who asks compares
 * the signer with the one that is good now, so that new keys end every verdict of the old ones.
 * Refusals are not remembered: nobody can push a good token out with bad ones. The tokens
 * themselves are not kept, only their hashes.
 */
export class KnownTokens {
  private readonly known = new Newest<string, Known>(tokensMax);

  /** The verdict, if it is one of now. */
  find(token: string): Known | undefined {
    const found = this.known.get(idOf(token));
    const nowSeconds = Math.floor(Date.now() / 1_000);
    if (!found || nowSeconds < found.fromSeconds) return undefined;
    return nowSeconds < found.untilSeconds ? found : undefined;
  }

  keep(token: string, verdict: Known): void {
    this.known.set(idOf(token), verdict);
  }
}

const idOf = (token: string) => hash('sha256', token, 'base64');
