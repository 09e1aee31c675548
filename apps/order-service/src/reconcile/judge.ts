import type { BillRow } from '@saoma/contracts/bills';
import type { FindingKind } from '@saoma/contracts/reconciliations';
import type { PayLogRow } from '../ledger/pay-log.entity';
import type { RefundRow } from '../ledger/refund.entity';

export type OurPayment = Pick<
  PayLogRow,
  'out_trade_no' | 'transaction_id' | 'total_fee' | 'trade_state'
>;
export type OurRefund = Pick<
  RefundRow,
  'out_refund_no' | 'out_trade_no' | 'transaction_id' | 'refund_id' | 'refund_fee' | 'status'
>;

/** What our books have under the numbers of one row of a bill. */
export interface Ours {
  readonly payment?: OurPayment | undefined;
  /** The refund of money that paid nothing and goes back by itself: this very transaction. */
  readonly misplaced?: Pick<RefundRow, 'total_fee'> | undefined;
  readonly refund?: OurRefund | undefined;
}

/** What a bill says of a refund without money. */
const failedThere = ['FAIL', 'CHANGE'];
const failedHere: readonly string[] = ['REFUNDCLOSE', 'CHANGE'];

/**
 * How one row of a bill and our books differ; undefined: they do not, or it is no row of money that
 * came or went back. Amounts are what was paid and what was asked back, never what is settled
 * (WECHAT-V3.md 10.5).
 */
export function findingOf(bill: BillRow, ours: Ours): FindingKind | undefined {
  if (bill.type === 'payment') return ofPayment(bill, ours);
  return bill.type === 'refund' ? ofRefund(bill, ours.refund) : undefined;
}

const compared = ['transaction_id', 'refund_id', 'fee', 'fee_type', 'state'] as const;

/** Whether two files say the same of it, as far as it is compared. */
export function isAlike(one: BillRow, other: BillRow): boolean {
  return compared.every((name) => one[name] === other[name]);
}

function ofPayment(bill: BillRow, { payment, misplaced }: Ours): FindingKind | undefined {
  if (!payment) return 'CHANNEL_ONLY';
  if (misplaced) return hasAmount(bill, misplaced.total_fee) ? undefined : 'AMOUNT';
  const { transaction_id, total_fee, trade_state } = payment;
  if (transaction_id !== null && transaction_id !== bill.transaction_id) return 'TRANSACTION';
  if (!hasAmount(bill, total_fee)) return 'AMOUNT';
  return trade_state === '1' || trade_state === '3' ? undefined : 'STATE';
}

const hasAmount = ({ fee, fee_type }: BillRow, fen: number) => fee === fen && fee_type === 'CNY';

function ofRefund(bill: BillRow, ours: OurRefund | undefined): FindingKind | undefined {
  if (!ours) return 'REFUND_CHANNEL_ONLY';
  if (!isOfSameMoney(bill, ours)) return 'TRANSACTION';
  if (bill.fee !== ours.refund_fee) return 'REFUND_AMOUNT';
  const { state } = bill;
  if (failedThere.includes(state) !== failedHere.includes(ours.status)) {
    // The bill is as of the morning after: what was on its way then may have failed since.
    return state === 'PROCESSING' ? 'REFUND_PENDING' : 'REFUND_FAILED';
  }
  const isPending = state === 'PROCESSING' || ours.status === 'PROCESSING';
  return isPending && !failedThere.includes(state) ? 'REFUND_PENDING' : undefined;
}

function isOfSameMoney(bill: BillRow, ours: OurRefund): boolean {
  const isSameRefund = ours.refund_id === null || ours.refund_id === bill.refund_id;
  const { transaction_id, out_trade_no } = ours;
  return (
    isSameRefund && transaction_id === bill.transaction_id && out_trade_no === bill.out_trade_no
  );
}
