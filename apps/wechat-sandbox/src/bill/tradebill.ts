import { refundStatus } from '../book/refund';
import type { Payment, Refund, Trade } from '../book/trade';
import { beijingDateTime, beijingDay } from '../clock';
import { yuan } from '../yuan';

export const billTypes = ['ALL', 'SUCCESS', 'REFUND', 'RECHARGE_REFUND'] as const;
export type BillType = (typeof billTypes)[number];

/** One line of a bill, by WeChat's column names. Amounts are fen; `text` writes them. */
interface Row {
  readonly ms: number;
  readonly texts: Readonly<Record<string, string>>;
  readonly fen: Readonly<Record<string, number>>;
}

const refundColumns = '微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态';
const refundTimes = '退款申请时间,退款成功时间';
const all =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,' +
  `${refundColumns},商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注`;

const columnsOf: Record<BillType, string[]> = {
  ALL: all.split(','),
  SUCCESS: all.replace(`${refundColumns},`, '').replace('申请退款金额,', '').split(','),
  REFUND: all.replace(refundColumns, `${refundTimes},${refundColumns}`).split(','),
  RECHARGE_REFUND: [],
};

/** The sums of the last line: each of the column beside it. */
const sums = {
  应结订单总金额: '应结订单金额',
  退款总金额: '退款金额',
  充值券退款总金额: '充值券退款金额',
  手续费总金额: '手续费',
  订单总金额: '订单金额',
  申请退款总金额: '申请退款金额',
} as const;

const byteOrderMark = '\ufeff';
const feePerThousand = 6;

/**
 * One day of one merchant as WeChat writes it: UTF-8 with a byte order mark, CRLF after every line,
 * a backtick before every value. Undefined when nothing happened on that day.
 */
export function writeBill(
  trades: readonly Trade[],
  { bill_date, type }: { readonly bill_date: string; readonly type: BillType },
  made_ms: number,
): string | undefined {
  const payments = type === 'ALL' || type === 'SUCCESS' ? trades.flatMap(paymentRows) : [];
  const refunds =
    type === 'ALL' || type === 'REFUND'
      ? trades.flatMap((trade) => refundRows(trade, made_ms))
      : [];
  const rows = [...payments, ...refunds]
    .filter(({ ms }) => beijingDay(ms) === bill_date)
    .sort((a, b) => a.ms - b.ms);
  if (rows.length === 0) return undefined;

  const columns = columnsOf[type];
  const values = (texts: string[]) => texts.map((text) => `\`${escaped(text)}`).join(',');
  const totals = Object.values(sums).map((column) =>
    amount(
      rows.reduce((sum, row) => sum + (row.fen[column] ?? 0), 0),
      column,
    ),
  );
  const lines = [
    columns.join(','),
    ...rows.map((row) => values(columns.map((column) => cell(row, column)))),
    ['总交易单数', ...Object.keys(sums)].join(','),
    values([String(rows.length), ...totals]),
  ];
  return byteOrderMark + lines.map((line) => `${line}\r\n`).join('');
}

function cell({ texts, fen }: Row, column: string): string {
  const sum = fen[column];
  return sum === undefined ? (texts[column] ?? '') : amount(sum, column);
}

/** Fees have five decimals, though they are whole fen. */
const amount = (fen: number, column: string) => `${yuan(fen)}${column === '手续费' ? '000' : ''}`;

/** What a merchant wrote must not look like the file's own signs. */
const escaped = (text: string): string =>
  text.replaceAll(',', '\\ ').replaceAll('\n', '\\n').replaceAll('"', '\\"');

/** The part of a payment or a refund that coupons of one kind have. */
function couponPart({ coupons }: Payment, isFree: boolean): number {
  const some = coupons.filter((coupon) => (coupon.isFree ?? false) === isFree);
  return some.reduce((sum, { coupon_fee }) => sum + coupon_fee, 0);
}

/** What is settled with the merchant: free coupons are paid by nobody. */
export const settledPayment = (trade: Trade, paid: Payment): number =>
  trade.total_fee - couponPart(paid, true);

const share = (part: number, { total_fee }: Trade, { refund_fee }: Refund) =>
  Math.round((part * refund_fee) / total_fee);

export const settledRefund = (trade: Trade, paid: Payment, refund: Refund): number =>
  refund.refund_fee - share(couponPart(paid, true), trade, refund);

export const serviceFee = (fen: number) => Math.round((fen * feePerThousand) / 1_000);

function headOf(trade: Trade, paid: Payment): Record<string, string> {
  return {
    公众账号ID: trade.appid,
    商户号: trade.mch_id,
    特约商户号: '0',
    设备号: trade.request.device_info,
    微信订单号: paid.transaction_id,
    商户订单号: trade.out_trade_no,
    用户标识: paid.openid,
    交易类型: 'NATIVE',
    付款银行: paid.coupons.length > 0 ? 'CMB_CREDIT' : 'OTHERS',
    货币种类: 'CNY',
    商品名称: trade.request.description,
    商户数据包: trade.request.attach,
    费率: '0.60%',
  };
}

function paymentRows(trade: Trade): Row[] {
  const { paid, total_fee } = trade;
  if (!paid) return [];
  return [
    {
      ms: paid.pay_ms,
      texts: {
        ...headOf(trade, paid),
        交易时间: beijingDateTime(paid.pay_ms),
        交易状态: 'SUCCESS',
        微信退款单号: '0',
        商户退款单号: '0',
      },
      fen: {
        应结订单金额: settledPayment(trade, paid),
        代金券金额: couponPart(paid, true) + couponPart(paid, false),
        退款金额: 0,
        充值券退款金额: 0,
        手续费: serviceFee(settledPayment(trade, paid)),
        订单金额: total_fee,
        申请退款金额: 0,
      },
    },
  ];
}

/** The bill has its own words for a refund's state. */
const refundStates = {
  PROCESSING: 'PROCESSING',
  SUCCESS: 'SUCCESS',
  REFUNDCLOSE: 'FAIL',
  CHANGE: 'CHANGE',
} as const;

/** A refund stands on the day it was accepted, once, as it stood when the file was made. */
function refundRows(trade: Trade, made_ms: number): Row[] {
  const { paid } = trade;
  if (!paid) return [];
  return trade.refunds.map((refund) => refundRow(trade, { paid, refund }, made_ms));
}

function refundRow(
  trade: Trade,
  { paid, refund }: { readonly paid: Payment; readonly refund: Refund },
  made_ms: number,
): Row {
  const state = refundStates[refundStatus(refund, made_ms)];
  const settled = settledRefund(trade, paid, refund);
  return {
    ms: refund.create_ms,
    texts: {
      ...headOf(trade, paid),
      交易时间: beijingDateTime(refund.create_ms),
      交易状态: 'REFUND',
      退款申请时间: beijingDateTime(refund.create_ms),
      退款成功时间: state === 'SUCCESS' ? beijingDateTime(refund.success_ms) : '',
      微信退款单号: refund.refund_id,
      商户退款单号: refund.out_refund_no,
      退款类型: 'ORIGINAL',
      退款状态: state,
    },
    fen: {
      应结订单金额: 0,
      代金券金额: 0,
      退款金额: settled,
      充值券退款金额: share(couponPart(paid, false), trade, refund),
      手续费: -serviceFee(settled),
      订单金额: 0,
      申请退款金额: refund.refund_fee,
    },
  };
}
