import type { BillRow } from '@saoma/contracts/bills';
import { fenOf, milliFenOf, milliFenPerFen } from './amount';
import { BillError } from './bill-file';
import { type Columns, type Fields, textAt } from './sheet';

/** The columns that are read, by every name that they have had. */
const names = {
  time: ['交易时间'],
  mch_id: ['商户号'],
  transaction_id: ['微信订单号'],
  out_trade_no: ['商户订单号'],
  trade_type: ['交易类型'],
  state: ['交易状态'],
  fee_type: ['货币种类'],
  refund_id: ['微信退款单号'],
  out_refund_no: ['商户退款单号'],
  refund_state: ['退款状态'],
} as const;

/** The amounts likewise. Before 2018 the order's was also what was settled. */
const amountNames = {
  order_fee: ['订单金额', '总金额'],
  refund_fee: ['申请退款金额', '退款金额'],
  settlement_fee: ['应结订单金额', '总金额'],
  settlement_refund_fee: ['退款金额'],
  coupon_fee: ['代金券金额', '代金券或立减优惠金额', '企业红包金额'],
  coupon_refund_fee: ['充值券退款金额', '代金券或立减优惠退款金额', '企业红包退款金额'],
  service_fee: ['手续费', '返还手续费'],
} as const;

/** These make no sense without the other amounts, which a bill of one kind of rows lacks. */
const needed = ['time', 'transaction_id', 'out_trade_no', 'state', 'mch_id'] as const;

type Name = keyof typeof names;
type AmountName = keyof typeof amountNames;
/** Thousandths of a fen. */
export type Amounts = Record<AmountName, number>;

const allAmounts = Object.keys(amountNames) as AmountName[];
/** Where each column stands; undefined: there is none. */
type Places<N extends string> = Readonly<Record<N, number | undefined>>;

const textCharsMax = 64;

/**
 * Each row begins as a copy of this. V8 may send what a literal makes straight to where it keeps
 * what stays, and each row then keeps the text around it: in a profile 90 MiB for a million rows,
 * in one run of nine with literals, and in none of fourteen with copies.
 */
const noRow: BillRow = {
  type: 'other',
  time: '',
  transaction_id: '',
  out_trade_no: '',
  trade_type: '',
  refund_id: null,
  out_refund_no: null,
  fee: 0,
  settlement_fee: 0,
  coupon_fee: 0,
  state: '',
  service_fee: 0,
  fee_type: '',
};

function placesOf<N extends string>(
  columns: Columns,
  spelled: Readonly<Record<N, readonly string[]>>,
): Places<N> {
  const all = Object.entries<readonly string[]>(spelled);
  const places = all.map(([name, each]) => [name, columns.find(each)]);
  return Object.fromEntries(places);
}

/** Reads the rows of a trade bill whose columns stand in any order. */
export class TradeRowReader {
  private readonly places: Places<Name>;
  private readonly amountPlaces: Places<AmountName>;
  /** The date of the row before: nearly all are of one day. */
  private knownDate = '';

  constructor(columns: Columns) {
    this.places = placesOf(columns, names);
    this.amountPlaces = placesOf(columns, amountNames);
    const missing = needed.find((name) => this.places[name] === undefined);
    if (missing) throw new BillError(`it has no column ${names[missing][0]}`);
    const { order_fee, refund_fee } = this.amountPlaces;
    if (order_fee === undefined && refund_fee === undefined) {
      throw new BillError(`it has no column ${amountNames.order_fee[0]}`);
    }
  }

  /** The row, and the amounts of it that the sums are made of. */
  read(fields: Fields): { readonly row: BillRow; readonly amounts: Amounts } {
    const amounts = this.amounts(fields);
    const word = this.text(fields, 'state');
    const type = word === 'SUCCESS' ? 'payment' : word === 'REFUND' ? 'refund' : 'other';
    const out_refund_no = type === 'payment' ? null : this.number(fields, 'out_refund_no');
    const isBack = type === 'refund' || out_refund_no !== null;
    const fen = (name: AmountName) => fenOf(amounts[name]);
    const row = {
      ...noRow,
      type,
      time: this.time(fields),
      transaction_id: this.text(fields, 'transaction_id'),
      out_trade_no: this.text(fields, 'out_trade_no'),
      trade_type: this.text(fields, 'trade_type'),
      refund_id: type === 'payment' ? null : this.number(fields, 'refund_id'),
      out_refund_no,
      fee: fen(isBack ? 'refund_fee' : 'order_fee'),
      settlement_fee: fen(isBack ? 'settlement_refund_fee' : 'settlement_fee'),
      coupon_fee: fen(isBack ? 'coupon_refund_fee' : 'coupon_fee'),
      state: type === 'refund' ? this.text(fields, 'refund_state') : word,
      service_fee: fen('service_fee'),
      fee_type: this.text(fields, 'fee_type'),
    } as const;
    return { row, amounts };
  }

  mchIdOf(fields: Fields): string {
    return this.text(fields, 'mch_id');
  }

  private text(fields: Fields, name: Name): string {
    const place = this.places[name];
    const text = place === undefined ? '' : textAt(fields, place);
    if (text.length > textCharsMax) throw new BillError(`${names[name][0]} is too long`);
    return text;
  }

  /** `0` stands where there is no number. */
  private number(fields: Fields, name: Name): string | null {
    const text = this.text(fields, name);
    return text === '' || text === '0' ? null : text;
  }

  private amounts(fields: Fields): Amounts {
    const amounts: Partial<Amounts> = {};
    for (const name of allAmounts) {
      const place = this.amountPlaces[name];
      const text = place === undefined ? '0' : textAt(fields, place);
      const amount = milliFenOf(text);
      const isFee = name === 'service_fee';
      if (amount === undefined || (!isFee && (amount < 0 || amount % milliFenPerFen !== 0))) {
        throw new BillError(`${amountNames[name][0]} is no amount in a row`);
      }
      amounts[name] = amount;
    }
    return amounts as Amounts;
  }

  private time(fields: Fields): string {
    // Old files have colons of full width.
    const text = this.text(fields, 'time').replaceAll('：', ':');
    const [, date = '', time] =
      /^(20[0-9]{2}-[0-9]{2}-[0-9]{2}) ((?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])$/.exec(text) ??
      [];
    if (!time || !this.isDate(date)) throw new BillError('交易时间 is no time in a row');
    return `${date}T${time}+08:00`;
  }

  private isDate(date: string): boolean {
    if (date === this.knownDate) return true;
    const ms = Date.parse(`${date}T00:00:00Z`);
    // JavaScript takes 30 February for 1 March: only what comes back unchanged is a date.
    if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date) return false;
    this.knownDate = date;
    return true;
  }
}
