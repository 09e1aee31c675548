import type { Payment, Refund, Trade } from '../book/trade';
import { beijingDateTime, beijingDay } from '../clock';
import { yuan } from '../yuan';
import { serviceFee, settledPayment, settledRefund } from './tradebill';

/** One movement on the merchant's account, in fen: what came in is positive. */
interface Movement {
  readonly ms: number;
  readonly number: string;
  readonly what: '交易' | '扣除交易手续费' | '退款';
  readonly fen: number;
  readonly note: string;
  readonly voucher: string;
}

const byteOrderMark = '\ufeff';
const columns =
  '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额（元）,账户结余（元）,' +
  '资金变更提交申请人,备注,业务凭证号';
const sums = '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额';

/** One day of the basic account; undefined when nothing moved. The account began with nothing. */
export function writeFundFlow(trades: readonly Trade[], bill_date: string): string | undefined {
  const all = trades.flatMap(movements).sort((a, b) => a.ms - b.ms);
  let balance = 0;
  const lines: string[] = [];
  for (const [index, each] of all.entries()) {
    balance += each.fen;
    if (beijingDay(each.ms) === bill_date) lines.push(line(each, { index, balance }));
  }
  if (lines.length === 0) return undefined;
  const day = all.filter(({ ms }) => beijingDay(ms) === bill_date);
  const incomes = day.filter(({ fen }) => fen > 0);
  const expenses = day.filter(({ fen }) => fen <= 0);
  const summary = values([
    String(day.length),
    String(incomes.length),
    total(incomes),
    String(expenses.length),
    total(expenses),
  ]);
  return byteOrderMark + [columns, ...lines, sums, summary].map((text) => `${text}\r\n`).join('');
}

function movements(trade: Trade): Movement[] {
  const { paid } = trade;
  if (!paid) return [];
  return [
    ...paidMovements(trade, paid),
    ...trade.refunds.flatMap((each) => back(trade, paid, each)),
  ];
}

function paidMovements(trade: Trade, paid: Payment): Movement[] {
  const settled = settledPayment(trade, paid);
  const fee = serviceFee(settled);
  const about = { ms: paid.pay_ms, number: paid.transaction_id, voucher: trade.out_trade_no };
  const note = `结算总金额 ${yuan(settled)}元`;
  const income: Movement = { ...about, what: '交易', fen: settled, note };
  const expense: Movement = { ...about, what: '扣除交易手续费', fen: -fee, note };
  return fee > 0 ? [income, expense] : [income];
}

/** A refund that WeChat closed moved nothing. */
function back(trade: Trade, paid: Payment, refund: Refund): Movement[] {
  if (refund.ending === 'REFUNDCLOSE') return [];
  const settled = settledRefund(trade, paid, refund);
  const fen = serviceFee(settled) - settled;
  const { create_ms: ms, refund_id: number, out_refund_no: voucher } = refund;
  return [{ ms, number, what: '退款', fen, note: `退款总金额 ${yuan(settled)}元`, voucher }];
}

function line(each: Movement, at: { readonly index: number; readonly balance: number }): string {
  return values([
    beijingDateTime(each.ms),
    each.number,
    `${beijingDay(each.ms)}${String(at.index).padStart(12, '0')}`,
    each.what,
    each.what,
    each.fen > 0 ? '收入' : '支出',
    yuan(Math.abs(each.fen)),
    yuan(at.balance),
    'system',
    each.note,
    each.voucher,
  ]);
}

const values = (texts: readonly string[]) => texts.map((text) => `\`${text}`).join(',');

const total = (some: readonly Movement[]) =>
  yuan(Math.abs(some.reduce((sum, { fen }) => sum + fen, 0)));
