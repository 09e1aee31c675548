import { Injectable } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import type { OrderInput, OrderOutput } from '@saoma/contracts/order';
import type { Payment } from '@saoma/contracts/payments';
import { OrderConfig } from '../config';
import { Database } from '../database/database';
import { pageOf } from '../database/page';
import { findRows } from '../database/rows';
import { byNumber, PayLogRow, toPayment } from '../ledger/pay-log.entity';
import { digitOf } from '../ledger/trade-state';
import { endedSince, endOf } from './schedule';

/** Said twice, so that the index is entered where the page begins. */
const olderThan = `p.create_time <= :create_time
  AND (p.create_time < :create_time OR p.out_trade_no < :cursor)`;

/** Payments as shoppers and operators see them. */
@Injectable()
export class PaymentService {
  constructor(
    private readonly database: Database,
    private readonly config: OrderConfig,
  ) {}

  /** Newest first. The cursor is the last payment of the page before. */
  async listPayments(wanted: OrderInput<'listPayments'>): Promise<OrderOutput<'listPayments'>> {
    const { cursor, limit, trade_state } = wanted;
    const own = wanted.operator ? {} : { user_id: wanted.user_id };
    const rows = await this.database.listing.statements(async (manager) => {
      const query = manager
        .createQueryBuilder(PayLogRow, 'p')
        .where(own)
        .orderBy('p.create_time', 'DESC')
        .addOrderBy('p.out_trade_no', 'DESC');
      if (cursor !== null) {
        const last = await manager.findOneBy(PayLogRow, { out_trade_no: cursor, ...own });
        if (!last) return [];
        query.andWhere(olderThan, { create_time: last.create_time, cursor });
      }
      if (trade_state) query.andWhere('p.trade_state = :digit', { digit: digitOf(trade_state) });
      if (wanted.from) query.andWhere('p.create_time >= :from', { from: new Date(wanted.from) });
      if (wanted.to) query.andWhere('p.create_time < :to', { to: new Date(wanted.to) });
      return query.take(limit + 1).getMany();
    });
    const show = (row: PayLogRow) => this.shown(row);
    const { page, cursor: next } = pageOf(rows, { limit, key: 'out_trade_no', show });
    return { payments: page, cursor: next };
  }

  async getPayment(wanted: OrderInput<'getPayment'>): Promise<Payment> {
    return this.shown(await this.getRow(wanted));
  }

  private shown(row: PayLogRow): Payment {
    return toPayment(row, endOf(row, this.config));
  }

  /** The row, if the viewer may see it; somebody else's is as good as none. */
  async getRow({ out_trade_no, user_id, operator }: OrderInput<'getPayment'>) {
    const [row] = await this.database.statements((manager) =>
      findRows(manager, PayLogRow, byNumber(out_trade_no)),
    );
    if (!row || (row.user_id !== user_id && !operator)) throw new AppError('payment/not-found');
    return row;
  }

  async lookPayments({
    out_trade_nos,
  }: OrderInput<'lookPayments'>): Promise<OrderOutput<'lookPayments'>> {
    if (out_trade_nos.length === 0) return [];
    const rows = await this.database.statements((manager) =>
      manager
        .createQueryBuilder(PayLogRow, 'p')
        .where('p.out_trade_no IN (:...out_trade_nos)', { out_trade_nos })
        .andWhere(
          "(p.trade_state <> '0' OR p.close_wish_time IS NOT NULL OR p.create_time <= :ended)",
          { ended: endedSince(new Date(), this.config) },
        )
        .getMany(),
    );
    return rows.map((row) => this.shown(row));
  }
}
