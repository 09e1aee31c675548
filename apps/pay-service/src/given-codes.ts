import { CodeUrl, codeLifeMs } from '@saoma/contracts/values';
import { Newest } from '@saoma/platform/newest';
import { unknown } from './unknown';
import type { CodeVerdict, No } from './wechat-channel';

/** So many are remembered, some 15 MiB of them; of more the oldest are forgotten. */
export const codesMax = 50_000;

interface Given {
  /** The first two numbers that it was told for; of a right code there is one. */
  readonly out_trade_nos: readonly string[];
  readonly toldMs: number;
}

/**
 * Which payment each code was given for. WeChat's answer to a request for a code names no number in
 * either dialect, so that one about another payment, a confused proxy's, has a true signature too.
 * But WeChat makes no code twice: one that is told for two payments is another's for one of them at
 * least, and from then on certain for neither. Its owner is not locked out: asked again, WeChat
 * makes a new code, and the one before pays nothing any more, wherever it is shown.
 */
export class GivenCodes {
  /** In the order of the last telling. */
  private readonly given = new Newest<string, Given>(codesMax);

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Reads the `code_url` of WeChat's answer about this payment. */
  read(told: unknown, out_trade_no: string): Exclude<CodeVerdict, No> {
    const { data: code_url } = CodeUrl.safeParse(told);
    if (!code_url) return unknown('answer without a code_url');
    const toldMs = this.now();
    this.forgetDead(toldMs);
    const before = this.given.get(code_url)?.out_trade_nos ?? [];
    const out_trade_nos = [...new Set([...before, out_trade_no])].slice(0, 2);
    this.given.set(code_url, { out_trade_nos, toldMs });
    const other = out_trade_nos.find((number) => number !== out_trade_no);
    if (other !== undefined) return unknown(`answer with a code that was given for ${other}`);
    return { outcome: 'success', code_url };
  }

  /** Nobody can pay by a code that was not told for as long as it lives. */
  private forgetDead(nowMs: number): void {
    for (const [code_url, { toldMs }] of this.given) {
      if (nowMs - toldMs < codeLifeMs) return;
      this.given.delete(code_url);
    }
  }
}
