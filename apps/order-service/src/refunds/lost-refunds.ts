import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { PayLogRow } from '../ledger/pay-log.entity';
import { automaticRefundNo, operatorRefundNo, RefundRow } from '../ledger/refund.entity';
import { accountOf, orUnknown, PayClient } from '../payments/pay-client';
import { LostRefunds } from '../payments/payment-book';
import { RefundAdoption } from './refund-adoption';

/** So many numbers in a row that nobody knows: there are no more. */
const missesMax = 2;
/** WeChat gives one payment back in at most 50 parts. */
const countMax = 50;

/** `known`: written down, if only just now. `closed`: WeChat has it, nothing went back by it. */
type Found = 'known' | 'closed' | 'missing' | 'unclear';

type PaidRow = PayLogRow & { readonly transaction_id: string };

/**
 * Refunds of ours that WeChat has and the books have lost, because a backup was restored that is
 * older. Their numbers follow from the payment, so WeChat can be asked about each that may be.
 */
@Injectable()
export class RefundsByNumber extends LostRefunds {
  constructor(
    private readonly database: Database,
    private readonly pay: PayClient,
    private readonly adoption: RefundAdoption,
  ) {
    super();
  }

  /**
   * The worker carries on what is found. If money went back under a number of WeChat's console,
   * an operator is told, and its daily bill shows it.
   */
  override async find(out_trade_no: string): Promise<void> {
    const { payLog, numbers } = await this.database.settling.statements(async (manager) => {
      const rows = await manager.findBy(RefundRow, { out_trade_no });
      return {
        payLog: await manager.findOneByOrFail(PayLogRow, { out_trade_no }),
        numbers: new Set(rows.map(({ out_refund_no }) => out_refund_no)),
      };
    });
    const { transaction_id } = payLog;
    if (transaction_id === null) return;
    const isMeant = await this.lookForAny({ ...payLog, transaction_id }, numbers);
    if (!isMeant) await this.adoption.tellUnknown({ out_trade_no, transaction_id });
  }

  /** Whether WeChat may speak of one that has ended, or does not say; the others are written. */
  private async lookForAny(payLog: PaidRow, numbers: ReadonlySet<string>): Promise<boolean> {
    const { out_trade_no } = payLog;
    const look = async (number: string): Promise<Found> =>
      numbers.has(number) ? 'known' : this.look(payLog, number);
    const automatic = await look(automaticRefundNo(payLog));
    if (automatic === 'unclear') return true;
    let isMeant = automatic === 'closed';
    for (let count = 1, misses = 0; count <= countMax && misses < missesMax; count += 1) {
      const found = await look(operatorRefundNo(out_trade_no, count));
      if (found === 'unclear') return true;
      if (found === 'closed') isMeant = true;
      misses = found === 'missing' ? misses + 1 : 0;
    }
    return isMeant;
  }

  private async look(payLog: PayLogRow, out_refund_no: string): Promise<Found> {
    const { out_trade_no } = payLog;
    const asked = { out_trade_no, out_refund_no, account: accountOf(payLog) };
    const told = await orUnknown(this.pay.queryRefund(asked));
    if (told.outcome === 'no') return 'missing';
    if (told.outcome === 'unknown' || told.money === null) return 'unclear';
    const { refund_status, money } = told;
    if (refund_status === 'REFUNDCLOSE') return 'closed';
    await this.adoption.adopt({ ...told, out_refund_no, money });
    return 'known';
  }
}
