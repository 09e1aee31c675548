import type { Book } from '../book/book';

/** What a call is about, as far as it says so. */
export interface About {
  readonly mch_id: string;
  readonly out_trade_no: string | undefined;
  readonly transaction_id?: string | undefined;
  readonly out_refund_no?: string | undefined;
}

/** The numbers that a call names, and the order's own where it names another: for the faults. */
export function aboutOf(named: About, book: Book): About {
  const { mch_id, transaction_id, out_refund_no } = named;
  const known =
    (transaction_id && book.find({ mch_id, transaction_id })) ||
    (out_refund_no && book.findRefund(mch_id, { out_refund_no })?.trade);
  return { ...named, out_trade_no: named.out_trade_no ?? (known ? known.out_trade_no : undefined) };
}
