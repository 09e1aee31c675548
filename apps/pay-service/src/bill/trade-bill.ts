import type { BillRow, BillTotals } from '@saoma/contracts/bills';
import { countOf, fenOf, milliFenOf } from './amount';
import type { Asked } from './asked';
import { BillError } from './bill-file';
import { linesOf } from './lines';
import { Sheet } from './sheet';
import { type Amounts, TradeRowReader } from './trade-row';

/** The sums of the last line, by every name that they have had. */
const sumNames = {
  order_fee: ['订单总金额', '总交易额'],
  refund_fee: ['申请退款总金额', '总退款金额'],
  settlement_fee: ['应结订单总金额', '总交易额'],
  settlement_refund_fee: ['退款总金额', '总退款金额'],
  coupon_refund_fee: ['充值券退款总金额', '总代金券或立减优惠退款金额', '总企业红包退款金额'],
  service_fee: ['手续费总金额', '返还手续费总金额'],
} as const;
const countNames = ['总交易单数'];

type SumName = keyof typeof sumNames;
const summed = Object.keys(sumNames) as SumName[];

/** A trade bill, line by line: its rows, and in the end its sums. */
class TradeBill {
  private readonly sheet = new Sheet();
  private reader: TradeRowReader | undefined;
  private rows = 0;
  private readonly sums: Record<SumName, number> = {
    order_fee: 0,
    refund_fee: 0,
    settlement_fee: 0,
    settlement_refund_fee: 0,
    coupon_refund_fee: 0,
    service_fee: 0,
  };

  /** With `asked` it is made sure that each row is of what was asked for. */
  constructor(private readonly asked?: Asked) {}

  /** The row of a line; undefined if the line is none. */
  read(line: string): BillRow | undefined {
    const fields = this.sheet.read(line);
    if (!fields) return undefined;
    this.reader ??= new TradeRowReader(this.sheet.columns);
    const { row, amounts } = this.reader.read(fields);
    this.asked?.checkMerchant(this.reader.mchIdOf(fields));
    // When what is neither a payment nor a refund happened, nobody has written down.
    if (row.type !== 'other') this.asked?.checkTime(row.time);
    this.add(amounts);
    return row;
  }

  /** Throws unless the count and every sum that the last line names are those of the rows. */
  end(): BillTotals {
    if (countOf(this.sheet.sumOf(countNames) ?? '') !== this.rows) {
      throw new BillError(`it has ${this.rows} rows, and its last line says another number`);
    }
    for (const name of summed) this.compare(name);
    const fen = summed.map((name) => [name, fenOf(this.sums[name])]);
    return { rows: this.rows, ...Object.fromEntries(fen) };
  }

  private add(amounts: Amounts): void {
    this.rows += 1;
    for (const name of summed) this.sums[name] += amounts[name];
  }

  private compare(name: SumName): void {
    const text = this.sheet.sumOf(sumNames[name]);
    if (text === undefined) return;
    const said = milliFenOf(text);
    const sum = this.sums[name];
    // Where fees have parts of a fen, nobody knows how their sum is rounded.
    const isSame = said !== undefined && Number.isSafeInteger(sum) && fenOf(said) === fenOf(sum);
    if (!isSame) throw new BillError(`its rows do not add up to its ${sumNames[name][0]}`);
  }
}

/**
 * The sums of a whole bill, once its last line has confirmed them, and each row is of the day and
 * the merchant that were asked for. Throws BillError if not.
 */
export async function totalsOf(
  chunks: AsyncIterable<Uint8Array>,
  asked: Asked,
): Promise<BillTotals> {
  const bill = new TradeBill(asked);
  for await (const lines of linesOf(chunks)) {
    // No row is held: what lives for long enough V8 takes for what stays, with all it refers to.
    for (const line of lines) bill.read(line);
  }
  return bill.end();
}

/** The rows of a bill that has been checked, some at a time. */
export async function* rowsOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<BillRow[], void> {
  const bill = new TradeBill();
  for await (const lines of linesOf(chunks)) yield lines.flatMap((line) => bill.read(line) ?? []);
}
