import type { OrderOutput } from '@saoma/contracts/order';
import type { Payment } from '@saoma/contracts/payments';
import { beijingTime } from '@saoma/platform/beijing';
import { stringify } from 'csv-stringify/sync';

type Page = OrderOutput<'listPayments'>;

/** Payments of one file, which is made in memory: a few megabytes. */
const rowsMax = 5_000;

/** Of whole fen, digit by digit: no binary fraction is ever near money. */
const yuan = (fen: number) => `${Math.trunc(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;
/** A spreadsheet rounds long numbers, unless something stands behind their digits. */
const digits = (text: string | null) => (text ? `${text}\t` : '');
/** As WeChat's bills write it, and as spreadsheets know a time. */
const beijing = (time: string | null) => time && beijingTime(Date.parse(time)).replace('T', ' ');

const columns: Readonly<Record<string, (payment: Payment) => string | null>> = {
  out_trade_no: ({ out_trade_no }) => digits(out_trade_no),
  user_id: ({ user_id }) => user_id,
  total_fee_yuan: ({ total_fee }) => yuan(total_fee),
  refund_fee_yuan: ({ refund_fee }) => yuan(refund_fee),
  trade_state: ({ trade_state }) => trade_state,
  transaction_id: ({ transaction_id }) => digits(transaction_id),
  create_time: ({ create_time }) => beijing(create_time),
  pay_time: ({ pay_time }) => beijing(pay_time),
  order_list: ({ order_list }) => digits(order_list),
  merchant_order_no: ({ merchant_order_no }) => digits(merchant_order_no),
  // What a page shows beside or instead of the state: such money waits for the shop, not the payer.
  closing: ({ closing }) => String(closing),
  held: ({ held }) => String(held),
};

const cellsOf = (payment: Payment) => Object.values(columns).map((cell) => cell(payment));

/** Payments from the cursor on as CSV for spreadsheets, and where the next file begins. */
export async function paymentsCsv(
  list: (cursor: string | null) => Promise<Page>,
  from: string | null,
): Promise<{ text: string; cursor: string | null }> {
  const rows: (string | null)[][] = [];
  let cursor = from;
  do {
    const page: Page = await list(cursor);
    // Not the payments themselves: the `metadata` of each may have 40 KiB.
    rows.push(...page.payments.map(cellsOf));
    cursor = page.cursor;
  } while (cursor !== null && rows.length < rowsMax);
  const text = stringify([Object.keys(columns), ...rows], {
    // Without a byte order mark Excel takes Chinese for something else.
    bom: true,
    // What begins as a formula would be carried out.
    escape_formulas: true,
    record_delimiter: 'windows',
  });
  return { text, cursor };
}
