import { Injectable, Logger } from '@nestjs/common';
import type { Paid } from '@saoma/contracts/pay';
import { type EntityManager, Not } from 'typeorm';
import { crashPoint } from '../crash-point';
import { Database, type UnitsOfWork } from '../database/database';
import { isDuplicate } from '../database/database-errors';
import { History } from '../ledger/history';
import { OrderRow } from '../ledger/order.entity';
import { Outbox } from '../ledger/outbox';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { Bell } from '../redis/bell';
import { type Misplaced, MisplacedMoney } from './misplaced-money';
import { PayLogCache } from './pay-log-cache';
import { lookAfterClose } from './schedule';

/**
 * What became of money that WeChat says it has received: it paid its payment, it was known before,
 * or no payment can take it and it is recorded.
 */
export type Settled = 'settled' | 'already' | 'recorded';

interface Taken {
  readonly outcome: Settled;
  /** Whose payment it settled. */
  readonly user_id?: string;
}

/** The orders of a payment did not all wait for it: nothing may be paid in part. */
class OrdersMoved extends Error {}
/** Money is in the books of another payment already: it cannot pay two. */
class TransactionReused extends Error {}

/** The only place where a payment leaves NOTPAY, and its orders with it. */
@Injectable()
export class Settlement {
  private readonly logger = new Logger('settlement');

  private readonly books: UnitsOfWork;

  constructor(
    database: Database,
    private readonly misplaced: MisplacedMoney,
    private readonly history: History,
    private readonly outbox: Outbox,
    private readonly bell: Bell,
    private readonly cache: PayLogCache,
  ) {
    this.books = database.settling;
  }

  /**
   * Takes in money that the pay service has read and verified, whoever brought the news. Of any
   * number of tellers at once one settles and the others read `already`. When this returns, the
   * money is durably in the books.
   */
  async updateOrderStatus(paid: Paid, by: 'notice' | 'query'): Promise<Settled> {
    const { outcome, user_id } = await this.take(paid, by);
    await crashPoint('settle.committed');
    const { out_trade_no, transaction_id } = paid;
    this.logger.log(`${out_trade_no} ${outcome} by transaction ${transaction_id}`);
    if (user_id !== undefined) await this.tell({ out_trade_no, user_id });
    return outcome;
  }

  /**
   * Closes a payment and its orders after WeChat has said that nobody can pay it any more. False if
   * the payment has left NOTPAY before.
   */
  async closeOrders(out_trade_no: string, why: string): Promise<boolean> {
    const closed = await this.books.transaction((manager) =>
      this.close(manager, out_trade_no, why),
    );
    await crashPoint('close.committed');
    if (!closed) return false;
    this.logger.log(`${out_trade_no} closed: ${why}`);
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
      return await this.books.transaction((manager) => this.settle(manager, paid, by));
    } catch (error) {
      // The transaction is undone as a whole, so the money is written down in one of its own.
      const why = whyNotTaken(error);
      if (!why) throw error;
      await this.books.transaction((manager) => this.misplaced.record(manager, paid, why));
      return { outcome: 'recorded' };
    }
  }

  /** The conditional update comes first: it is the lock, on both databases. */
  private async settle(manager: EntityManager, paid: Paid, by: string): Promise<Taken> {
    const { out_trade_no, transaction_id, total_fee } = paid;
    if (paid.fee_type === 'CNY') {
      const pay_time = new Date(paid.pay_time);
      const { affected } = await manager.update(
        PayLogRow,
        { out_trade_no, trade_state: '0', total_fee },
        { trade_state: '1', transaction_id, pay_time, next_look_time: null },
      );
      await crashPoint('settle.locked');
      if (affected === 1) {
        if (await goesBackElsewhere(manager, paid)) throw new TransactionReused(transaction_id);
        return this.payOrders(manager, paid, by);
      }
    }
    const why = await whyNoPayment(manager, paid);
    if (!why) return { outcome: 'already' };
    await this.misplaced.record(manager, paid, why);
    return { outcome: 'recorded' };
  }

  private async payOrders(manager: EntityManager, paid: Paid, by: string): Promise<Taken> {
    const { out_trade_no, transaction_id, total_fee, pay_time } = paid;
    const { affected } = await manager.update(
      OrderRow,
      { out_trade_no, status: '1' },
      { status: '2', payment_time: new Date(pay_time) },
    );
    await crashPoint('settle.orders');
    const { order_list, user_id } = await manager.findOneByOrFail(PayLogRow, { out_trade_no });
    const order_ids = order_list.split(',');
    if (affected !== order_ids.length) throw new OrdersMoved(out_trade_no);
    const facts = { out_trade_no, transaction_id, total_fee };
    await this.outbox.append(
      manager,
      order_ids.map((order_id) => ({
        type: 'order.paid',
        data: { order_id, ...facts, pay_time: new Date(pay_time).toISOString() },
      })),
    );
    await this.history.append(manager, {
      out_trade_no,
      kind: 'payment.paid',
      actor: 'wechat',
      detail: { by, transaction_id, total_fee },
    });
    await crashPoint('settle.precommit');
    return { outcome: 'settled', user_id };
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
    const { total_fee, order_list } = row;
    const data = { out_trade_no, total_fee, order_list };
    await this.outbox.append(manager, [{ type: 'payment.closed', data }]);
    const detail = { why };
    await this.history.append(manager, {
      out_trade_no,
      kind: 'payment.closed',
      actor: 'wechat',
      detail,
    });
    await crashPoint('close.precommit');
    return row;
  }
}

function whyNotTaken(error: unknown): Misplaced | undefined {
  if (error instanceof OrdersMoved) return 'orders-moved';
  if (error instanceof TransactionReused) return 'transaction-reused';
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

const ofAnother = ({ transaction_id, out_trade_no }: Paid) => ({
  transaction_id,
  out_trade_no: Not(out_trade_no),
});

/** Whether this money has paid another payment, or is on its way back from there. */
async function isInOtherBooks(manager: EntityManager, paid: Paid): Promise<boolean> {
  const hasPaid = await manager.existsBy(PayLogRow, ofAnother(paid));
  return hasPaid || goesBackElsewhere(manager, paid);
}

function goesBackElsewhere(manager: EntityManager, paid: Paid): Promise<boolean> {
  return manager.existsBy(RefundRow, ofAnother(paid));
}
