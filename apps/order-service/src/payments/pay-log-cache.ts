import { Injectable, Logger } from '@nestjs/common';
import { Complaints } from '@saoma/platform/complaints';
import type { PayLogRow } from '../ledger/pay-log.entity';
import { SharedStore } from '../redis/shared-store';

/**
 * The lesson's hash `payLog`: a user's latest pay log, for whoever of the shop reads it there.
 * It is a copy that may be lost or stale, so nothing here is ever decided by it: the same indexed
 * row of the database costs no more to read.
 */
@Injectable()
export class PayLogCache {
  private readonly complaints = new Complaints(new Logger('cache'));

  constructor(private readonly store: SharedStore) {}

  /** Keeps the columns of the lesson's table. */
  async put(row: PayLogRow): Promise<void> {
    const { out_trade_no, user_id, create_time, pay_time, total_fee } = row;
    const { transaction_id, trade_state, pay_type, order_list } = row;
    const columns = { out_trade_no, user_id, create_time, pay_time, total_fee };
    const value = { ...columns, transaction_id, trade_state, pay_type, order_list };
    await this.unlessAway(row, () => this.store.payLog.put(user_id, JSON.stringify(value)));
  }

  /** Takes the payment out if it is still the user's latest. */
  async drop(row: Pick<PayLogRow, 'out_trade_no' | 'user_id'>) {
    const { out_trade_no, user_id } = row;
    await this.unlessAway(row, () => this.store.payLog.removePayment(user_id, out_trade_no));
  }

  private async unlessAway(
    { out_trade_no }: Pick<PayLogRow, 'out_trade_no'>,
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.complaints.tell('a cached payment was not updated', error, { out_trade_no });
    }
  }
}
