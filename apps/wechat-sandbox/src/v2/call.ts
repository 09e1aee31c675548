import type { Book } from '../book/book';
import { countCall, type Refund, type Trade } from '../book/trade';
import type { Visit } from './answer';
import type { V2No } from './no';
import type { Rules } from './rules';

/** What a call works with. */
export interface Office {
  readonly book: Book;
  /** Called once for each refund that WeChat accepts. */
  refunded(trade: Trade, refund: Refund): void;
}

/** What came of a call, in WeChat's names; whoever answers adds the head and signs. */
type Result = Record<string, string> | V2No;

export interface Call {
  readonly rules: Rules;
  /** The call needs at least one of these numbers. */
  readonly oneOf?: readonly string[];
  /** Only for who shows a client certificate, where the sandbox is told to look at it. */
  readonly needsCertificate?: true;
  act(visit: Visit, office: Office): Result;
}

/** The order that a call is about, by WeChat's number or else the merchant's; counts the call. */
export function visitedTrade(visit: Visit, book: Book, call: string): Trade | undefined {
  const trade = book.find({
    mch_id: visit.merchant.mch_id,
    transaction_id: visit.fields.get('transaction_id') ?? '',
    out_trade_no: visit.fields.get('out_trade_no') ?? '',
  });
  if (trade) countCall(trade, call);
  return trade;
}
