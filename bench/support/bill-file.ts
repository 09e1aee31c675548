import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { merchant } from './wechat';

export interface BillRows {
  readonly count: number;
  /** The number of the payment at this place; it is of 10.00 yuan. */
  readonly numberOf: (index: number) => string;
  /** When it was paid, as a bill writes it. */
  readonly timeOf: (index: number) => string;
}

const names =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,' +
  '付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,' +
  '退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注';
const sumNames =
  '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额';
const rowsPerChunk = 1_000;

/** Writes a trade bill of payments, zipped, as WeChat sends it. */
export async function writeBill(file: string, rows: BillRows): Promise<void> {
  await pipeline(Readable.from(chunksOf(rows)), createGzip(), createWriteStream(file));
}

function* chunksOf(rows: BillRows): Generator<string> {
  yield `\ufeff${names}\r\n`;
  for (let from = 0; from < rows.count; from += rowsPerChunk) {
    const count = Math.min(rowsPerChunk, rows.count - from);
    yield Array.from({ length: count }, (_, at) => lineOf(rows, from + at)).join('');
  }
  const yuan = yuanOf(rows.count * 1_000);
  const fees = `${yuanOf(rows.count * 6)}000`;
  const sums = [`${rows.count}`, yuan, '0.00', '0.00', fees, yuan, '0.00'];
  yield `${sumNames}\r\n${values(sums)}\r\n`;
}

function lineOf({ numberOf, timeOf }: BillRows, index: number): string {
  const { WECHAT_APPID, WECHAT_MCH_ID } = merchant;
  const number = numberOf(index);
  // As long, and as unlike each other, as real ones are.
  const openid = `oUpF8u${createHash('sha1').update(number).digest('base64url').slice(0, 22)}`;
  const payer = [`42${number}`, number, openid, 'NATIVE', 'SUCCESS', 'OTHERS', 'CNY'];
  const money = ['10.00', '0.00', '0', '0', '0.00', '0.00', '', ''];
  const goods = ['品优购', '', '0.06000', '0.60%', '10.00', '0.00', ''];
  const head = [timeOf(index), WECHAT_APPID, WECHAT_MCH_ID, '0', 'WEB'];
  return `${values([...head, ...payer, ...money, ...goods])}\r\n`;
}

const values = (texts: readonly string[]) => texts.map((text) => `\`${text}`).join(',');

const yuanOf = (fen: number) => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;
