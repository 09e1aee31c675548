import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BillRow, BillTotals } from '@saoma/contracts/bills';
import { Asked } from './asked';
import { rowsOf, totalsOf } from './trade-bill';

export type Row = Readonly<Record<string, string>>;

const { bill } = JSON.parse(
  readFileSync(join(process.cwd(), 'test/vectors/wechat-v3/v3-more.json'), 'utf8'),
);
const bytes = (base64: string) => Buffer.from(base64, 'base64');
/** The bill of the vectors: 11 October 2026, six rows. */
export const goldenBill = {
  plain: bytes(bill.csvBase64),
  zipped: bytes(bill.gzipBase64),
  withRawComma: bytes(bill.rawCommaVariant.csvBase64),
  sha1: bill.sha1 as string,
  rows: bill.rows as Row[],
  day: '2026-10-11',
  mch_id: bill.rows[0].商户号 as string,
  fen: bill.expectedFen as Record<string, number>,
};

export const columns = Object.keys(goldenBill.rows[0] ?? {});
const refundColumns = ['微信退款单号', '商户退款单号', '退款金额', '充值券退款金额'];
const onlyInRefunds = [...refundColumns, '退款类型', '退款状态', '申请退款金额'];
/** Those of a bill of payments alone. */
export const paymentColumns = columns.filter((name) => !onlyInRefunds.includes(name));

export const sums: Row = {
  应结订单总金额: '应结订单金额',
  退款总金额: '退款金额',
  充值券退款总金额: '充值券退款金额',
  手续费总金额: '手续费',
  订单总金额: '订单金额',
  申请退款总金额: '申请退款金额',
};

/** A row of a payment, of 1.01 yuan unless another amount is given. */
export const aPayment = (some: Row = {}): Row => ({
  ...goldenBill.rows[3],
  应结订单金额: '1.01',
  订单金额: '1.01',
  手续费: '0.01000',
  ...some,
});
export const aRefund = (some: Row = {}): Row => ({ ...goldenBill.rows[1], ...some });

/** The file of these rows; with sums of one's own it may be a wrong one. */
export function aBill(
  rows: readonly Row[],
  {
    names = columns,
    sumNames = sums,
    last = {},
  }: { names?: readonly string[]; sumNames?: Row; last?: Row } = {},
): Buffer {
  const sum = (column: string) => {
    const digits = rows.map((row) => row[column] ?? '0.00');
    const most = Math.max(0, ...digits.map((text) => (text.split('.')[1] ?? '').length));
    const units = digits.map((text) => {
      const [whole = '', decimals = ''] = text.split('.');
      return BigInt(whole + decimals.padEnd(most, '0'));
    });
    const total = units.reduce((all, each) => all + each, 0n);
    const text = String(total < 0n ? -total : total).padStart(most + 1, '0');
    return `${total < 0n ? '-' : ''}${text.slice(0, -most)}.${text.slice(-most)}`;
  };
  const totals = Object.entries(sumNames).map(([name, column]) => last[name] ?? sum(column));
  const line = (texts: readonly string[]) => texts.map((text) => `\`${text}`).join(',');
  const lines = [
    names.join(','),
    ...rows.map((row) => line(names.map((name) => row[name] ?? ''))),
    ['总交易单数', ...Object.keys(sumNames)].join(','),
    line([last.总交易单数 ?? String(rows.length), ...totals]),
  ];
  return Buffer.from(`\ufeff${lines.map((text) => `${text}\r\n`).join('')}`);
}

/** Cut at places that mean nothing, in the middle of characters too. */
export async function* inChunks(file: Uint8Array, bytesMax = 7): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += bytesMax) yield file.subarray(at, at + bytesMax);
}

/** What is asked for, unless a test asks for something else: the bill of the vectors. */
export const askedFor = new Asked(goldenBill.day, goldenBill.mch_id);
export const totals = (file: Uint8Array, asked = askedFor): Promise<BillTotals> =>
  totalsOf(inChunks(file), asked);

export async function rows(file: Uint8Array): Promise<BillRow[]> {
  const all: BillRow[] = [];
  for await (const some of rowsOf(inChunks(file))) all.push(...some);
  return all;
}
