import type { Input, Output } from '@saoma/contracts/define';
import type { NativeRequest, payService, RefundRequest } from '@saoma/contracts/pay';

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

/**
 * What the pay service needs of WeChat Pay, whichever dialect is spoken. A verdict is a success, a
 * definite no that WeChat signed, or unknown: none of these ever throws because of WeChat.
 */
export abstract class WechatChannel {
  /** Makes the request that WeChat will see; asks nobody. */
  abstract prepareNative(payment: Input<Pay, 'prepareNative'>): NativeRequest;
  /** Asks for a code. Safe to repeat with the same request; a repeat makes the old code useless. */
  abstract createNative(request: NativeRequest): Promise<CodeVerdict>;
  abstract queryPayStatus(trade: Trade): Promise<StatusVerdict>;
  /** WeChat takes no close in the first five minutes of a payment. */
  abstract closeOrder(trade: Trade): Promise<CloseVerdict>;
  /** Verifies a payment notice, the bytes as they came, and reads it. */
  abstract readNotice(body: Uint8Array): Output<Pay, 'readNotice'>;
  /** Asks for money to go back. Safe to repeat with the same request: it stays one refund. */
  abstract refund(request: RefundRequest): Promise<RefundVerdict>;
  abstract queryRefund(refund: RefundQuery): Promise<RefundStatusVerdict>;
  /** Decrypts a refund notice and says which refund to ask about. */
  abstract readRefundNotice(body: Uint8Array): Output<Pay, 'readRefundNotice'>;
}
