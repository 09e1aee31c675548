import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { aPayment, columns, sums } from '../../apps/pay-service/src/bill/bill-spec-kit';
import { merchant } from './wechat';

export interface BillRows {
  readonly count: number;
  /** The number of the payment at this place; it is of 10.00 yuan. */
  readonly numberOf: (index: number) => string;
  /** When it was paid, as a bill writes it. */
  readonly timeOf: (index: number) => string;
}

const rowsPerChunk = 1_000;

/** Writes a trade bill of payments, zipped, as WeChat sends it. */
export async function writeBill(file: string, rows: BillRows): Promise<void> {
  await pipeline(Readable.from(chunksOf(rows)), createGzip(), createWriteStream(file));
}

function* chunksOf(rows: BillRows): Generator<string> {
  yield `\ufeff${columns.join(',')}\r\n`;
  for (let from = 0; from < rows.count; from += rowsPerChunk) {
    const count = Math.min(rowsPerChunk, rows.count - from);
    yield Array.from({ length: count }, (_, at) => lineOf(rows, from + at)).join('');
  }
  const yuan = yuanOf(rows.count * 1_000);
  const fees = `${yuanOf(rows.count * 6)}000`;
  const totals = [`${rows.count}`, yuan, '0.00', '0.00', fees, yuan, '0.00'];
  yield `${['总交易单数', ...Object.keys(sums)].join(',')}\r\n${values(totals)}\r\n`;
}

function lineOf({ numberOf, timeOf }: BillRows, index: number): string {
  const { WECHAT_APPID, WECHAT_MCH_ID } = merchant;
  const number = numberOf(index);
  // As long, and as unlike each other, as real ones are.
  const openid = `oUpF8u${createHash('sha1').update(number).digest('base64url').slice(0, 22)}`;
  const row = aPayment({
    交易时间: timeOf(index),
    公众账号ID: WECHAT_APPID,
    商户号: WECHAT_MCH_ID,
    微信订单号: `42${number}`,
    商户订单号: number,
    用户标识: openid,
    应结订单金额: '10.00',
    订单金额: '10.00',
    手续费: '0.06000',
  });
  return `${values(columns.map((name) => row[name] ?? ''))}\r\n`;
}

const values = (texts: readonly string[]) => texts.map((text) => `\`${text}`).join(',');

const yuanOf = (fen: number) => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;
