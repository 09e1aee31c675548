import { Injectable, Logger } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import type { OrderInput } from '@saoma/contracts/order';
import type { Forgotten } from '@saoma/contracts/personal-data';
import { Complaints } from '@saoma/platform/complaints';
import { type EntityManager, type FindOperator, In, LessThanOrEqual, Not } from 'typeorm';
import { CartService } from '../cart/cart.service';
import { afterCommit, Database } from '../database/database';
import { History } from '../ledger/history';
import { IdempotencyRow } from '../ledger/idempotency.entity';
import { OrderRow } from '../ledger/order.entity';
import { PayLogRow } from '../ledger/pay-log.entity';
import { SharedStore } from '../redis/shared-store';
import { ForgottenRow, keptText } from './forgotten.entity';

/** Orders of one transaction, and transactions of one call: both end soon. */
const ordersMax = 200;
const transactionsMax = 20;

/** What stands where somebody's data stood. */
export const unreadable = '***';
const gone = {
  receiver_name: unreadable,
  receiver_mobile: unreadable,
  receiver_address: unreadable,
  receiver_phone: '',
};

/** Which of the user's orders and checkouts: all, or those up to a moment. */
interface Some {
  readonly create_time?: FindOperator<Date>;
}

/** Forgets whom goods were sent to; docs/personal-data.md says where else people are kept. */
@Injectable()
export class PersonalDataService {
  private readonly logger = new Logger('personal-data');

  private readonly complaints = new Complaints(this.logger);

  constructor(
    private readonly database: Database,
    private readonly carts: CartService,
    private readonly history: History,
    private readonly store: SharedStore,
  ) {}

  /**
   * Safe to repeat, and to be carried on with after a crash. May fail: user/still-paying, since
   * goods that are paid for afterwards would have nowhere to go.
   */
  async forget({ user_id, forgotten }: OrderInput<'forget'>): Promise<Forgotten> {
    const facts = { user_id: forgotten, forgotten_time: new Date(), actor: `operator:${user_id}` };
    const row = Object.assign(new ForgottenRow(), facts);
    const told = await this.forgetAll(row, {});
    await this.keep(row);
    if (told.is_done) await this.carts.clearCart({ user_id: forgotten });
    return told;
  }

  /** The same for whom a restored backup has brought back; what came after stays. */
  async forgetAgain(row: ForgottenRow): Promise<Forgotten> {
    return this.forgetAll(row, { create_time: LessThanOrEqual(row.forgotten_time) });
  }

  private async forgetAll(row: ForgottenRow, some: Some): Promise<Forgotten> {
    let orders = 0;
    for (let transactions = 0; transactions < transactionsMax; transactions += 1) {
      const changed = await this.database.transaction((manager) =>
        this.forgetSome(manager, row, some),
      );
      orders += changed;
      if (changed < ordersMax) return { orders, is_done: true };
    }
    return { orders, is_done: false };
  }

  /** Beside the database, of which a backup may be restored. */
  private async keep(row: ForgottenRow): Promise<void> {
    try {
      await this.store.forgottenUsers.put(row.user_id, keptText(row));
    } catch (error) {
      this.complaints.tell('who was forgotten is written down in the database only', error);
    }
  }

  /** How many orders it has changed. */
  private async forgetSome(manager: EntityManager, row: ForgottenRow, some: Some): Promise<number> {
    const { user_id, actor } = row;
    if (await manager.existsBy(PayLogRow, { user_id, trade_state: '0' })) {
      throw new AppError('user/still-paying');
    }
    // Who is forgotten again is written down already, by now perhaps with a later time.
    if (!some.create_time) await manager.upsert(ForgottenRow, row, ['user_id']);
    // A hash of a checkout has its receiver in it, and whoever guesses it can check the guess.
    await manager.update(
      IdempotencyRow,
      { ...some, user_id, request_hash: Not(unreadable) },
      { request_hash: unreadable },
    );
    const rows = await manager.find(OrderRow, {
      select: { order_id: true, out_trade_no: true },
      where: { ...some, user_id, receiver_address: Not(unreadable) },
      take: ordersMax,
      ...this.database.rowLock,
    });
    if (rows.length === 0) return 0;
    await manager.update(OrderRow, { order_id: In(rows.map(({ order_id }) => order_id)) }, gone);
    const numbers = new Set(rows.flatMap(({ out_trade_no }) => out_trade_no ?? []));
    const events = [...numbers].map((out_trade_no) => {
      return { out_trade_no, kind: 'receiver.forgotten', actor } as const;
    });
    await this.history.append(manager, ...events);
    // Orders without a payment have no timeline.
    const order_ids = rows.map(({ order_id }) => order_id);
    afterCommit(manager, () => this.logger.log({ msg: 'receivers forgotten', actor, order_ids }));
    return rows.length;
  }
}
