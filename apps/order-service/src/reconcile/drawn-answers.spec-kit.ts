import type { Output } from '@saoma/contracts/define';
import type { payService } from '@saoma/contracts/pay';
import type { PayLogRow } from '../ledger/pay-log.entity';
import type { RefundRow } from '../ledger/refund.entity';

type PayAnswer = Output<typeof payService, 'queryPayStatus'>;
type RefundAnswer = Output<typeof payService, 'queryRefund'>;

export const silent = { outcome: 'unknown', reason: 'no answer' } as const;
export const absent = { outcome: 'no', err_code: 'ORDERNOTEXIST', err_code_des: '' } as const;
const noRefund = { outcome: 'no', err_code: 'REFUNDNOTEXIST', err_code_des: '' } as const;
export const notPaid = { outcome: 'success', trade_state: 'NOTPAY', paid: null } as const;

/** What WeChat says when it is asked about a payment or a refund of ours. */
export class DrawnAnswers {
  private readonly payments = new Map<string, PayAnswer>();
  private readonly refunds = new Map<string, RefundAnswer>();

  of(out_trade_no: string): PayAnswer {
    return this.payments.get(out_trade_no) ?? silent;
  }

  ofRefund(out_refund_no: string): RefundAnswer {
    return this.refunds.get(out_refund_no) ?? noRefund;
  }

  say({ out_trade_no }: Pick<PayLogRow, 'out_trade_no'>, answer: PayAnswer): void {
    this.payments.set(out_trade_no, answer);
  }

  sayPaid({ out_trade_no, total_fee }: PayLogRow, transaction_id: string): void {
    const paid = { out_trade_no, transaction_id, total_fee, fee_type: 'CNY' };
    const pay_time = new Date().toISOString();
    const trade_state = 'SUCCESS';
    this.say({ out_trade_no }, { outcome: 'success', trade_state, paid: { ...paid, pay_time } });
  }

  sayNoRefund({ out_refund_no }: RefundRow): void {
    this.refunds.set(out_refund_no, noRefund);
  }

  sayRefund(row: RefundRow, refund_status: RefundRow['status']): void {
    const { out_refund_no, refund_fee, out_trade_no, transaction_id, total_fee } = row;
    const money = { out_trade_no, transaction_id, total_fee };
    const facts = { refund_status, refund_fee, refund_id: row.refund_id ?? '', money };
    this.refunds.set(out_refund_no, { outcome: 'success', ...facts });
  }
}
