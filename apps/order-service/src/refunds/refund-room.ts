import type { Output } from '@saoma/contracts/define';
import type { payService } from '@saoma/contracts/pay';
import type { RefundCause } from '@saoma/contracts/refunds';
import { type EntityManager, In, Not } from 'typeorm';
import { runUpdate } from '../database/rows';
import { PayLogRow } from '../ledger/pay-log.entity';
import { automaticRefundNo, RefundRow } from '../ledger/refund.entity';

/** What WeChat says of a refund that it knows. */
export type Told = Extract<Output<typeof payService, 'queryRefund'>, { outcome: 'success' }>;
type Money = NonNullable<Told['money']>;

/** So much of a paid payment is a refund's from now on, if there is still so much left of it. */
export const reserveSql = `UPDATE tb_paylog SET reserved_fee = reserved_fee + :refund_fee
  WHERE out_trade_no = :out_trade_no AND trade_state IN ('1', '3')
    AND reserved_fee + :refund_fee <= total_fee`;

/** A refund that was made elsewhere: so many fen of this money. */
export interface ConsoleRefund {
  readonly refund_fee: number;
  readonly money: Money;
}

/**
 * Makes room for it, inside the caller's transaction and as its lock: the sum of all refunds of
 * this money never gets above what it is. Gives its cause; undefined if there is no room, or the
 * money is not in our books.
 */
export async function makeRoom(
  manager: EntityManager,
  refund: ConsoleRefund,
): Promise<RefundCause | undefined> {
  const isOfPayment = await reserve(manager, refund);
  return isOfPayment ? 'console' : causeInsteadOfOurs(manager, refund);
}

/** Whether this money paid its payment, or goes back by itself: then its refunds get room here. */
export async function isInBooks(manager: EntityManager, money: Money): Promise<boolean> {
  const paid = { ...money, trade_state: In(['1', '3']) };
  if (await manager.existsBy(PayLogRow, paid)) return true;
  return manager.existsBy(RefundRow, automatic(money));
}

/** Fen of it that neither went back nor are on their way, for money that paid nothing. */
export async function leftOf(manager: EntityManager, money: Money): Promise<number> {
  const { out_trade_no, transaction_id, total_fee } = money;
  const alive = { out_trade_no, transaction_id, status: Not('REFUNDCLOSE' as const) };
  return total_fee - ((await manager.sum(RefundRow, 'refund_fee', alive)) ?? 0);
}

const automatic = (money: Money) => ({ ...money, out_refund_no: automaticRefundNo(money) });

/** False if there is not so much left of this payment, or the money is not the one that paid it. */
async function reserve(manager: EntityManager, { refund_fee, money }: ConsoleRefund) {
  const sql = `${reserveSql} AND transaction_id = :transaction_id AND total_fee = :total_fee`;
  return (await runUpdate(manager, sql, { ...money, refund_fee })) === 1;
}

/**
 * Money that paid nothing goes back by itself, all of it: only when that has ended without money
 * there is room for another refund, for the same cause.
 */
async function causeInsteadOfOurs(manager: EntityManager, { refund_fee, money }: ConsoleRefund) {
  const ended = { ...automatic(money), status: 'REFUNDCLOSE' } as const;
  // It was null before: it is written to lock the row.
  const { affected } = await manager.update(RefundRow, ended, { next_look_time: null });
  if (affected !== 1 || refund_fee > (await leftOf(manager, money))) return undefined;
  const { cause } = await manager.findOneByOrFail(RefundRow, ended);
  return cause;
}
