import { Injectable, Logger } from '@nestjs/common';
import type { Paid } from '@saoma/contracts/pay';
import type { EntityManager } from 'typeorm';
import { Database } from '../database/database';
import { isDuplicate } from '../database/database-errors';
import { OrderRow } from '../orders/order.entity';
import { record } from './misplaced-money';
import { type AnomalyKind, PayLogRow } from './pay-log.entity';
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

/** The only place where a payment leaves NOTPAY, and its orders with it. */
@Injectable()
export class Settlement {
  private readonly logger = new Logger('settlement');

  constructor(
    private readonly database: Database,
    private readonly cache: PayLogCache,
  ) {}

  /**
   * Takes in money that the pay service has read and verified, whoever brought the news. Of any
   * number of tellers at once one settles and the others read `already`. When this returns, the
   * money is durably in the books.
   */
  async updateOrderStatus(paid: Paid): Promise<Settled> {
    const { outcome, user_id } = await this.take(paid);
    const { out_trade_no, transaction_id } = paid;
    this.logger.log(`${out_trade_no} ${outcome} by transaction ${transaction_id}`);
    if (user_id !== undefined) await this.cache.clear({ out_trade_no, user_id });
    return outcome;
  }

  /**
   * Closes a payment and its orders after WeChat has said that nobody can pay it any more. False if
   * the payment has left NOTPAY before.
   */
  async closeOrders(out_trade_no: string): Promise<boolean> {
    const owner = await this.database.transaction(async (manager) => {
      const now = new Date();
      const { affected } = await manager.update(
        PayLogRow,
        { out_trade_no, trade_state: '0' },
        { trade_state: '2', next_look_time: lookAfterClose(now, now) },
      );
      if (affected !== 1) return undefined;
      await manager.update(OrderRow, { out_trade_no, status: '1' }, { status: '6' });
      return manager.findOneByOrFail(PayLogRow, { out_trade_no });
    });
    if (!owner) return false;
    this.logger.log(`${out_trade_no} closed`);
    await this.cache.clear(owner);
    return true;
  }

  private async take(paid: Paid): Promise<Taken> {
    try {
      return await this.database.transaction((manager) => settle(manager, paid));
    } catch (error) {
      // The transaction is undone as a whole, so the money is written down in one of its own.
      const kind = whyNotTaken(error);
      if (!kind) throw error;
      const outcome = await this.database.transaction((manager) => record(manager, paid, kind));
      return { outcome };
    }
  }
}

function whyNotTaken(error: unknown): AnomalyKind | undefined {
  if (error instanceof OrdersMoved) return 'orders-moved';
  return isDuplicate(error) ? 'transaction-reused' : undefined;
}

/** The conditional update comes first: it is the lock, on both databases. */
async function settle(manager: EntityManager, paid: Paid): Promise<Taken> {
  const { out_trade_no, transaction_id, total_fee } = paid;
  const pay_time = new Date(paid.pay_time);
  if (paid.fee_type === 'CNY') {
    const { affected } = await manager.update(
      PayLogRow,
      { out_trade_no, trade_state: '0', total_fee },
      { trade_state: '1', transaction_id, pay_time, next_look_time: null },
    );
    if (affected === 1) return payOrders(manager, out_trade_no, pay_time);
  }
  return { outcome: await record(manager, paid, await whyNoPayment(manager, paid)) };
}

async function payOrders(
  manager: EntityManager,
  out_trade_no: string,
  payment_time: Date,
): Promise<Taken> {
  const { affected } = await manager.update(
    OrderRow,
    { out_trade_no, status: '1' },
    { status: '2', payment_time },
  );
  const row = await manager.findOneByOrFail(PayLogRow, { out_trade_no });
  if (affected !== row.order_list.split(',').length) throw new OrdersMoved(out_trade_no);
  return { outcome: 'settled', user_id: row.user_id };
}

/** Why no payment waits for this money; undefined if it is the money that paid it. */
async function whyNoPayment(manager: EntityManager, paid: Paid): Promise<AnomalyKind | undefined> {
  const row = await manager.findOneBy(PayLogRow, { out_trade_no: paid.out_trade_no });
  if (!row) return 'unknown-number';
  if (paid.fee_type !== 'CNY') return 'other-currency';
  if (row.total_fee !== paid.total_fee) return 'other-amount';
  if (row.transaction_id === paid.transaction_id) return undefined;
  return row.trade_state === '2' ? 'paid-after-close' : 'second-transaction';
}
