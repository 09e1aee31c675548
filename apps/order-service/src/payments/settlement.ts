import { Injectable, Logger } from '@nestjs/common';
import type { Paid } from '@saoma/contracts/pay';
import { type EntityManager, Not } from 'typeorm';
import { crashPoint } from '../crash-point';
import { Database } from '../database/database';
import { isDuplicate } from '../database/database-errors';
import { findRow, runUpdate } from '../database/rows';
import { History } from '../ledger/history';
import { LastingUnknown } from '../ledger/lasting-unknown';
import { closedMessage, paidMessages } from '../ledger/messages';
import { OrderRow } from '../ledger/order.entity';
import { Outbox } from '../ledger/outbox';
import { byNumber, orderIdsOf, PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { orderMetrics } from '../metrics';
import { Bell } from '../redis/bell';
import { type Misplaced, MisplacedMoney, mayBeExplained } from './misplaced-money';
import { PayLogCache } from './pay-log-cache';
import { lookAfterClose } from './schedule';

/**
 * What became of money that WeChat says it has received: it paid its payment, it was known before,
 * or no payment can take it and it is recorded.
 */
export type Settled = 'settled' | 'already' | 'recorded';

interface Taken {
  readonly outcome: Settled;
  /** The payment that it settled. */
  readonly row?: PayLogRow;
}

/** The orders of a payment did not all wait for it: nothing may be paid in part. */
class OrdersMoved extends Error {}

// What settles is on the hot path, so that its statements are our own (`database/rows.ts`); what
// closes is not.

/** Money that goes back as that of another payment pays nobody. */
const takeMoneySql = `UPDATE tb_paylog
  SET trade_state = '1', transaction_id = :transaction_id, pay_time = :pay_time,
    next_look_time = NULL
  WHERE out_trade_no = :out_trade_no AND trade_state = '0' AND total_fee = :total_fee
    AND NOT EXISTS (SELECT 1 FROM tb_refund
      WHERE transaction_id = :transaction_id AND out_trade_no <> :out_trade_no)`;
const payAllSql = `UPDATE tb_order SET status = '2', payment_time = :payment_time
  WHERE out_trade_no = :out_trade_no AND status = '1'`;

/** What its timeline says then; of a second news nothing. */
const kinds = { settled: 'payment.paid', recorded: 'money.recorded', already: undefined } as const;

/** The only place where a payment leaves NOTPAY, and its orders with it. */
@Injectable()
export class Settlement {
  private readonly logger = new Logger('settlement');

  constructor(
    private readonly database: Database,
    private readonly misplaced: MisplacedMoney,
    private readonly history: History,
    private readonly outbox: Outbox,
    private readonly lasting: LastingUnknown,
    private readonly bell: Bell,
    private readonly cache: PayLogCache,
  ) {}

  /**
   * Takes in money that the pay service has read and verified, whoever brought the news. Of any
   * number of tellers at once one settles and the others read `already`. When this returns, the
   * money is durably in the books.
   */
  async updateOrderStatus(paid: Paid, by: 'notice' | 'query'): Promise<Settled> {
    const { outcome, row } = await this.take(paid, by);
    await crashPoint('settle.committed');
    const { out_trade_no, transaction_id } = paid;
    const told = { out_trade_no, transaction_id, kind: kinds[outcome], outcome, by };
    this.logger.log({ msg: 'WeChat has received money', ...told });
    orderMetrics.settlements.add({ by, outcome });
    if (row) {
      measure(row, new Date(paid.pay_time));
      await this.tell(row);
    }
    return outcome;
  }

  /**
   * Closes a payment and its orders after WeChat has said that nobody can pay it any more. False if
   * the payment has left NOTPAY before.
   */
  async closeOrders(out_trade_no: string, why: string): Promise<boolean> {
    const closed = await this.database.settling.transaction((manager) =>
      this.close(manager, out_trade_no, why),
    );
    await crashPoint('close.committed');
    if (!closed) return false;
    this.logger.log({ msg: 'closed', out_trade_no, kind: 'payment.closed', why });
    await this.tell(closed);
    return true;
  }

  /** It has left NOTPAY: who waits for it is woken, and the cache gives it up. */
  private async tell(payment: Pick<PayLogRow, 'out_trade_no' | 'user_id'>): Promise<void> {
    this.bell.ring(payment.out_trade_no);
    await this.cache.drop(payment);
  }

  private async take(paid: Paid, by: string): Promise<Taken> {
    try {
      return await this.database.settling.transaction((manager) => this.settle(manager, paid, by));
    } catch (error) {
      // The transaction is undone as a whole, so the money is written down in one of its own.
      const why = whyNotTaken(error);
      if (!why) throw error;
      await this.database.settling.transaction((manager) =>
        this.misplaced.record(manager, paid, why),
      );
      return { outcome: 'recorded' };
    }
  }

  /** The conditional update comes first: it is the lock, on both databases. */
  private async settle(manager: EntityManager, paid: Paid, by: string): Promise<Taken> {
    if (paid.fee_type === 'CNY') {
      const { out_trade_no, transaction_id, total_fee } = paid;
      const money = { out_trade_no, transaction_id, total_fee, pay_time: new Date(paid.pay_time) };
      const affected = await runUpdate(manager, takeMoneySql, money);
      await crashPoint('settle.locked');
      if (affected === 1) return this.payOrders(manager, paid, by);
    }
    const why = await whyNoPayment(manager, paid);
    if (!why) return { outcome: 'already' };
    await this.misplaced.record(manager, paid, why);
    if (why === 'paid-after-close') {
      const told = 'the money came after the close, and goes back by itself';
      await this.misplaced.explain(manager, paid, { by, why: told });
    }
    return { outcome: 'recorded' };
  }

  private async payOrders(manager: EntityManager, paid: Paid, by: string): Promise<Taken> {
    const { out_trade_no, transaction_id, total_fee, pay_time } = paid;
    const affected = await runUpdate(manager, payAllSql, {
      payment_time: new Date(pay_time),
      out_trade_no,
    });
    await crashPoint('settle.orders');
    const row = await findRow(manager, PayLogRow, byNumber(out_trade_no));
    if (affected !== orderIdsOf(row).length) throw new OrdersMoved(out_trade_no);
    await this.outbox.append(manager, paidMessages(row, paid));
    await this.history.append(manager, {
      out_trade_no,
      kind: 'payment.paid',
      actor: 'wechat',
      detail: { by, transaction_id, total_fee },
    });
    if (mayBeExplained(row)) await this.misplaced.explainPaid(manager, paid, by);
    await crashPoint('settle.precommit');
    return { outcome: 'settled', row };
  }

  private async close(manager: EntityManager, out_trade_no: string, why: string) {
    const now = new Date();
    const { affected } = await manager.update(
      PayLogRow,
      { out_trade_no, trade_state: '0' },
      { trade_state: '2', unknown_time: null, next_look_time: lookAfterClose(now, now) },
    );
    await crashPoint('close.locked');
    if (affected !== 1) return undefined;
    await manager.update(OrderRow, { out_trade_no, status: '1' }, { status: '6' });
    const row = await manager.findOneByOrFail(PayLogRow, { out_trade_no });
    await this.outbox.append(manager, [closedMessage(row)]);
    const detail = { why };
    await this.history.append(manager, {
      out_trade_no,
      kind: 'payment.closed',
      actor: 'wechat',
      detail,
    });
    await this.lasting.end(manager, row, `closed: ${why}`);
    await crashPoint('close.precommit');
    return row;
  }
}

/** How long its payer took, and how long we took to hear of it. */
function measure({ first_code_time }: PayLogRow, pay_time: Date): void {
  const seconds = (from: Date, to: Date) => Math.max(0, (to.getTime() - from.getTime()) / 1_000);
  if (first_code_time) orderMetrics.codeToPaid.observe(seconds(first_code_time, pay_time), {});
  orderMetrics.paidToSettled.observe(seconds(pay_time, new Date()), {});
}

function whyNotTaken(error: unknown): Misplaced | undefined {
  if (error instanceof OrdersMoved) return 'orders-moved';
  return isDuplicate(error) ? 'transaction-reused' : undefined;
}

/** Why no payment waits for this money; undefined if it is the money that paid it. */
async function whyNoPayment(manager: EntityManager, paid: Paid): Promise<Misplaced | undefined> {
  const row = await manager.findOneBy(PayLogRow, { out_trade_no: paid.out_trade_no });
  if (!row) return 'unknown-number';
  if (paid.fee_type !== 'CNY') return 'other-currency';
  if (row.total_fee !== paid.total_fee) return 'other-amount';
  if (row.transaction_id === paid.transaction_id && row.trade_state !== '2') return undefined;
  if (await isInOtherBooks(manager, paid)) return 'transaction-reused';
  return row.trade_state === '2' ? 'paid-after-close' : 'second-transaction';
}

/** Whether this money has paid another payment, or is on its way back from there. */
async function isInOtherBooks(manager: EntityManager, { transaction_id, out_trade_no }: Paid) {
  const ofAnother = { transaction_id, out_trade_no: Not(out_trade_no) };
  const hasPaid = await manager.existsBy(PayLogRow, ofAnother);
  return hasPaid || manager.existsBy(RefundRow, ofAnother);
}
