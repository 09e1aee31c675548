import { Injectable } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import type { OrderInput, OrderOutput } from '@saoma/contracts/order';
import type { Payment } from '@saoma/contracts/payments';
import { Database } from '../database/database';
import { pageOf } from '../database/page';
import { findRows } from '../database/rows';
import { byNumber, isClosing, isHeld, PayLogRow, toPayment } from '../ledger/pay-log.entity';
import { findPayments } from './payment-list';

/** Payments as shoppers and operators see them. */
@Injectable()
export class PaymentService {
  constructor(private readonly database: Database) {}

  /** Newest first. The cursor is the last payment of the page before. */
  async listPayments(wanted: OrderInput<'listPayments'>): Promise<OrderOutput<'listPayments'>> {
    const { limit } = wanted;
    const rows = await this.database.listing.statements((manager) => findPayments(manager, wanted));
    const { page, cursor: next } = pageOf(rows, { limit, key: 'out_trade_no', show: toPayment });
    return { payments: page, cursor: next };
  }

  async getPayment(wanted: OrderInput<'getPayment'>): Promise<Payment> {
    return toPayment(await this.getRow(wanted));
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
    const condition = 'out_trade_no IN (:out_trade_nos)';
    const rows = await this.database.statements((manager) =>
      findRows(manager, PayLogRow, { condition, values: { out_trade_nos } }),
    );
    const isNews = (row: PayLogRow) => row.trade_state !== '0' || isClosing(row) || isHeld(row);
    return rows.filter(isNews).map(toPayment);
  }
}
