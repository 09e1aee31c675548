import type { Api, Refund, Trade } from '../book/trade';
import type { NoticeFault } from '../faults/fault';
import type { Post, Reply } from './courier';
import type { Wording } from './wording';

/** One piece of news for a merchant; what it tells is the same at each repeat. */
export interface Letter {
  readonly kind: 'pay' | 'refund';
  readonly api: Api;
  readonly url: string;
  readonly trade: Trade;
  readonly refund?: Refund;
  readonly wording: Wording;
  /** What an attempt sends, spoilt where the fault says so. */
  write(fault?: NoticeFault): Post | Promise<Post>;
  /** A probe that goes before the next attempt, where there is to be one. */
  probe?(): Promise<Post> | undefined;
  /** Whether the merchant's answer ends the repeats. */
  isReceived(reply: Reply): boolean;
}
