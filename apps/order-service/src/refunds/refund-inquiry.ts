import { Injectable } from '@nestjs/common';
import { crashPoint } from '../crash-point';
import { Database, type UnitsOfWork } from '../database/database';
import { PayLogRow } from '../ledger/pay-log.entity';
import type { RefundRow } from '../ledger/refund.entity';
import { merchantOf, PayClient } from '../payments/pay-client';
import { isUnasked, type Move, moveOf } from './refund-move';

type Merchant = ReturnType<typeof merchantOf>;

/**
 * Asks WeChat for a refund, always with the same number, or what became of it. Here it writes
 * nothing: what it finds is a move.
 */
@Injectable()
export class RefundInquiry {
  private readonly books: UnitsOfWork;

  constructor(
    database: Database,
    private readonly pay: PayClient,
  ) {
    this.books = database.settling;
  }

  async ask(row: RefundRow): Promise<Move> {
    const merchant = await this.merchantFor(row);
    if (!isUnasked(row)) return moveOf(row, { query: await this.query(row, merchant) });
    await crashPoint('refund.before');
    const request = await this.pay.refund(requestOf(row, merchant));
    await crashPoint('refund.answered');
    if (request.outcome === 'success') return moveOf(row, { request });
    return moveOf(row, { request, query: await this.query(row, merchant) });
  }

  private async query({ out_trade_no, out_refund_no }: RefundRow, merchant: Merchant) {
    const answer = await this.pay.queryRefund({ out_trade_no, out_refund_no, merchant });
    await crashPoint('refund.queried');
    return answer;
  }

  private async merchantFor({ out_trade_no }: RefundRow): Promise<Merchant> {
    const payLog = await this.books.statements((manager) =>
      manager.findOneByOrFail(PayLogRow, { out_trade_no }),
    );
    return merchantOf(payLog);
  }
}

/** Exactly the same at every try: the row never changes in these. */
function requestOf(row: RefundRow, merchant: Merchant): Parameters<PayClient['refund']>[0] {
  const { out_trade_no, transaction_id, out_refund_no, total_fee, refund_fee, reason } = row;
  return { out_trade_no, transaction_id, out_refund_no, total_fee, refund_fee, reason, merchant };
}
