import { z } from 'zod';
import type { Trade } from '../book/trade';
import type { Letter } from './letter';
import { Wording } from './wording';

/** News that waits to be told: a first time, or once more. */
export interface Due {
  readonly trade: Trade;
  readonly kind: 'pay' | 'refund';
  readonly out_refund_no?: string | undefined;
  /** When its next attempt is; a time that is over while that is under way. */
  at_ms: number;
  /** Which attempt that is, 0 being the first. */
  repeat: number;
  /** It is written when it is due first: a refund may end otherwise meanwhile. */
  letter?: Letter | undefined;
  /** Undefined where nobody wants to hear of it. */
  write(): Letter | undefined;
}

export const SavedDue = z.strictObject({
  mch_id: z.string(),
  out_trade_no: z.string(),
  kind: z.enum(['pay', 'refund']),
  out_refund_no: z.string().optional(),
  at_ms: z.number(),
  repeat: z.int(),
  wording: Wording.optional(),
});
export type SavedDue = z.output<typeof SavedDue>;

/** What waits, by its order; what a forgotten order had to tell is forgotten with it. */
export class DueNews {
  private readonly byTrade = new WeakMap<Trade, Set<Due>>();

  add(due: Due): Due {
    const known = this.byTrade.get(due.trade);
    if (known) known.add(due);
    else this.byTrade.set(due.trade, new Set([due]));
    return due;
  }

  isOver(due: Due): void {
    this.byTrade.get(due.trade)?.delete(due);
  }

  of(trades: readonly Trade[]): Due[] {
    return trades.flatMap((trade) => [...(this.byTrade.get(trade) ?? [])]);
  }
}

export function savedDue({ trade, letter, ...due }: Due): SavedDue {
  const { mch_id, out_trade_no } = trade;
  const { kind, out_refund_no, at_ms, repeat } = due;
  const wording = letter?.wording;
  return { mch_id, out_trade_no, kind, out_refund_no, at_ms, repeat, wording };
}
