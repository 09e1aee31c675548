import { Injectable } from '@nestjs/common';
import { type Account, RefundRequest } from '@saoma/contracts/pay';
import { crashPoint } from '../crash-point';
import { Database } from '../database/database';
import { PayLogRow } from '../ledger/pay-log.entity';
import type { RefundRow } from '../ledger/refund.entity';
import { accountOf, orUnknown, PayClient } from '../payments/pay-client';
import { isUnasked, type Move, moveOf } from './refund-move';

/**
 * Asks WeChat for a refund, always with the same request, or what became of it. Here it writes
 * nothing: what it finds is a move.
 */
@Injectable()
export class RefundInquiry {
  constructor(
    private readonly database: Database,
    private readonly pay: PayClient,
  ) {}

  /**
   * What WeChat is to be asked; it is frozen in the row before `ask`. Undefined: the pay service is
   * away.
   */
  async prepare(row: RefundRow): Promise<RefundRequest | undefined> {
    const { out_trade_no, transaction_id, out_refund_no, total_fee, refund_fee, reason } = row;
    const money = { out_trade_no, transaction_id, out_refund_no, total_fee, refund_fee };
    const account = await this.payerOf(row);
    const request = await orUnknown(this.pay.prepareRefund({ ...money, reason, account }));
    return 'outcome' in request ? undefined : request;
  }

  async ask(row: RefundRow): Promise<Move> {
    const request = frozenRefund(row);
    if (!isUnasked(row) || request === null) return moveOf(row, { query: await this.query(row) });
    await crashPoint('refund.before');
    const asked = await orUnknown(this.pay.refund(request));
    await crashPoint('refund.answered');
    if (asked.outcome === 'success') return moveOf(row, { request: asked });
    return moveOf(row, { request: asked, query: await this.query(row) });
  }

  /** What WeChat knows of it. */
  async query(row: RefundRow) {
    const { out_trade_no, out_refund_no } = row;
    const account = await this.accountFor(row);
    const asked = { out_trade_no, out_refund_no, account, timed: true } as const;
    const answer = await orUnknown(this.pay.queryRefund(asked));
    await crashPoint('refund.queried');
    return answer;
  }

  /** Whom WeChat was asked for it: by the request, and before requests were frozen, the payment. */
  private async accountFor(row: RefundRow): Promise<Account | null> {
    const request = frozenRefund(row);
    if (request === null) return this.payerOf(row);
    const { dialect, appid, mch_id } = request;
    return { dialect, appid, mch_id };
  }

  private async payerOf({ out_trade_no }: RefundRow): Promise<Account | null> {
    const payLog = await this.database.settling.statements((manager) =>
      manager.findOneByOrFail(PayLogRow, { out_trade_no }),
    );
    return accountOf(payLog);
  }
}

/** The request as it was frozen in the row; null: there is none. */
function frozenRefund({ refund_request }: RefundRow): RefundRequest | null {
  return refund_request === null ? null : RefundRequest.parse(JSON.parse(refund_request));
}
