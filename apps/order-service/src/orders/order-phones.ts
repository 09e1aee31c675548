import { Injectable } from '@nestjs/common';
import { phoneKeyOf } from '@saoma/contracts/person-text';
import { IsNull } from 'typeorm';
import { Database } from '../database/database';
import { runUpdate } from '../database/rows';
import { OrderRow } from '../ledger/order.entity';

/** Orders that one statement fills in, and statements of one round. */
const ordersMax = 500;
const statementsMax = 20;

/**
 * Orders of a release that did not know `receiver_phone` lack it, also those that a service of it
 * still writes while services are exchanged: it is filled in.
 */
@Injectable()
export class OrderPhones {
  constructor(private readonly database: Database) {}

  async fillIn(): Promise<void> {
    for (let statements = 0; statements < statementsMax; statements += 1) {
      if ((await this.fillSome()) < ordersMax) return;
    }
  }

  /** How many there were. */
  private fillSome(): Promise<number> {
    return this.database.listing.statements(async (manager) => {
      const rows = await manager.find(OrderRow, {
        select: { order_id: true, receiver_mobile: true },
        where: { receiver_phone: IsNull() },
        take: ordersMax,
      });
      if (rows.length === 0) return 0;
      const cases = rows.map((_, index) => `WHEN :order_${index} THEN :phone_${index}`);
      const values = rows.flatMap(({ order_id, receiver_mobile }, index) => [
        [`order_${index}`, order_id],
        [`phone_${index}`, phoneKeyOf(receiver_mobile) ?? ''],
      ]);
      const order_ids = rows.map(({ order_id }) => order_id);
      await runUpdate(
        manager,
        `UPDATE tb_order SET receiver_phone = CASE order_id ${cases.join(' ')} END
          WHERE order_id IN (:order_ids) AND receiver_phone IS NULL`,
        { ...Object.fromEntries(values), order_ids },
      );
      return rows.length;
    });
  }
}
