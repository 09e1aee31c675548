import type { BillRow } from '@saoma/contracts/bills';
import {
  aBill,
  aPayment,
  aRefund,
  columns,
  type Row,
} from '../../apps/pay-service/src/bill/bill-spec-kit';
import type { Seeded } from '../proof/seeded';
import { beijingDateTime } from './beijing-time';

/** Names that look like other parts of the file. */
const goods = ['收银台-测试商品', '苹果\\ 香蕉', '苹果,香蕉', '茶,`1.00,`', '`', '', '"米"，5 kg'];

/** The trade bill of these rows, spelled in one of the ways that are read alike. */
export function drawnFile(draw: Seeded, rows: readonly BillRow[], last: Row = {}): Buffer {
  const names = draw.chance(80) ? columns : ['新列', ...[...columns].reverse()];
  const text = aBill(
    rows.map((row) => cellsOf(draw, row)),
    { names, last },
  ).toString();
  const marked = draw.chance(80) ? text : text.slice(1);
  const ended = draw.chance(80) ? marked : marked.replace(/\r\n$/, '');
  return Buffer.from(draw.chance(80) ? ended : ended.replaceAll('\r\n', '\n'));
}

/** One that must not be believed: it is not whole, or its rows and its sums do not agree. */
export function spoiltFile(draw: Seeded, rows: readonly BillRow[]): Buffer {
  const whole = drawnFile(draw, rows);
  const orders = rows
    .filter(({ type }) => type === 'payment')
    .reduce((sum, { fee }) => sum + fee, 1);
  return draw.pick([
    () => whole.subarray(0, draw.below(whole.lastIndexOf(',`'))),
    () => Buffer.concat([whole, whole]),
    () => drawnFile(draw, rows, { 总交易单数: String(rows.length + 1) }),
    () => drawnFile(draw, rows, { 订单总金额: exact(orders) }),
    () => drawnFile(draw, rows.slice(1), { 总交易单数: String(Math.max(1, rows.length)) }),
  ])();
}

function cellsOf(draw: Seeded, row: BillRow): Row {
  const fen = (amount: number) => (draw.chance(80) ? exact(amount) : loose(amount));
  const isPayment = row.type === 'payment';
  const common = {
    交易时间: beijingDateTime(Date.parse(row.time)),
    微信订单号: row.transaction_id,
    商户订单号: row.out_trade_no,
    交易类型: row.trade_type,
    货币种类: row.fee_type,
    手续费: `${exact(row.service_fee)}000`,
    商品名称: draw.pick(goods),
    商户数据包: draw.pick(goods),
  };
  if (isPayment) {
    return aPayment({
      ...common,
      应结订单金额: fen(row.settlement_fee),
      代金券金额: fen(row.coupon_fee),
      订单金额: fen(row.fee),
    });
  }
  return aRefund({
    ...common,
    交易状态: row.type === 'refund' ? 'REFUND' : row.state,
    微信退款单号: row.refund_id ?? '0',
    商户退款单号: row.out_refund_no ?? '0',
    退款金额: fen(row.settlement_fee),
    充值券退款金额: fen(row.coupon_fee),
    退款状态: row.state,
    申请退款金额: fen(row.fee),
  });
}

/** Yuan with two decimals. */
function exact(fen: number): string {
  const digits = String(Math.abs(fen)).padStart(3, '0');
  return `${fen < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** The same with no more decimals than it needs: 45.0 and 45.1, and 45.15. */
const loose = (fen: number) => exact(fen).replace(/0$/, '');
