import type { Input, Output } from '@saoma/contracts/define';
import type { NativeRequest, payService, RefundRequest } from '@saoma/contracts/pay';
import type { NoticeHeaders } from '@saoma/contracts/values';
import type { z } from 'zod';
import type { BillFile } from './bill/bill-file';

type Pay = typeof payService;
export type CodeVerdict = Output<Pay, 'createNative'>;
export type StatusVerdict = Output<Pay, 'queryPayStatus'>;
export type CloseVerdict = Output<Pay, 'closeOrder'>;
export type RefundVerdict = Output<Pay, 'refund'>;
export type RefundStatusVerdict = Output<Pay, 'queryRefund'>;
export type No = Extract<CloseVerdict, { outcome: 'no' }>;
export type Unknown = Extract<CloseVerdict, { outcome: 'unknown' }>;
export type Trade = Input<Pay, 'queryPayStatus'>;
export type RefundQuery = Input<Pay, 'queryRefund'>;
export type WechatFinding = Output<Pay, 'checkWechat'>['findings'][number];
export type NoticeVerdict = Output<Pay, 'readNotice'>;

/** A merchant and its app: only together with these WeChat knows a payment. */
export interface Account {
  readonly appid: string;
  readonly mch_id: string;
}

export type BillKind = Input<Pay, 'billBytes'>['kind'];

/** A day's file, by its day in Beijing, yyyy-MM-dd. */
export interface BillRequest {
  readonly day: string;
  readonly kind: BillKind;
}
/** The file as it came. `bill_hash`: SHA1 of it unzipped as WeChat says, where it says one. */
export type BillVerdict =
  | { readonly outcome: 'success'; readonly file: BillFile; readonly bill_hash: string | null }
  | Extract<Output<Pay, 'fundflow'>, { outcome: 'none' | 'creating' | 'refused' }>
  | No
  | Unknown;

/** A notice as it came: nothing of it has been looked at. */
export interface Notice {
  readonly body: Uint8Array;
  readonly headers: z.output<typeof NoticeHeaders>;
}

/** What only the other dialect can do: it is never told in this one. */
const onlyInOther = (err_code_des: string) =>
  ({ outcome: 'no', err_code: 'DIALECT_GONE', err_code_des }) as const satisfies No;

/** A request of the other dialect for a code. */
export const dialectGone = onlyInOther(
  'the keys of the dialect in which this payment was opened are not there',
);
export const noFundFlow = onlyInOther('a fund-flow bill is had with the keys of APIv3 only');

/**
 * What the pay service needs of WeChat Pay, whichever dialect is spoken. A verdict is a success, a
 * definite no that WeChat signed, or unknown: none of these ever throws because of WeChat.
 *
 * Both dialects share one space of numbers. So a channel is also asked about payments and refunds
 * that the other one opened, if the keys of that one are gone, and says the same numbers.
 */
export abstract class WechatChannel {
  /** The merchant as whom WeChat is asked. */
  abstract readonly mch_id: string;
  /** Makes the request that WeChat will see; asks nobody. */
  abstract prepareNative(payment: Input<Pay, 'prepareNative'>): NativeRequest;
  /**
   * Asks for a code. Safe to repeat with the same request; a repeat makes the old code useless. A
   * code that was given for another payment is unknown. To a request of the other dialect the
   * answer is `dialectGone`.
   */
  abstract createNative(request: NativeRequest): Promise<CodeVerdict>;
  abstract queryPayStatus(trade: Trade): Promise<StatusVerdict>;
  /** A success means that nobody can pay it any more, whatever that takes in this dialect. */
  abstract closeOrder(trade: Trade): Promise<CloseVerdict>;
  /** Verifies a notice of either kind, the bytes as they came, and then reads it. */
  abstract readNotice(notice: Notice): Promise<NoticeVerdict>;
  /** Makes the request for a refund that WeChat will see; asks nobody. */
  abstract prepareRefund(refund: Input<Pay, 'prepareRefund'>): RefundRequest;
  /** Asks for money to go back. Safe to repeat with the same request: it stays one refund. */
  abstract refund(request: RefundRequest): Promise<RefundVerdict>;
  abstract queryRefund(refund: RefundQuery): Promise<RefundStatusVerdict>;
  /** A file of WeChat's, of which nothing has been read. */
  abstract downloadBill(bill: BillRequest): Promise<BillVerdict>;
  /** Whether this dialect is configured right, by asking WeChat; no money is moved. */
  abstract check(): Promise<WechatFinding[]>;
}
