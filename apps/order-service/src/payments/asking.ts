import { Injectable } from '@nestjs/common';
import type { OrderInput } from '@saoma/contracts/order';
import type { ToldPayment } from '@saoma/contracts/payments';
import { Database } from '../database/database';
import { History } from '../ledger/history';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { Examination } from './examination';
import { PaymentService } from './payment.service';

/** Has WeChat asked at once, because an operator does not want to wait for the clock. */
@Injectable()
export class Asking {
  constructor(
    private readonly database: Database,
    private readonly payments: PaymentService,
    private readonly examination: Examination,
    private readonly history: History,
  ) {}

  /**
   * That it is due is in the database first, so the clock asks if this process dies. Of a paid
   * payment only its refunds can still change, and some may be unknown here. WeChat is asked also
   * about what it was never asked for a code, since a restored backup may know less than it.
   */
  async askWechat({ user_id, out_trade_no }: OrderInput<'askWechat'>): Promise<ToldPayment> {
    const wanted = { user_id, out_trade_no, operator: true };
    const row = await this.payments.getRow(wanted);
    const isOpen = row.trade_state === '0' || row.trade_state === '2';
    const actor = `operator:${user_id}`;
    await this.database.transaction(async (manager) => {
      const now = new Date();
      const { trade_state } = row;
      const due = { next_look_time: now };
      if (isOpen) await manager.update(PayLogRow, { out_trade_no, trade_state }, due);
      await manager.update(RefundRow, { out_trade_no, status: 'PROCESSING' }, due);
      await this.history.append(manager, { out_trade_no, kind: 'query.wished', actor });
    });
    await this.examination.examineNow(row, { isKnownThere: true });
    return this.payments.getPayment(wanted);
  }
}
