import { Injectable } from '@nestjs/common';
import { BillRow } from '@saoma/contracts/bills';
import { isUnavailable } from '@saoma/contracts/errors';
import { isPaid } from '@saoma/contracts/payments';
import { OutRefundNo } from '@saoma/contracts/values';
import { Database } from '../database/database';
import { PayLogRow } from '../ledger/pay-log.entity';
import { RefundRow } from '../ledger/refund.entity';
import { tradeStates } from '../ledger/trade-state';
import { PaymentBook } from '../payments/payment-book';
import { PaymentInquiry } from '../payments/payment-inquiry';
import { toldOf, type Verdict } from '../payments/verdict';
import { RefundElsewhere } from '../refunds/refund-elsewhere';
import { RefundInquiry } from '../refunds/refund-inquiry';
import { RefundRun } from '../refunds/refund-run';
import { findingOf } from './judge';
import { OurBooks } from './our-books';
import type { FindingRow, ReconciliationRow } from './reconciliation.entity';

/** What has become of a difference, in words. */
export interface Healed {
  /**
   * `over`: nothing is left to do. `told`: an operator decides. `again`: nobody can say yet.
   * `ended`: it is not so any more.
   */
  readonly is: 'over' | 'told' | 'again' | 'ended';
  readonly done: string;
  /** The newer file beside which it was looked at anew. */
  readonly bill_hash?: string | null;
}

const over = (done: string): Healed => ({ is: 'over', done });
const told = (done: string): Healed => ({ is: 'told', done });
const again = (done: string): Healed => ({ is: 'again', done });

const ofOperator = told('an operator decides');

/**
 * Does about a difference what may be done without asking a person. What is settled, given back or
 * followed goes the same way as if WeChat had told of it by a notice.
 */
@Injectable()
export class Healing {
  constructor(
    private readonly database: Database,
    private readonly payments: PaymentInquiry,
    private readonly paymentBook: PaymentBook,
    private readonly refunds: RefundInquiry,
    private readonly refundRun: RefundRun,
    private readonly elsewhere: RefundElsewhere,
  ) {}

  /** Fails when the database is away. Safe to repeat. */
  async heal(finding: FindingRow): Promise<Healed> {
    const { kind, out_trade_no, out_refund_no } = finding;
    const isHealed = await this.isHealed(finding);
    if (isHealed) return over('both sides agree by now');
    if (kind === 'STATE') return this.settle(out_trade_no);
    if (kind === 'LOCAL_ONLY') return this.confirm(out_trade_no);
    if (kind === 'REFUND_PENDING') return this.follow(out_refund_no);
    if (kind === 'REFUND_FAILED') return this.compareEnds(finding);
    if (kind === 'REFUND_CHANNEL_ONLY') return this.adopt(finding);
    return kind === 'REFUND_LOCAL_ONLY' ? this.confirmRefund(out_refund_no) : ofOperator;
  }

  /**
   * Beside a newer file of its day, and our books by now, it is not so any more. What only a bill
   * has said is over with that; that a refund has failed WeChat itself has said when it was asked.
   */
  async healFormer(finding: FindingRow, { day, bill_hash }: ReconciliationRow): Promise<Healed> {
    const done = `beside the newer bill of ${day} it is not so any more: SHA1 ${bill_hash}`;
    if (finding.kind !== 'REFUND_FAILED') return { is: 'ended', done };
    const asked = await this.compareEnds(finding);
    if (asked.is === 'over') return { is: 'ended', done };
    return asked.is === 'told' ? { ...asked, bill_hash } : asked;
  }

  /** Whether our row, as it is now, and that of a bill are alike. */
  private async isHealed({ bill, out_trade_no, out_refund_no, kind }: FindingRow) {
    if (bill === null) {
      if (kind === 'TOTALS') return false;
      const row = out_refund_no
        ? await this.refund(out_refund_no)
        : await this.payment(out_trade_no);
      return row !== null && row.bill_day !== null;
    }
    const row = BillRow.parse(JSON.parse(bill));
    return this.database.statements(async (manager) => {
      const books = await OurBooks.of(manager, [row]);
      return findingOf(row, books.oursOf(row)) === undefined;
    });
  }

  /** Paid at WeChat and not here: WeChat is asked, as at any look at a payment. */
  private async settle(out_trade_no: string): Promise<Healed> {
    const row = await this.payment(out_trade_no);
    if (!row) return ofOperator;
    const verdict = await this.payments.ask(row, true);
    await this.paymentBook.act(row, verdict);
    const after = await this.payment(out_trade_no);
    const hasPaid = after && isPaid({ trade_state: tradeStates[after.trade_state] });
    if (hasPaid) return over('settled by a query');
    if (verdict.is === 'money' && after?.trade_state === '2' && after.transaction_id !== null) {
      return over('the money came after the close, and goes back by itself');
    }
    return isOpen(verdict, row) ? again(saysNow(verdict)) : told(saysNow(verdict));
  }

  /** Paid here and in no bill. */
  private async confirm(out_trade_no: string): Promise<Healed> {
    const row = await this.payment(out_trade_no);
    if (!row) return ofOperator;
    const verdict = await this.payments.ask(row);
    const isSame =
      verdict.is === 'money' &&
      verdict.paid.transaction_id === row.transaction_id &&
      verdict.paid.total_fee === row.total_fee;
    if (isSame) return over('WeChat confirms it when it is asked');
    return verdict.is === 'unknown' ? again(saysNow(verdict)) : told(saysNow(verdict));
  }

  /** What the bill says is as of the morning after; our worker asks what has become of it. */
  private async follow(out_refund_no: string): Promise<Healed> {
    const row = await this.refund(out_refund_no);
    if (row?.status !== 'PROCESSING') return over('it has ended since');
    await this.database.statements((manager) =>
      manager.update(
        RefundRow,
        { out_refund_no, status: 'PROCESSING' },
        { next_look_time: new Date() },
      ),
    );
    return over('it is on its way, and followed');
  }

  /** It has failed on one side only. */
  private async compareEnds({ out_refund_no, bill }: FindingRow): Promise<Healed> {
    const row = await this.refund(out_refund_no);
    if (!row) return ofOperator;
    if (row.status === 'PROCESSING') {
      await this.refundRun.carryOn(row);
      return over('WeChat was asked what became of it, and is asked until it has ended');
    }
    const answer = await this.refunds.query(row);
    if (answer.outcome === 'unknown') return again(`nobody knows: ${answer.reason}`);
    if (answer.outcome === 'no') return told(`WeChat says now: ${answer.err_code}`);
    const { refund_status } = answer;
    const says = `WeChat says now: ${refund_status}`;
    if (answer.refund_fee !== row.refund_fee) return told(says);
    if (row.status === refund_status) return over(says);
    const hasGoneBack = refund_status === 'SUCCESS' && bill !== null;
    if (!hasGoneBack) return told(says);
    await this.refundRun.carryOn(row);
    return over(`${says}; refund-after-close tells of it`);
  }

  private async adopt({ out_trade_no, out_refund_no }: FindingRow): Promise<Healed> {
    const isOurs = (await this.payment(out_trade_no)) !== null;
    if (!isOurs || !OutRefundNo.safeParse(out_refund_no).success) return ofOperator;
    try {
      const adopted = await this.elsewhere.adopt(out_refund_no);
      if (!adopted) return ofOperator;
      await this.refundRun.carryOn(adopted);
      return over('written down as a refund that was made elsewhere');
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return again(`nobody knows: ${(error as Error).message}`);
    }
  }

  /** Accepted here and in no bill. */
  private async confirmRefund(out_refund_no: string): Promise<Healed> {
    const row = await this.refund(out_refund_no);
    if (!row) return ofOperator;
    const answer = await this.refunds.query(row);
    if (answer.outcome === 'unknown') return again(`nobody knows: ${answer.reason}`);
    const isSame = answer.outcome === 'success' && answer.refund_fee === row.refund_fee;
    if (isSame) return over('WeChat confirms it when it is asked');
    return told(answer.outcome === 'no' ? `WeChat says now: ${answer.err_code}` : 'other amount');
  }

  private payment(out_trade_no: string): Promise<PayLogRow | null> {
    return this.database.statements((m) => m.findOneBy(PayLogRow, { out_trade_no }));
  }

  private refund(out_refund_no: string): Promise<RefundRow | null> {
    return this.database.statements((m) => m.findOneBy(RefundRow, { out_refund_no }));
  }
}

const saysNow = (verdict: Verdict) => `WeChat says now: ${toldOf(verdict)}`;

/** It may become clear: nobody could say, or somebody is asking for a code right now. */
function isOpen({ is }: Verdict, { native_request }: PayLogRow): boolean {
  return is === 'unknown' || (is === 'unasked' && native_request !== null);
}
