import { Injectable } from '@nestjs/common';
import { AppError } from '@saoma/contracts/errors';
import type { OrderAnswer, OrderInput } from '@saoma/contracts/order';
import { type ToldPayment, toldMembers } from '@saoma/contracts/payments';
import { Database } from '../database/database';
import { pageOf } from '../database/page';
import { findRows } from '../database/rows';
import { byNumber, isClosing, isHeld, PayLogRow } from '../ledger/pay-log.entity';
import { findPayments } from './payment-list';
import { mayPay, shown, type Viewer } from './visibility';

type Wanted = Viewer & { readonly out_trade_no: string };

/** Who hears of a payment has seen it before, and keeps what only the shop is shown. */
const anybody: Viewer = { user_id: null };

/** Whether a payment is other there than one that just waits for its payer. */
const hasChanged: Record<(typeof toldMembers)[number], (row: PayLogRow) => boolean> = {
  trade_state: ({ trade_state }) => trade_state !== '0',
  closing: isClosing,
  held: isHeld,
};

/** Payments as shoppers and operators see them. */
@Injectable()
export class PaymentService {
  constructor(private readonly database: Database) {}

  /** Newest first. The cursor is the last payment of the page before. */
  async listPayments(wanted: OrderInput<'listPayments'>): Promise<OrderAnswer<'listPayments'>> {
    const { limit } = wanted;
    const rows = await this.database.listing.statements((manager) => findPayments(manager, wanted));
    const show = (row: PayLogRow) => shown(row, wanted);
    const { page, cursor: next } = pageOf(rows, { limit, key: 'out_trade_no', show });
    return { payments: page, cursor: next };
  }

  async getPayment(wanted: Wanted): Promise<ToldPayment> {
    return shown(await this.getRow(wanted), wanted);
  }

  /** The row, if the viewer may see it; somebody else's is as good as none. */
  getRow(wanted: Wanted): Promise<PayLogRow> {
    return this.find(wanted, wanted.operator === true);
  }

  /** The same for who wants to pay it: an operator does not. */
  getRowToPay(wanted: Wanted): Promise<PayLogRow> {
    return this.find(wanted, false);
  }

  private async find(wanted: Wanted, isForAll: boolean): Promise<PayLogRow> {
    const found = await this.database.statements(async (manager) => {
      const [row] = await findRows(manager, PayLogRow, byNumber(wanted.out_trade_no));
      return row && (isForAll || (await mayPay(manager, row, wanted))) ? row : undefined;
    });
    if (!found) throw new AppError('payment/not-found');
    return found;
  }

  async lookPayments({
    out_trade_nos,
  }: OrderInput<'lookPayments'>): Promise<OrderAnswer<'lookPayments'>> {
    if (out_trade_nos.length === 0) return [];
    const where = 'out_trade_no IN (:out_trade_nos)';
    const rows = await this.database.statements((manager) =>
      findRows(manager, PayLogRow, { where, values: { out_trade_nos } }),
    );
    const isNews = (row: PayLogRow) => toldMembers.some((name) => hasChanged[name](row));
    return rows.filter(isNews).map((row) => shown(row, anybody));
  }
}
