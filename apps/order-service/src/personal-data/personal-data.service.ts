import { Injectable, Logger } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import type { OrderInput } from '@saoma/contracts/order';
import type { Forgotten } from '@saoma/contracts/personal-data';
import { type EntityManager, In, Not } from 'typeorm';
import { CartService } from '../cart/cart.service';
import { afterCommit, Database } from '../database/database';
import { History } from '../ledger/history';
import { IdempotencyRow } from '../ledger/idempotency.entity';
import { OrderRow } from '../ledger/order.entity';
import { PayLogRow } from '../ledger/pay-log.entity';

/** Orders of one transaction, and transactions of one call: both end soon. */
const ordersMax = 200;
const transactionsMax = 20;

/** What stands where somebody's data stood. */
const unreadable = '***';
const gone = {
  receiver_name: unreadable,
  receiver_mobile: unreadable,
  receiver_address: unreadable,
  receiver_phone: '',
};

/** Forgets whom goods were sent to; docs/personal-data.md says where else people are kept. */
@Injectable()
export class PersonalDataService {
  private readonly logger = new Logger('personal-data');

  constructor(
    private readonly database: Database,
    private readonly carts: CartService,
    private readonly history: History,
  ) {}

  /**
   * Safe to repeat, and to be carried on with after a crash. May fail: user/still-paying, since
   * goods that are paid for afterwards would have nowhere to go.
   */
  async forget({ user_id, forgotten }: OrderInput<'forget'>): Promise<Forgotten> {
    let orders = 0;
    for (let transactions = 0; transactions < transactionsMax; transactions += 1) {
      const changed = await this.database.transaction((manager) =>
        this.forgetSome(manager, forgotten, `operator:${user_id}`),
      );
      orders += changed;
      if (changed < ordersMax) {
        await this.carts.clearCart({ user_id: forgotten });
        return { orders, is_done: true };
      }
    }
    return { orders, is_done: false };
  }

  /** How many orders it has changed. */
  private async forgetSome(
    manager: EntityManager,
    user_id: string,
    actor: string,
  ): Promise<number> {
    if (await manager.existsBy(PayLogRow, { user_id, trade_state: '0' })) {
      throw new AppError('user/still-paying');
    }
    // A hash of a checkout has its receiver in it, and whoever guesses it can check the guess.
    await manager.update(
      IdempotencyRow,
      { user_id, request_hash: Not(unreadable) },
      { request_hash: unreadable },
    );
    const rows = await manager.find(OrderRow, {
      select: { order_id: true, out_trade_no: true },
      where: { user_id, receiver_address: Not(unreadable) },
      take: ordersMax,
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
